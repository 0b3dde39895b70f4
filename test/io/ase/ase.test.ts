import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { parseJsonDatabase } from '../../../src/io/ase/json-database.js';
import { iterateSqlDatabase } from '../../../src/io/ase/sql-database.js';
import { iterateAseTrajectory, openAseTrajectory } from '../../../src/io/ase/trajectory.js';
import { byteSourceOf } from '../../../src/io/bytes/byte-source.js';
import { type Structure, symbolsOf } from '../../../src/structure/structure.js';
import { problemsOfDamage, problemsOfTruncation } from '../robustness.js';

const fixture = (name: string) =>
  readFileSync(fileURLToPath(new URL(`../../fixtures/io/ase/${name}`, import.meta.url)));

/** What ASE 3.22 reads. */
interface Expected {
  readonly symbols: string[];
  readonly positions: number[];
  readonly cell: number[];
  readonly pbc: boolean[];
  readonly masses: number[];
  readonly momenta: number[] | null;
  readonly fixed: number[];
  readonly energy: number | null;
  readonly forces: number[] | null;
  readonly stress: number[] | null;
}

const expected = JSON.parse(fixture('expected.json').toString()) as Record<string, Expected[]>;

/** A structure in the terms of the reference; velocities become momenta again. */
function describeStructure(structure: Structure): Expected {
  const { positions, cell, pbc, masses, velocities, fixed, labels } = structure;
  return {
    symbols: symbolsOf(structure),
    positions: [...positions],
    cell: [...cell],
    pbc: [...pbc],
    masses: [...masses],
    momenta: velocities ? Array.from(velocities, (value, index) => value * masses[Math.floor(index / 3)]) : null,
    fixed: [...masses.keys()].filter((atom) => fixed?.[3 * atom] === 1),
    energy: labels.energy ?? null,
    forces: labels.forces ? [...labels.forces] : null,
    stress: labels.stress ? [...labels.stress] : null,
  };
}

function expectSame(structures: readonly Structure[], reference: readonly Expected[]): void {
  expect(structures.length).toBe(reference.length);
  structures.forEach((structure, index) => {
    const { masses, momenta, ...exact } = describeStructure(structure);
    const { masses: referenceMasses, momenta: referenceMomenta, ...referenceExact } = reference[index];
    expect(exact).toEqual(referenceExact);
    masses.forEach((mass, atom) => {
      expect(mass).toBeCloseTo(referenceMasses[atom], 3); // the two tables of masses differ in the last digits
    });
    momenta?.forEach((momentum, coordinate) => {
      expect(momentum).toBeCloseTo(referenceMomenta?.[coordinate] ?? Number.NaN, 10);
    });
  });
}

