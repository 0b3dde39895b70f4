import { describe, expect, it } from 'vitest';
import { parseCif } from '../../src/io/cif/cif.js';
import { parsePoscar } from '../../src/io/vasp/poscar.js';
import { parseExtxyz } from '../../src/io/xyz/extxyz.js';
import { judge, readMalformed } from './corpus.js';

const parsers = { xyz: parseExtxyz, poscar: parsePoscar, cif: parseCif };

describe.each(Object.entries(parsers))('malformed %s', (format, parse) => {
  const cases = readMalformed(format);
  it.skipIf(cases === undefined)(
    'is refused with file and line, quickly, and what is good is read (skipped without ../shared)',
    () => {
      const problems = cases?.flatMap((item) => judge(item, parse)?.replace(/^/, `${item.name}: `) ?? []);
      expect(problems).toEqual([]);
    },
  );
});
