import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type NeighborList, neighborList } from '../../src/neighbors/neighbor-list.js';
import { createRandom } from '../../src/random.js';
import { createStructure, type Pbc } from '../../src/structure/structure.js';
import { bruteForceNeighborList } from '../helpers/brute-force.js';
import { sharedPath } from '../helpers/shared.js';
import { systemOf } from './systems.js';

interface ReferenceCase {
  readonly name: string;
  readonly symbols: readonly string[];
  readonly cell: readonly (readonly number[])[];
  readonly pbc: Pbc;
  readonly positions: readonly (readonly number[])[];
  readonly cutoff: number;
  readonly n_pairs: number;
  readonly per_atom: readonly number[];
  readonly sum_d: number;
  readonly sum_weighted: number;
  readonly sum_S: readonly number[];
  readonly pairs?: readonly (readonly number[])[];
}

function readCases(path: string | URL): ReferenceCase[] {
  return JSON.parse(readFileSync(path, 'utf8')).cases;
}

function expectReference(reference: ReferenceCase): void {
  const list = neighborList(createStructure(reference), reference.cutoff);
  expect(list.edgeCount).toBe(reference.n_pairs);
  const perAtom = new Array(reference.symbols.length).fill(0);
  let weighted = 0;
  const absolute = [0, 0, 0];
  for (const [edge, receiver] of list.receivers.entries()) {
    perAtom[receiver]++;
    weighted += (list.distances[edge] * (receiver + 1)) / (list.senders[edge] + 1);
    for (const axis of [0, 1, 2]) absolute[axis] += Math.abs(list.shifts[3 * edge + axis]);
  }
  expect(perAtom).toEqual(reference.per_atom);
  expect(absolute).toEqual(reference.sum_S);
  const total = list.distances.reduce((sum, distance) => sum + distance, 0);
  expect(Math.abs(total - reference.sum_d)).toBeLessThan(roundingOf(reference.sum_d));
  expect(Math.abs(weighted - reference.sum_weighted)).toBeLessThan(roundingOf(reference.sum_weighted));
  if (reference.pairs) expectPairs(list, reference.pairs);
}

/** The reference is printed with eight decimals; sums of many terms depend on their order in the last digits. */
function roundingOf(sum: number): number {
  return 1e-8 + 1e-13 * sum;
}

function expectPairs(list: NeighborList, pairs: readonly (readonly number[])[]): void {
  const found = Array.from(list.receivers, (receiver, edge) => [
    receiver,
    list.senders[edge],
    ...list.shifts.subarray(3 * edge, 3 * edge + 3),
  ]);
  expect(found).toEqual(pairs.map((pair) => pair.slice(0, 5)));
  for (const [edge, pair] of pairs.entries()) expect(Math.abs(list.distances[edge] - pair[5])).toBeLessThan(1e-7);
}

describe('neighborList agrees with the reference', () => {
  const cases = readCases(new URL('../fixtures/neighbors/neighbor_cases.json', import.meta.url));
  it.each(cases.map((reference) => [reference.name, reference] as const))('on %s', (_, reference) => {
    expectReference(reference);
  });

  it('on every case of the shared reference', ({ skip }) => {
    const path = sharedPath('reference/neighbors/neighbor_cases.json');
    if (path === undefined) return skip('the shared reference is not here; the cases in test/fixtures were checked');
    const all = readCases(path);
    expect(all.length).toBeGreaterThan(30);
    for (const reference of all) expectReference(reference);
  });
});

const component = fc.integer({ min: -600, max: 600 }).map((hundredths) => hundredths / 100);
const systems = fc.record({
  cell: fc.array(component, { minLength: 9, maxLength: 9 }),
  pbc: fc.tuple(fc.boolean(), fc.boolean(), fc.boolean()),
  positions: fc.array(fc.tuple(component, component, component), { maxLength: 12 }),
  spread: fc.constantFrom(1, 1, 1, 7, 40),
  cutoff: fc.integer({ min: 3, max: 45 }).map((tenths) => tenths / 10),
});

/** Volume over the product of the lengths: how far from flat the cell is. */
function flatness(cell: readonly number[]): number {
  const [a, b, c, d, e, f, g, h, i] = cell;
  const volume = Math.abs(a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g));
  return volume / (Math.hypot(a, b, c) * Math.hypot(d, e, f) * Math.hypot(g, h, i));
}