describe('reading an ASE trajectory', () => {
  const read = (bytes: Uint8Array) => [...iterateAseTrajectory(byteSourceOf(bytes, 'some.traj'))];

  it('gives what ASE reads, frame by frame', () => {
    for (const name of ['frames.traj', 'many.traj']) expectSame(read(fixture(name)), expected[name]);
  });

  it('keeps tags, magnetic moments, further results, info and constraints of other kinds', () => {
    const [first, second, water] = read(fixture('frames.traj'));
    expect(first.arrays.tags).toEqual({ width: 1, values: Float64Array.of(0, 2), integer: true });
    expect([...(first.arrays.initial_magmoms?.values ?? [])]).toEqual([1.5, -0.5]);
    expect(first.arrays.magmoms?.values.length).toBe(2);
    expect(first.info).toMatchObject({
      note: 'first',
      kpts: [
        [1, 2, 3],
        [4, 5, 6],
      ],
      nested: '_JSON {"a":[1,2]}',
      free_energy: -7.25,
    });
    expect(second.fixed).toEqual(first.fixed);
    expect(second.info.note).toBeUndefined();
    expect(String(water.info.constraints)).toMatch(/^_JSON .*FixBondLength/);
  });

  it('reads frames in any order, and knows their sizes without reading them', () => {
    const trajectory = openAseTrajectory(byteSourceOf(fixture('frames.traj')));
    expect([3, 0, 2, 1].map((frame) => trajectory.atomCount(frame))).toEqual([3, 2, 3, 2]);
    expectSame([2, 1].map(trajectory.read), [expected['frames.traj'][2], expected['frames.traj'][1]]);
  });

  it('reads arrays of either byte order', () => {
    for (const little of [true, false]) {
      const [structure] = read(ulmFile({ numbers: [8, 1], positions: [0, 0, 0, 0.9375, 0, -0.25], little }));
      expect([...structure.numbers]).toEqual([8, 1]);
      expect([...structure.positions]).toEqual([0, 0, 0, 0.9375, 0, -0.25]);
    }
  });

  it.each([
    ['numbers that are not finite', { positions: [Number.NaN, 0, 0] }, /finite/],
    ['a shape beyond the file', { shape: [1e12, 3] }, /does not have/],
    ['a shape that is none', { shape: [-1, 3] }, /expected an array of numbers/],
    ['another kind of file', { tag: 'gpaw' }, /of the kind "gpaw"/],
    ['an element that does not exist', { numbers: [0] }, /frame 1: expected atomic numbers/],
  ])('refuses %s by name', (_, change, message) => {
    expect(() => read(ulmFile({ numbers: [1], positions: [0, 0, 0], little: true, ...change }))).toThrow(message);
  });

  it('refuses a pickle by name', () => {
    expect(() => read(Buffer.from('PickleTrajectory\u0001....'))).toThrow(/a pickle trajectory of an old ASE/);
  });

  it('answers a file that is cut off anywhere or damaged with an error that names it', async () => {
    const bytes = fixture('frames.traj');
    expect(await problemsOfTruncation(bytes, read, { file: 'some.traj', lines: false })).toEqual([]);
    expect(await problemsOfDamage(bytes, read, { file: 'some.traj', lines: false, runs: 1500 })).toEqual([]);
  });
});

describe('reading an ASE database in SQLite', () => {
  const file = 'rows.db';
  const bytes = fixture('rows.db');
  const read = (damaged: Uint8Array) => [...iterateSqlDatabase(byteSourceOf(damaged, file))];

  it('gives what ASE reads: all rows by their ids, rows larger than a page too', () => {
    const reference = JSON.parse(fixture('expected-db.json').toString()) as Expected[];
    expect(reference.length).toBe(25);
    expect(Math.max(...reference.map(({ symbols }) => symbols.length))).toBe(120);
    expectSame(read(bytes), reference);
  });

  it('keeps key-value pairs and data with their arrays, and takes none of them for a label', () => {
    const structures = read(bytes);
    expect(structures[0].info).toMatchObject({ group: 'ax', index2: 0, ratio: 0, free_energy: -7.25 });
    expect(structures[0].arrays.tags).toMatchObject({ integer: true });
    expect(structures.at(-1)).toMatchObject({
      labels: { energy: -7 },
      info: {
        row_energy: 5,
        note: 'é',
        matrix: [
          [0, 1, 2],
          [3, 4, 5],
        ],
      },
    });
  });

  it('refuses other databases by name', () => {
    const renamed = Buffer.from(
      bytes.toString('latin1').replace('tablesystemssystems', 'tableothersxothersx'),
      'latin1',
    );
    expect(() => read(renamed)).toThrow(/rows.db: expected the table "systems", found .*othersx/);
    expect(() => read(Buffer.alloc(4096))).toThrow(/expected an SQLite 3 database/);
  });

  it('answers a file that is cut off or damaged with an error that names it', async () => {
    for (let page = 0; page < bytes.length / 4096; page++) {
      expect(() => read(bytes.subarray(0, 4096 * page + 90))).toThrow(/^rows.db: /);
    }
    expect(await problemsOfDamage(bytes, read, { file, lines: false, runs: 200 })).toEqual([]);
  });
});

