import { describe, expect, it } from 'vitest';
import { measureForceConsistency } from '../../../../pretrain/dataset/check/force-consistency.js';
import type { Sample } from '../../../../pretrain/dataset/sample/sample.js';
import { createRandom } from '../../../../src/random.js';
import { createStructure } from '../../../../src/structure/structure.js';

/** Atoms bound to their sites by springs, whose energy the trapezoid rule gives exactly. */
function springSamples({ frames = 20, spring = 3, width = 0.05, wrap = false } = {}): Sample[] {
  const random = createRandom(11);
  const sites = [0.01, 1, 1, 3, 3, 3];
  return Array.from({ length: frames }, (_, frame): Sample => {
    const offsets = sites.map(() => width * random.normal());
    const positions = sites.map((site, index) => site + offsets[index]).map((x) => (wrap ? (x + 6) % 6 : x));
    return {
      structure: createStructure({ symbols: ['C', 'O'], positions, cell: [6, 0, 0, 0, 6, 0, 0, 0, 6] }),
      energy: -10 + 0.5 * spring * offsets.reduce((sum, offset) => sum + offset ** 2, 0),
      forces: Float64Array.from(offsets, (offset) => -spring * offset),
      origin: { path: 'springs.xyz', file: 'springs.xyz', frame: frame + 1 },
    };
  });
}

const changeForces = (samples: readonly Sample[], factor: number) =>
  samples.map((sample) => ({ ...sample, forces: sample.forces?.map((force) => factor * force) }));

describe('comparing forces with energies', () => {
  it('finds that they agree where the forces are -dE/dx, across the border of the cell too', () => {
    for (const wrap of [false, true]) {
      const result = measureForceConsistency(springSamples({ wrap }));
      expect(result?.pairs).toBeGreaterThan(10);
      expect(result?.agreement).toBe(1);
      expect(result?.slope).toBeCloseTo(1, 10);
    }
  });

  it('finds gradients by their sign and other units by their size', () => {
    expect(measureForceConsistency(changeForces(springSamples(), -1))).toMatchObject({ agreement: 0 });
    expect(measureForceConsistency(changeForces(springSamples(), 0.0433641))?.slope).toBeCloseTo(1 / 0.0433641, 8);
  });

  it('compares no frames that are far apart, the same, or of other atoms', () => {
    expect(measureForceConsistency(springSamples({ width: 2 }))).toBeUndefined();
    const [first] = springSamples();
    expect(measureForceConsistency([first, first])).toBeUndefined();
    const other = createStructure({
      symbols: ['C', 'N'],
      positions: first.structure.positions,
      cell: first.structure.cell,
    });
    expect(measureForceConsistency([first, { ...springSamples()[1], structure: other }])).toBeUndefined();
    expect(measureForceConsistency(springSamples().map(({ forces: _, ...sample }) => sample))).toBeUndefined();
  });
});
