import { expect, test } from 'vitest';
import { limitNeighbors } from '../../../src/models/equiformer-v2/neighbors.js';
import { neighborList } from '../../../src/neighbors/neighbor-list.js';
import { createStructure } from '../../../src/structure/structure.js';
import { readJson } from '../../helpers/equiformer-reference.js';
import { sharedPath } from '../../helpers/shared.js';

/** Atoms on a line at these places: distances from the first are the places. */
function line(places: readonly number[]) {
  const positions = places.flatMap((place) => [place, 0, 0]);
  return neighborList(createStructure({ symbols: places.map(() => 'Cu'), positions }), 6);
}

const kept = (places: readonly number[], options: { maxNeighbors: number; strict: boolean }) => {
  const list = limitNeighbors(line(places), options);
  return Array.from(list.senders).filter((_, edge) => list.receivers[edge] === 0);
};

test('a strict limit keeps the nearest, and of equal ones the first', () => {
  expect(kept([0, 2, 3, 4, 5], { maxNeighbors: 2, strict: true })).toEqual([1, 2]);
  expect(kept([0, 3, 2, -2, 5], { maxNeighbors: 1, strict: true })).toEqual([2]);
});

test('a limit that is not strict keeps one more, and those as far away as it to 0.01 A^2', () => {
  const near = Math.sqrt(9 + 0.0099);
  const far = Math.sqrt(9 + 0.0101);
  expect(kept([0, 2, 3, near, 5], { maxNeighbors: 1, strict: false })).toEqual([1, 2, 3]);
  expect(kept([0, 2, 3, far, 5], { maxNeighbors: 1, strict: false })).toEqual([1, 2]);
  expect(kept([0, 2, 3], { maxNeighbors: 2, strict: false })).toEqual([1, 2]);
});

test('edges are directed: the way back may be missing', () => {
  const list = limitNeighbors(line([0, 2, 3]), { maxNeighbors: 1, strict: true });
  const pairs = Array.from(list.senders, (sender, edge) => [list.receivers[edge], sender]);
  expect(pairs).toEqual([
    [0, 1],
    [1, 2],
    [2, 1],
  ]);
});

const folders = ['equiformer_v2/tiny_l4m2', 'equiformer_v2_hydra/tiny_efs'].map((name) => ({
  name,
  path: sharedPath(`reference/${name}`),
}));

for (const { name, path } of folders) {
  test.skipIf(path === undefined)(
    `the edges of ${name} are those of the original (skipped without the shared data)`,
    () => {
      const { structures } = readJson(`${path}/expected.json`) as unknown as { structures: Record<string, Expected> };
      const strict = name.startsWith('equiformer_v2/');
      for (const [title, { numbers, positions, cell, pbc, edges }] of Object.entries(structures)) {
        const periodic = pbc.some(Boolean);
        const structure = createStructure({
          numbers: Uint8Array.from(numbers),
          positions: positions.flat(),
          ...(periodic && { cell: cell.flat(), pbc: [pbc[0], pbc[1], pbc[2]] }),
        });
        const all = neighborList(structure, strict ? 6 : 12);
        const list = limitNeighbors(all, { maxNeighbors: 20, strict });
        const found = Array.from(list.senders, (sender, edge) =>
          [list.receivers[edge], sender, ...list.shifts.subarray(3 * edge, 3 * edge + 3)].join(),
        );
        const expected = edges.source.map((sender, edge) =>
          [edges.target[edge], sender, ...edges.cell_offset[edge]].join(),
        );
        expect(found.sort(), title).toEqual(expected.sort());
      }
    },
  );
}

interface Expected {
  readonly numbers: number[];
  readonly positions: number[][];
  readonly cell: number[][];
  readonly pbc: boolean[];
  readonly edges: { readonly source: number[]; readonly target: number[]; readonly cell_offset: number[][] };
}
