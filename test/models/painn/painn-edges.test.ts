import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { limitNeighbors } from '../../../src/models/painn/painn-edges.js';
import { neighborList } from '../../../src/neighbors/neighbor-list.js';
import { createStructure } from '../../../src/structure/structure.js';
import { sharedPath } from '../../helpers/shared.js';

const file = sharedPath('reference/painn/tiny_direct/expected.json');

describe.skipIf(file === undefined)(
  'limited neighbours are those of FAIR-Chem (skipped without the shared reference data)',
  () => {
    const reference = file === undefined ? { structures: {} } : JSON.parse(readFileSync(file, 'utf8'));
    for (const [name, expected] of Object.entries<ReferenceStructure>(reference.structures)) {
      test(`${name}: ${expected.n_edges} edges`, () => {
        const structure = createStructure({
          numbers: expected.numbers,
          positions: expected.positions,
          ...(expected.pbc.includes(true) && { cell: expected.cell }),
          pbc: expected.pbc,
        });
        const list = limitNeighbors(neighborList(structure, 5), 30);
        const { source, target, cell_offset } = expected.edges;
        const wanted = source.map((sender, edge) => [target[edge], sender, ...cell_offset[edge]].join(' ')).sort();
        const found = Array.from(list.senders, (sender, edge) =>
          [list.receivers[edge], sender, ...list.shifts.subarray(3 * edge, 3 * edge + 3)].join(' '),
        ).sort();
        expect(found).toEqual(wanted);
      });
    }
  },
);

test('a limited list is symmetric and keeps the canonical order', () => {
  const cell = [4.1, 0, 0, 0.3, 3.9, 0, 0.1, -0.4, 4.3];
  const structure = createStructure({
    symbols: ['Cu', 'Ni', 'Cu'],
    positions: [0, 0, 0, 1.9, 2, 0.3, 0.2, 1.8, 2.2],
    cell,
  });
  const full = neighborList(structure, 6);
  const list = limitNeighbors(full, 20);
  expect(list.edgeCount).toBeGreaterThan(0);
  expect(list.edgeCount).toBeLessThan(full.edgeCount);
  const keyOf = (edge: number, sign = 1) => {
    const [x, y, z] = list.shifts.subarray(3 * edge, 3 * edge + 3);
    const ends = [list.receivers[edge], list.senders[edge]];
    return [...(sign > 0 ? ends : ends.reverse()), sign * x + 0, sign * y + 0, sign * z + 0].join(' ');
  };
  const edges = Array.from({ length: list.edgeCount }, (_, edge) => edge);
  const keys = new Set(edges.map((edge) => keyOf(edge)));
  expect(keys.size).toBe(list.edgeCount);
  expect(edges.every((edge) => keys.has(keyOf(edge, -1)))).toBe(true);
  expect(Array.from(list.receivers)).toEqual(Array.from(list.receivers).sort((a, b) => a - b));
});

interface ReferenceStructure {
  readonly numbers: number[];
  readonly positions: number[][];
  readonly cell: number[][];
  readonly pbc: [boolean, boolean, boolean];
  readonly n_edges: number;
  readonly edges: { source: number[]; target: number[]; cell_offset: number[][] };
}
