import { expect, it } from 'vitest';
import { coverageOfHeads } from '../../../pretrain/dataset/coverage.js';
import type { Sample } from '../../../pretrain/dataset/sample/sample.js';
import { headCoverageSchema } from '../../../src/models/head-coverage.js';
import { createStructure } from '../../../src/structure/structure.js';

const origin = { path: 'a', file: 'a', frame: 1 };
const crystal = (edge: number) =>
  createStructure({ symbols: ['Fe'], positions: [0, 0, 0], cell: [edge, 0, 0, 0, edge, 0, 0, 0, edge] });
const atom = createStructure({ symbols: ['H'], positions: [0, 0, 0] });
const slab = { ...crystal(3), pbc: [true, true, false] as const };
const labels = { energy: 1, forces: new Float64Array(3), stress: new Float64Array(6) };

it('counts for each head what it learns from, and the densities of its crystals', () => {
  const samples: Sample[] = [
    { structure: crystal(3), ...labels, origin, subset: { name: 'solid', head: 0 } },
    { structure: crystal(4), energy: 1, origin, subset: { name: 'solid', head: 0 } },
    { structure: slab, energy: 1, origin, subset: { name: 'solid', head: 0 } },
    { structure: atom, energy: 1, forces: new Float64Array(3), origin, subset: { name: 'gas', head: 1 } },
  ];
  const [solid, gas] = coverageOfHeads(samples, { headCount: 2, learnsStress: true });
  const density = (edge: number) => (55.845 * 1.66053906892) / edge ** 3;
  expect(solid).toMatchObject({ structures: 3, periodic: 3, energies: 3, forces: 1, stresses: 1 });
  expect(solid.densities?.[0]).toBeCloseTo(density(4), 3);
  expect(solid.densities?.[1]).toBeCloseTo(density(3), 3);
  expect(gas).toEqual({ structures: 1, periodic: 0, energies: 1, forces: 1, stresses: 0 });
  for (const coverage of [solid, gas]) expect(headCoverageSchema.parse(coverage)).toEqual(coverage);
});

it('counts no stress that is not learned, and one head where there are no subsets', () => {
  const [only] = coverageOfHeads([{ structure: crystal(3), ...labels, origin }], { headCount: 1, learnsStress: false });
  expect(only).toMatchObject({ structures: 1, stresses: 0 });
});