describe('reading an ASE database in JSON', () => {
  const file = 'rows.json';
  const text = fixture('rows.json').toString();

  it('gives what ASE reads, in the order of the ids', () => {
    expectSame(parseJsonDatabase(text, { file }), expected['rows.json']);
  });

  it('keeps key-value pairs and data, and takes none of them for a label', () => {
    const [first, ...others] = parseJsonDatabase(text, { file });
    expect(first.info).toMatchObject({ group: 'a', index2: 0, ratio: 0, free_energy: -7.25 });
    expect(others.at(-1)?.info.late).toBe(true);
    const row = '{"1": {"numbers": [1], "positions": [[0, 0, 0]], "data": {"energy": 5}}, "ids": [1], "nextid": 2}';
    expect(parseJsonDatabase(row)[0]).toMatchObject({ labels: {}, info: { row_energy: 5 } });
  });

  it('accepts NaN outside the geometry and labels, and nowhere else', () => {
    const row = (energy: string) =>
      `{"1": {"numbers": [1], "positions": [[0, 0, 0]], "energy": ${energy},\n "key_value_pairs": {"text": "NaN", "gap": NaN}}, "ids": [1], "nextid": 2}`;
    expect(parseJsonDatabase(row('-1'))[0].info).toEqual({ text: 'NaN', gap: 'NaN' });
    expect(() => parseJsonDatabase(row('NaN'), { file })).toThrow(/rows.json:1: expected numbers for energy/);
    expect(() => parseJsonDatabase(row('1').replace('0, 0, 0', '0, NaN, 0'), { file })).toThrow(
      /rows.json:1: expected numbers for positions/,
    );
  });

  it('names the line of a row that is wrong', () => {
    expect(() => parseJsonDatabase(text.replace(/"numbers": (.*)8, 1/, '"numbers": $18, 777'), { file })).toThrow(
      /^rows.json:23: expected atomic numbers 1 to 118, found 777/,
    );
  });

  it('refuses other JSON by name', () => {
    for (const other of ['[]', '{}', '3', '{"ids": "all"}'])
      expect(() => parseJsonDatabase(other, { file })).toThrow(/expected an ASE database/);
  });

  it('answers a file that is cut off anywhere or damaged with an error that names the line', async () => {
    const bytes = Buffer.from(text.trimEnd());
    const read = (damaged: Uint8Array) => parseJsonDatabase(Buffer.from(damaged).toString(), { file });
    expect(await problemsOfTruncation(bytes, read, { file, lines: true })).toEqual([]);
    expect(await problemsOfDamage(bytes, read, { file, lines: true, runs: 1000 })).toEqual([]);
  });
});

interface UlmContent {
  readonly numbers: number[];
  readonly positions: number[];
  readonly little: boolean;
  readonly shape?: number[];
  readonly tag?: string;
}

/** A trajectory of one frame, written by hand. */
function ulmFile({
  numbers,
  positions,
  little,
  shape = [numbers.length, 3],
  tag = 'ASE-Trajectory',
}: UlmContent): Buffer {
  const arrays = Buffer.alloc(8 * (numbers.length + positions.length));
  const view = new DataView(arrays.buffer, arrays.byteOffset);
  numbers.forEach((number, index) => {
    view.setBigInt64(8 * index, BigInt(number), little);
  });
  positions.forEach((value, index) => {
    view.setFloat64(8 * (numbers.length + index), value, little);
  });
  const start = 56;
  const item = JSON.stringify({
    ...(!little && { _little_endian: false }),
    'numbers.': { ndarray: [[numbers.length], 'int64', start] },
    'positions.': { ndarray: [shape, 'float64', start + 8 * numbers.length] },
    pbc: [false, false, false],
    cell: [
      [0, 0, 0],
      [0, 0, 0],
      [0, 0, 0],
    ],
  });
  const itemStart = start + arrays.length;
  const integers = BigInt64Array.of(3n, 1n, 48n, BigInt(itemStart));
  const length = BigInt64Array.of(BigInt(item.length));
  return Buffer.concat([
    Buffer.from(`- of Ulm${tag.padEnd(16)}`),
    Buffer.from(integers.buffer),
    arrays,
    Buffer.from(length.buffer),
    Buffer.from(item),
  ]);
}
