import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { byteSourceOf, openByteSource } from '../../../src/io/bytes/byte-source.js';
import { iterateLmdb } from '../../../src/io/lmdb/lmdb.js';
import { atomCountOfRow, iterateLmdbRows, locateLmdbRows } from '../../../src/io/lmdb/rows.js';
import { symbolsOf } from '../../../src/structure/structure.js';
import { problemsOfDamage } from '../robustness.js';

const pathOf = (name: string) => fileURLToPath(new URL(`../../fixtures/io/lmdb/${name}`, import.meta.url));
const bytes = readFileSync(pathOf('rows.aselmdb'));
const file = 'some.aselmdb';

interface Expected {
  readonly symbols: string[];
  readonly positions: number[];
  readonly energy: number;
  readonly forces: number[];
  readonly fixed: number[];
}

/** What was put into the fixture, which python-lmdb wrote. */
const expected = JSON.parse(readFileSync(pathOf('expected.json'), 'utf8')) as {
  readonly count: number;
  readonly first: Expected;
  readonly big: Expected;
  readonly last: Expected;
  readonly energies: number[];
};

describe('reading an LMDB database', () => {
  it('finds every key of a tree with branches, in byte order, and what the youngest transaction left', () => {
    const keys = [...iterateLmdb(byteSourceOf(bytes))].map(([key]) => key.toString());
    const rows = Array.from({ length: 81 }, (_, row) => String(row + 1)).filter((id) => id !== '4');
    expect(keys).toEqual([...rows, 'deleted_ids', 'metadata', 'nextid'].sort());
  });

  it('falls back to the older transaction where the younger page is the other one', () => {
    const swapped = Buffer.from(bytes);
    const [first, second] = [bytes.subarray(0, 4096), bytes.subarray(4096, 8192)];
    second.copy(swapped, 0);
    first.copy(swapped, 4096);
    expect([...iterateLmdb(byteSourceOf(swapped))].length).toBe(83);
  });
});

describe('reading an ASE database in LMDB', () => {
  it('gives the rows by their ids, large ones too', () => {
    const source = byteSourceOf(bytes, file);
    const rows = locateLmdbRows(source);
    expect(rows.length).toBe(expected.count);
    expect([0, 2, 3, 79].map((row) => rows[row].id)).toEqual([1, 3, 5, 81]);
    expect([0, 2, 3].map((row) => atomCountOfRow(source, rows[row]))).toEqual([2, 120, 3]);
    const structures = [...iterateLmdbRows(source)];
    const cases = [
      [0, expected.first],
      [2, expected.big],
      [79, expected.last],
    ] as const;
    for (const [row, { symbols, positions, energy, forces, fixed }] of cases) {
      const structure = structures[row];
      expect(symbolsOf(structure)).toEqual(symbols);
      expect([...structure.positions]).toEqual(positions);
      expect(structure.labels.energy).toBe(energy);
      expect([...(structure.labels.forces ?? [])]).toEqual(forces);
      expect([...structure.numbers.keys()].filter((atom) => structure.fixed?.[3 * atom])).toEqual(fixed);
    }
    expect(structures[2].info).toMatchObject({ sid: 's3', fid: 0 });
  });

  it('reads all rows in order, from a file as from memory', () => {
    using source = openByteSource(pathOf('rows.aselmdb'));
    const energies = [...iterateLmdbRows(source)].map(({ labels }) => labels.energy);
    expect(energies).toEqual(expected.energies);
  });

  it('refuses other files by name', () => {
    expect(() => locateLmdbRows(byteSourceOf(Buffer.alloc(10_000), file))).toThrow(/expected an LMDB database/);
    const version = Buffer.from(bytes);
    version.writeUInt32LE(999, 20);
    expect(() => locateLmdbRows(byteSourceOf(version, file))).toThrow(/found 999/);
  });

  it('answers a file that is cut off or damaged with an error that names it', async () => {
    const read = (damaged: Uint8Array) => [...iterateLmdbRows(byteSourceOf(damaged, file))];
    const pages = Array.from({ length: 16 }, (_, page) => bytes.subarray(0, 4096 * page + 100));
    for (const cut of pages) expect(() => read(cut)).toThrow(/^some.aselmdb: /);
    expect(await problemsOfDamage(bytes, read, { file, lines: false, runs: 150 })).toEqual([]);
  });
});
