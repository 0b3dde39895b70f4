import {
  copyFileSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openIndexed } from '../../src/io/open-indexed.js';
import { readStructures } from '../../src/io/read-structures.js';

const fixture = (name: string) => fileURLToPath(new URL(`../fixtures/io/${name}`, import.meta.url));

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lamm-indexed-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function copy(name: string, as = name.replaceAll('/', '-')): string {
  copyFileSync(fixture(name), join(folder, as));
  return join(folder, as);
}

/** Frames of different sizes with empty lines between some of them. */
function extxyz(counts: readonly number[], end = '\n'): string {
  const frames = counts.map((count, frame) => {
    const rows = Array.from({ length: count }, (_, atom) => `C ${frame} ${atom} 0.5`).join('\n');
    return `${count}\nProperties=species:S:1:pos:R:3 frame=${frame} pbc="F F F"\n${rows}${frame % 3 === 1 ? '\n\n' : ''}`;
  });
  return frames.join('\n') + end;
}

describe('a file of structures that is read in any order', () => {
  it.each(['ase/frames.traj', 'ase/many.traj', 'lmdb/rows.aselmdb'])(
    'gives from %s what reading from the start gives',
    async (name) => {
      const path = copy(name);
      const structures = await readStructures(path);
      using indexed = await openIndexed(path);
      expect([...indexed.atomCounts]).toEqual(structures.map(({ numbers }) => numbers.length));
      for (const index of [structures.length - 1, 0, 2, 1]) expect(indexed.read(index)).toEqual(structures[index]);
    },
  );

  it('reads extended XYZ and SDF by the places of their frames', async () => {
    const path = join(folder, 'frames.xyz');
    writeFileSync(path, `\uFEFF${extxyz([3, 1, 40_000, 2, 5], '')}`);
    const records = join(folder, 'records.sdf');
    const sdf = readFileSync(fixture('sdf/handmade__v2000_records.sdf'), 'latin1');
    writeFileSync(
      records,
      sdf.split('a scaffold')[0] + readFileSync(fixture('sdf/handmade__v3000.sdf'), 'latin1').split('a peptide')[0],
    );
    for (const file of [path, records]) {
      const structures = await readStructures(file);
      using indexed = await openIndexed(file);
      expect(indexed.count).toBe(structures.length);
      expect([...indexed.atomCounts]).toEqual(structures.map(({ numbers }) => numbers.length));
      for (let index = structures.length - 1; index >= 0; index--)
        expect(indexed.read(index)).toEqual(structures[index]);
    }
  });

  it('keeps what it found beside the file, and looks again once the file has changed', async () => {
    const path = join(folder, 'frames.extxyz');
    writeFileSync(path, extxyz([2, 4]));
    (await openIndexed(path))[Symbol.dispose]();
    const index = `${path}.lamm-index`;
    const made = statSync(index).mtimeMs;
    (await openIndexed(path))[Symbol.dispose]();
    expect(statSync(index).mtimeMs).toBe(made);

    writeFileSync(path, extxyz([2, 4, 1]));
    using changed = await openIndexed(path);
    expect([...changed.atomCounts]).toEqual([2, 4, 1]);

    writeFileSync(path, extxyz([1, 4, 2]));
    utimesSync(path, 1, 1); // same size, another time
    using rewritten = await openIndexed(path);
    expect([...rewritten.atomCounts]).toEqual([1, 4, 2]);

    writeFileSync(index, 'damaged');
    using repaired = await openIndexed(path);
    expect(repaired.count).toBe(3);
  });

  it('names the line of a frame that is wrong when it is read, and finds one that is cut off at once', async () => {
    const path = join(folder, 'frames.xyz');
    writeFileSync(path, extxyz([2, 2, 2]).replace('C 1 1 0.5', 'C 1 x 0.5'));
    using indexed = await openIndexed(path);
    expect(indexed.read(2).numbers.length).toBe(2);
    expect(() => indexed.read(1)).toThrow(/frames.xyz:8: /);
    expect(() => indexed.read(3)).toThrow(/structure 3 does not exist: there are 3/);
    writeFileSync(path, extxyz([2, 5]).slice(0, -20));
    await expect(openIndexed(path)).rejects.toThrow(/frames.xyz:\d+: the file ends too early/);
  });

  it('refuses packed files and other formats, and leaves no index', async () => {
    await expect(openIndexed(copy('poscar/handmade__left_handed_cell.poscar'))).rejects.toThrow(/expected .extxyz/);
    const path = join(folder, 'packed.xyz');
    writeFileSync(path, Buffer.of(0x1f, 0x8b, 8));
    await expect(openIndexed(path)).rejects.toThrow(/packed/);
    expect(existsSync(`${path}.lamm-index`)).toBe(false);
    await expect(openIndexed(join(folder, 'nothing.xyz'))).rejects.toThrow(/there is no such file/);
  });
});
