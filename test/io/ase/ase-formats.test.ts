import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { detectFormat, readStructures } from '../../../src/io/read-structures.js';

const fixture = (name: string) => fileURLToPath(new URL(`../../fixtures/io/${name}`, import.meta.url));

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lamm-formats-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('molecules, trajectories and databases', () => {
  it.each([
    ['sdf/handmade__v2000_codes.mol', 'sdf', 1],
    ['ase/frames.traj', 'ase-trajectory', 4],
    ['ase/rows.db', 'ase-sqlite', 25],
    ['ase/rows.json', 'ase-json', 4],
  ] as const)('%s is known by its name and by its content, packed or not', async (name, format, count) => {
    const bytes = readFileSync(fixture(name));
    expect((await detectFormat(fixture(name))).format).toBe(format);
    for (const [file, content] of [
      ['unnamed', bytes],
      ['packed', gzipSync(bytes)],
    ] as const) {
      writeFileSync(join(folder, file), content);
      expect((await detectFormat(join(folder, file))).format).toBe(format);
      expect(await readStructures(join(folder, file))).toHaveLength(count);
    }
  });

  it('an SD file whose title is a number is no XYZ file', async () => {
    writeFileSync(
      join(folder, 'unnamed'),
      '2244\n\n\n  1  0  0  0  0  0  0  0  0  0999 V2000\n    0.0000    0.0000    0.0000 He\nM  END\n',
    );
    expect(await readStructures(join(folder, 'unnamed'))).toHaveLength(1);
  });

  it('what unpacks to more than a file of its format can be is refused before it fills the memory', async () => {
    writeFileSync(join(folder, 'bomb.json.gz'), gzipSync(Buffer.alloc(300 * 2 ** 20, ' ')));
    await expect(readStructures(join(folder, 'bomb.json.gz'))).rejects.toThrow(
      /bomb.json.gz: the unpacked data would take more than \d+ MB/,
    );
  });

  it('an LMDB database may be a folder', async () => {
    mkdirSync(join(folder, 'rows.lmdb'));
    copyFileSync(fixture('lmdb/rows.aselmdb'), join(folder, 'rows.lmdb', 'data.mdb'));
    expect(await readStructures(join(folder, 'rows.lmdb'))).toHaveLength(80);
    expect(await readStructures(join(folder, 'rows.lmdb', 'data.mdb'), { index: -1 })).toHaveLength(1);
  });
});