describe('neighborList', () => {
  it('equals brute force, bit for bit and in order, for any cell, periodicity and positions', () => {
    fc.assert(
      fc.property(systems, ({ cell, pbc, positions, spread, cutoff }) => {
        fc.pre(flatness(cell) > 0.03 && cell.some((value) => Math.abs(value) > 1));
        fc.pre([0, 3, 6].every((row) => Math.hypot(...cell.slice(row, row + 3)) > 1.2));
        const system = systemOf(
          positions.flat().map((value) => value * spread),
          cell,
          pbc,
        );
        expect(neighborList(system, cutoff)).toEqual(bruteForceNeighborList(system, cutoff));
      }),
      { seed: 20, numRuns: 200 },
    );
  });

  it('equals brute force for hundreds of atoms, where the grid has many bins', () => {
    const random = createRandom(5);
    const positions = Array.from({ length: 3 * 250 }, () => 20 * random.uniform() - 5);
    for (const pbc of [
      [true, true, true],
      [false, true, false],
      [false, false, false],
    ] as const) {
      const system = systemOf(positions, [14, 0, 0, 3, 15, 0, -2, 4, 13], pbc);
      expect(neighborList(system, 2.3)).toEqual(bruteForceNeighborList(system, 2.3));
    }
  });

  it('sorts long rows too: hundreds of neighbours in many images', () => {
    const system = systemOf([0.1, 0.2, 0.3, 1.1, 1.4, 0.9], [2, 0, 0, 0.3, 2.1, 0, 0.2, -0.4, 1.9], [true, true, true]);
    const list = neighborList(system, 8);
    expect(list.edgeCount).toBeGreaterThan(2 * 400);
    expect(list).toEqual(bruteForceNeighborList(system, 8));
  });

  it('holds with every edge its opposite, with the exactly opposite vector', () => {
    const random = createRandom(3);
    const system = systemOf(
      Array.from({ length: 90 }, () => 30 * random.uniform() - 10),
      [7, 0, 0, 2, 6, 0, 1, 1, 8],
      [true, true, false],
    );
    const { edgeCount, receivers, senders, shifts, edgeVectors } = neighborList(system, 4);
    const name = (edge: number, sign: number) => {
      const pair = sign > 0 ? [receivers[edge], senders[edge]] : [senders[edge], receivers[edge]];
      const rows = [shifts, edgeVectors].map((values) =>
        Array.from(values.subarray(3 * edge, 3 * edge + 3), (v) => sign * v + 0),
      );
      return JSON.stringify([pair, rows]);
    };
    const edges = new Set(Array.from({ length: edgeCount }, (_, edge) => name(edge, 1)));
    expect(edges.size).toBe(edgeCount);
    for (let edge = 0; edge < edgeCount; edge++) expect(edges).toContain(name(edge, -1));
  });

  it('finds the pairs of atoms that lie thousands of cells apart', () => {
    const far = 4 * 2 ** 12;
    const system = systemOf(
      [0, 0, 0, far + 1, -far, far, 2, 2 + far, -2 * far],
      [4, 0, 0, 0, 4, 0, 0, 0, 4],
      [true, true, true],
    );
    const { receivers, senders, distances, shifts } = neighborList(system, 1.5);
    expect([...receivers, ...senders, ...distances]).toEqual([0, 1, 1, 0, 1, 1]);
    expect([...shifts]).toEqual([-(2 ** 12), 2 ** 12, -(2 ** 12), 2 ** 12, -(2 ** 12), 2 ** 12]);
  });

  it('needs no more room when atoms fly apart without bounds', () => {
    const system = systemOf([0, 0, 0, 1, 0, 0, 1e12, 0, 0, 0, -1e13, 4e12, 1e12, 0, 1], new Float64Array(9), [
      false,
      false,
      false,
    ]);
    const { receivers, senders } = neighborList(system, 2);
    expect([...receivers, ...senders]).toEqual([0, 1, 2, 4, 1, 0, 4, 2]);
  });

  it('ignores lattice vectors along directions that are not periodic, even parallel ones', () => {
    const positions = [0, 0, 0, 0, 0, 1.5];
    const flat = systemOf(positions, [3, 0, 0, 3, 0, 0, 6, 0, 0], [true, false, false]);
    const alone = systemOf(positions, [3, 0, 0, 0, 0, 0, 0, 0, 0], [true, false, false]);
    expect(neighborList(flat, 3.2)).toEqual(neighborList(alone, 3.2));
    expect(neighborList(flat, 3.2).edgeCount).toBe(6);
  });

  it('refuses cutoffs and positions that make no sense, by name', () => {
    const system = systemOf([0, 0, 0, Number.NaN, 0, 0], [3, 0, 0, 0, 3, 0, 0, 0, 3], [true, true, true]);
    expect(() => neighborList(system, 3)).toThrow(
      expect.objectContaining({ code: 'non-finite', message: expect.stringContaining('atom 2') }),
    );
    for (const cutoff of [0, -1, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(() => neighborList(system, cutoff)).toThrow(expect.objectContaining({ code: 'usage' }));
    }
    const flat = systemOf([0, 0, 0], [3, 0, 0, 6, 0, 0, 0, 0, 3], [true, true, true]);
    expect(() => neighborList(flat, 3)).toThrow(expect.objectContaining({ code: 'structure' }));
  });
});
