import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LammError } from '../../../src/errors.js';
import { byteSourceOf } from '../../../src/io/bytes/byte-source.js';
import { parseGraph, parsePlain, shapeOf, toArray } from '../../../src/io/lmdb/graph-pickle.js';
import { readReferenceEnergies } from '../../../src/io/lmdb/reference-energies.js';
import { iterateLmdbRows, locateLmdbRows } from '../../../src/io/lmdb/rows.js';
import { readStructures } from '../../../src/io/read-structures.js';
import { problemsOfDamage } from '../robustness.js';

const pathOf = (name: string) => fileURLToPath(new URL(`../../fixtures/io/lmdb/${name}`, import.meta.url));

interface Graph {
  readonly atomic_numbers: number[];
  readonly pos: number[];
  readonly pos_relaxed: number[];
  readonly cell: number[];
  readonly force: number[];
  readonly tags: number[];
  readonly fixed: number[];
}

/** What was put into the files, which PyTorch and python-lmdb wrote (`graphs.py`). */
const expected = JSON.parse(readFileSync(pathOf('graphs.json'), 'utf8')) as Record<'s2ef' | 'is2re' | 'oc22', Graph[]>;

/** The first row of a file. */
function firstRow(name: string): Buffer {
  const source = byteSourceOf(readFileSync(pathOf(name)));
  const [{ offset, length }] = locateLmdbRows(source);
  return source.read(offset, length);
}

describe('pickled graphs of fairchem', () => {
  it('of S2EF and PyTorch Geometric 1 give energies, forces, the cell, fixed atoms and tags', async () => {
    const structures = await readStructures(pathOf('s2ef-pyg1.lmdb'));
    expect(structures.map(({ labels }) => labels.energy)).toEqual([-1.25, -2.5]);
    for (const [index, { atomic_numbers, pos, cell, force, tags, fixed }] of expected.s2ef.entries()) {
      const { numbers, positions, cell: found, pbc, labels, arrays, fixed: held } = structures[index];
      expect([...numbers]).toEqual(atomic_numbers);
      expect([...positions]).toEqual(pos);
      expect([...found]).toEqual(cell);
      expect(pbc).toEqual([true, true, true]);
      expect([...(labels.forces ?? [])]).toEqual(force);
      expect(arrays).toEqual({ tags: { width: 1, values: Float64Array.from(tags), integer: true } });
      expect([...(held ?? [])]).toEqual(fixed.flatMap((flag) => [flag, flag, flag]));
    }
    expect(structures[0].info).toEqual({ energy_key: 'y', sid: 12, fid: 3 });
  });

  it('of IS2RE and PyTorch Geometric 2 give the relaxed energy at the initial positions, and no forces', async () => {
    const [{ labels, positions, info, arrays }] = await readStructures(pathOf('is2re-pyg2.lmdb'));
    const [{ pos, pos_relaxed, force }] = expected.is2re;
    expect(labels).toEqual({ energy: -0.5 });
    expect([...positions]).toEqual(pos);
    expect(info).toEqual({ energy_key: 'y_relaxed', initial_energy: 6.25, sid: 2472718 });
    expect(arrays.pos_relaxed).toEqual({ width: 3, values: Float64Array.from(pos_relaxed) });
    expect(arrays.initial_forces).toEqual({ width: 3, values: Float64Array.from(force) });
  });

  it('of IS2RE give the relaxed positions when asked, and say so where there are none', async () => {
    const [{ labels, positions, arrays }] = await readStructures(pathOf('is2re-pyg2.lmdb'), { positions: 'relaxed' });
    expect(labels).toEqual({ energy: -0.5 });
    expect([...positions]).toEqual(expected.is2re[0].pos_relaxed);
    expect([...(arrays.pos_initial?.values ?? [])]).toEqual(expected.is2re[0].pos);
    await expect(readStructures(pathOf('s2ef-pyg1.lmdb'), { positions: 'relaxed' })).rejects.toThrow(
      /s2ef-pyg1.lmdb: row 0: expected pos_relaxed/,
    );
  });

  it('of OC22 are total energies, with tensors that are views of others', async () => {
    const [{ labels, positions, info }] = await readStructures(pathOf('oc22-pyg2.lmdb'));
    expect(labels.energy).toBe(-181.5);
    expect([...positions]).toEqual(expected.oc22[0].pos);
    expect([...(labels.forces ?? [])]).toEqual(expected.oc22[0].force);
    expect(info).toEqual({
      energy_key: 'y',
      energy_kind: 'total',
      sid: 9,
      fid: 1,
      nads: 1,
      oc22: 1,
      bulk_id: 'mp-1234',
    });
  });

  it('of OC20 become total energies with the reference energies of the systems', async () => {
    const referenceEnergies = readReferenceEnergies(pathOf('oc20_ref.pkl'));
    const structures = await readStructures(pathOf('s2ef-pyg1.lmdb'), { referenceEnergies });
    expect(structures.map(({ labels }) => labels.energy)).toEqual([-1.25 - 300.25, -2.5 - 400.5]);
    expect(structures[1].info).toMatchObject({ energy_kind: 'total', reference_energy: -400.5 });
    const [oc22] = await readStructures(pathOf('oc22-pyg2.lmdb'), { referenceEnergies });
    expect(oc22.labels.energy).toBe(-181.5);
    await expect(readStructures(pathOf('is2re-pyg2.lmdb'), { referenceEnergies })).rejects.toThrow(
      /expected the reference energy of random2472718/,
    );
  });

  it('may be dicts of NumPy arrays, and molecules without a cell', async () => {
    const [{ labels, positions, pbc, arrays, info }] = await readStructures(pathOf('molecule-dict.lmdb'));
    expect(labels).toEqual({ energy: -76.5, forces: new Float64Array(9).fill(1) });
    expect([...positions]).toEqual([0, 0, 0.5, 0, 0.75, 0, 0, -0.75, 0]);
    expect(pbc).toEqual([false, false, false]);
    expect(arrays.charges).toEqual({ width: 1, values: Float64Array.of(-1, 0, 1) });
    expect(info).toEqual({ energy_key: 'energy' });
  });

  it('in the parts of a folder are one set, in the order of the names', async () => {
    const structures = await readStructures(pathOf('parts'));
    expect(structures.map(({ labels }) => labels.energy)).toEqual([-1.25, -2.5, -181.5, -0.5]);
  });
});

