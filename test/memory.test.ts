import { totalmem } from 'node:os';
import { expect, it } from 'vitest';
import { assertMemory } from '../src/memory.js';

const need = { what: 'a supercell', remedy: 'repeat it less often' };

it('lets through what the machine has, and says what more would need', () => {
  expect(() => assertMemory({ ...need, bytes: totalmem() / 2 })).not.toThrow();
  expect(() => assertMemory({ ...need, bytes: 2 ** 60 })).toThrow(
    /^a supercell would need about 1073741824|1\.1e\+9 GB of memory, this machine has \d+ GB; repeat it less often$/,
  );
  expect(() => assertMemory({ ...need, bytes: Number.POSITIVE_INFINITY, code: 'structure' })).toThrow(
    expect.objectContaining({ code: 'structure' }),
  );
});
