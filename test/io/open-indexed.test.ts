import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { zipSync } from 'fflate';
import { File, type Group, ready } from 'h5wasm/node';
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

/** Some conformations with the names of both layouts, each coordinate a different number. */
function putMolecule(group: Group, count: number): void {
  const put = (name: string, data: Float64Array | Uint8Array, shape: number[]) =>
    group.create_dataset({ name, data, shape });
  const coordinates = (shift: number) => Float64Array.from({ length: 6 * count }, (_, index) => index + shift);
  const shape = count === 1 ? [2, 3] : [count, 2, 3];
  for (const name of ['atNUM', 'atomic_numbers']) put(name, Uint8Array.of(8, 1), [2]);
  for (const name of ['atXYZ', 'positions']) put(name, coordinates(0), shape);
  for (const name of ['totFOR', 'wB97x_6-31G(d).forces']) put(name, coordinates(0.5), shape);
  for (const name of ['ePBE0+MBD', 'wB97x_6-31G(d).energy']) put(name, coordinates(-9).slice(0, count), [count]);
}

/** Whole numbers as numpy.save writes them. */
function npy(values: readonly number[]): Uint8Array {
  const header = `{'descr': '<i4', 'fortran_order': False, 'shape': (${values.length},), }`.padEnd(117);
  const start = Buffer.from(`\x93NUMPY\x01\0v\0${header}\n`, 'latin1');
  return Buffer.concat([start, Buffer.from(Int32Array.from(values).buffer)]);
}

describe('a file of structures that is read in any order', () => {
  it.each([
    ...['ase/frames.traj', 'ase/many.traj', 'ase/rows.db'],
    ...['lmdb/rows.aselmdb', 'lmdb/s2ef-pyg1.lmdb', 'lmdb/is2re-pyg2.lmdb'],
  ])('gives from %s what reading from the start gives', async (name) => {
    const path = copy(name);
    const structures = await readStructures(path);
    using indexed = await openIndexed(path);
    expect([...indexed.atomCounts]).toEqual(structures.map(({ numbers }) => numbers.length));
    for (let index = structures.length - 1; index >= 0; index--) expect(indexed.read(index)).toEqual(structures[index]);
    using again = await openIndexed(path);
    expect([again.count, again.read(0)]).toEqual([structures.length, structures[0]]);
  });

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

  it.each(['QM7-X', 'Transition1x', 'Transition1x in parts'])('reads HDF5 of %s by group and place', async (layout) => {
    await ready;
    const path = join(folder, 'data.h5');
    const file = new File(path, 'w');
    if (layout === 'QM7-X')
      for (const name of ['1', '2']) putMolecule(file.create_group(name).create_group(`${name}-a`), 1);
    else {
      const data = file.create_group('data');
      for (const part of layout === 'Transition1x' ? [data] : [data.create_group('train'), data.create_group('test')])
        for (const count of [1, 3]) putMolecule(part.create_group(`C${count}`).create_group('rxn1'), count);
    }
    file.close();
    const structures = await readStructures(path);
    using indexed = await openIndexed(path);
    expect(structures.length).toBe({ 'QM7-X': 2, Transition1x: 4 }[layout] ?? 8);
    expect([...indexed.atomCounts]).toEqual(structures.map(({ numbers }) => numbers.length));
    for (let index = structures.length - 1; index >= 0; index--) expect(indexed.read(index)).toEqual(structures[index]);
    expect(() => indexed.read(structures.length)).toThrow(/does not exist/);
    using again = await openIndexed(path);
    expect(again.read(1)).toEqual(structures[1]);
  });

  it('reads the parts of a folder as one, with the sizes of metadata.npz when they fit', async () => {
    const parts = join(folder, 'parts');
    cpSync(fixture('lmdb/parts'), parts, { recursive: true });
    const structures = await readStructures(parts);
    using indexed = await openIndexed(parts);
    expect([...indexed.atomCounts]).toEqual([6, 60, 5, 7]);
    for (const index of [3, 0, 2, 1]) expect(indexed.read(index)).toEqual(structures[index]);
    expect(() => indexed.read(4)).toThrow(/does not exist: there are 4/);
    using relaxed = await openIndexed(join(parts, 'data.0001.lmdb'), { positions: 'relaxed' });
    expect(relaxed.read(1).arrays.pos_initial).toBeDefined();

    for (const name of readdirSync(parts)) if (name.endsWith('.lamm-index')) rmSync(join(parts, name));
    writeFileSync(join(parts, 'metadata.npz'), zipSync({ 'natoms.npy': npy([6, 60, 5]) }));
    using counted = await openIndexed(parts); // three sizes for four structures: they are counted
    expect([...counted.atomCounts]).toEqual([6, 60, 5, 7]);
  });

  it('notices sizes in metadata.npz that are wrong', async () => {
    const parts = join(folder, 'parts');
    cpSync(fixture('lmdb/parts'), parts, { recursive: true });
    writeFileSync(join(parts, 'metadata.npz'), zipSync({ 'natoms.npy': npy([6, 61, 5, 7]) }));
    using indexed = await openIndexed(parts);
    expect(() => indexed.read(1)).toThrow(/data.0000.lmdb: structure 1 has 60 atoms, but the index says 61; remove/);
    rmSync(join(parts, 'data.0000.lmdb.lamm-index'));
    writeFileSync(join(parts, 'metadata.npz'), 'no archive');
    await expect(openIndexed(parts)).rejects.toThrow(/metadata.npz: expected arrays as numpy.savez writes them/);
  });

  it('keeps the index in memory where it cannot be written', async () => {
    const path = copy('ase/rows.db', 'rows.db');
    mkdirSync(`${path}.lamm-index`); // stands in the way, as a folder without permission does
    using indexed = await openIndexed(path);
    expect(indexed.read(1)).toEqual((await readStructures(path))[1]);
    expect(readdirSync(folder).sort()).toEqual(['rows.db', 'rows.db.lamm-index']);
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