/** A pickle that calls `name` with one text. */
const pickledCall = (name: string) =>
  Buffer.from(`\x80\x02c${name.replace(/\.(?=\w+$)/, '\n')}\nX\x02\0\0\0ls\x85R.`, 'latin1');

describe('what could run a program in a row is refused by name', () => {
  it.each([
    'posix.system',
    'builtins.eval',
    'torch.load',
    'ase.atoms.Atoms',
    'numpy.load',
    'torch_geometric.data.batch.Batch',
  ])('%s', (name) => {
    expect(() => parseGraph(pickledCall(name))).toThrow(`found a reference to "${name}", which is refused`);
  });

  it.each([
    [
      'a class called as a function',
      pickledCall('torch_geometric.data.data.Data'),
      /a call of torch_geometric.data.data.Data/,
    ],
    ['a new object of another class', Buffer.from('\x80\x02ctorch\nFloatStorage\n)\x81.', 'latin1'), /0x81/],
    ['another object in the place of a graph', Buffer.from('\x80\x02K\x01.', 'latin1'), /expected a graph/],
    ['a storage in another file', Buffer.from('\x80\x02X\x01\0\0\0aQ.', 'latin1'), /a storage in another file/],
    [
      'text for a storage',
      Buffer.from('\x80\x02ctorch.storage\n_load_from_bytes\nX\x01\0\0\0a\x85R.', 'latin1'),
      /the bytes of a tensor/,
    ],
  ])('%s', (_, pickle, message) => {
    expect(() => parseGraph(pickle)).toThrow(message);
  });

  it('in a database, with the file and the row', () => {
    const bytes = readFileSync(pathOf('pickled.lmdb'));
    expect(() => [...iterateLmdbRows(byteSourceOf(bytes, 'some.lmdb'))]).toThrow(/^some.lmdb: row 0: expected/);
  });

  it('in a file of reference energies', () => {
    expect(() => readReferenceEnergies(pathOf('graphs.json'))).toThrow(/graphs.json: expected a pickle/);
    expect(() => readReferenceEnergies(pathOf('nothing.pkl'))).toThrow(/there is no such file/);
  });
});

describe('a damaged graph', () => {
  const names = ['s2ef-pyg1.lmdb', 'is2re-pyg2.lmdb', 'oc22-pyg2.lmdb', 'molecule-dict.lmdb'];

  it.each(names)('of %s cut off anywhere is refused', (name) => {
    const row = firstRow(name);
    for (let end = 0; end < row.length; end++) expect(() => parseGraph(row.subarray(0, end))).toThrow(LammError);
  });

  it.each(names)('of %s is refused or gives finite structures, whatever bytes there are', async (name) => {
    const file = 'some.lmdb';
    const read = (bytes: Uint8Array) => [...iterateLmdbRows(byteSourceOf(bytes, file))];
    expect(await problemsOfDamage(readFileSync(pathOf(name)), read, { file, lines: false, runs: 300 })).toEqual([]);
  });

  it('of random instructions is refused', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        expect(() => parseGraph(Buffer.from([0x80, 4, ...bytes]))).toThrow(LammError);
      }),
      { numRuns: 2000 },
    );
  });

  it('that holds itself, or mentions one tensor many times, takes no time', () => {
    const itself = Buffer.from('\x80\x02}q\0X\x03\0\0\0posh\0s.', 'latin1');
    expect(parseGraph(itself).get('pos')).toBeInstanceOf(Map);
    const row = firstRow('oc22-pyg2.lmdb');
    const magic = Buffer.from('\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19.', 'latin1');
    const slowMagic = Buffer.concat([magic.subarray(0, 2), Buffer.alloc(200_000, 'N'), magic.subarray(2)]);
    const blob = Buffer.concat([slowMagic, row.subarray(row.indexOf(magic) + magic.length)]);
    const head = Buffer.alloc(5);
    head[0] = 0x42;
    head.writeUInt32LE(blob.length, 1);
    const calls = Buffer.alloc(60_000, Buffer.from('h\x01h\0\x85R', 'latin1'));
    const pickle = Buffer.concat([
      Buffer.from('\x80\x02', 'latin1'),
      head,
      blob,
      Buffer.from('q\0ctorch.storage\n_load_from_bytes\nq\x01', 'latin1'),
      calls,
      Buffer.from('.'),
    ]);
    const start = process.cpuUsage();
    expect(parsePlain(pickle)).toMatchObject({ kind: 'storage', length: 5 });
    expect(process.cpuUsage(start).user).toBeLessThan(1_000_000);
  });

  it('whose array claims more than it holds is refused', () => {
    const row = Buffer.from(firstRow('molecule-dict.lmdb'));
    const shape = row.indexOf(Buffer.of(0x4b, 3, 0x4b, 3, 0x86)); // BININT1 3, BININT1 3, TUPLE2
    row[shape + 1] = 200;
    const pos = parseGraph(row).get('pos');
    expect(shapeOf(pos)).toEqual([200, 3]);
    expect(() => toArray(pos, 'pos')).toThrow(/expected numbers for pos/);
  });
});
