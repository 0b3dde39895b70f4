import { describe, expect, it } from 'vitest';
import { compareStrategies } from '../../../pretrain/balance/measure-plan.js';
import { mixedSizes } from '../../../pretrain/sampling/epoch-sizes.js';
import { paperMix } from '../../helpers/paper-mix.js';

describe("on the paper's mix of sizes", () => {
  const { order, atoms } = mixedSizes(paperMix, { draws: 200_000, temperature: 2, seed: 1 });
  const percentages = (ranks: number, batchSize: number) =>
    Object.fromEntries(
      compareStrategies({ order, atomCounts: atoms, costs: atoms, ranks, batchSize }).map(
        ({ strategy, efficiency }) => [strategy, 100 * efficiency],
      ),
    );

  it('is the efficiency that the paper shows: 36, 36, 100 % at 16 ranks x 1, 56, 96, 100 % at 16 x 4, within 2', () => {
    const [one, four] = [percentages(16, 1), percentages(16, 4)];
    for (const [found, expected] of [
      [one, { none: 36, greedy: 36, lamm: 100 }],
      [four, { none: 56, greedy: 96, lamm: 100 }],
    ]) {
      for (const [strategy, value] of Object.entries(expected)) {
        expect(Math.abs(found[strategy] - value), `${strategy}: ${found[strategy]}`).toBeLessThan(2);
      }
    }
  });

  it('has 71.5 atoms a sample, the mean of the table weighted with T = 2', () => {
    const mean = atoms.reduce((sum, count) => sum + count, 0) / atoms.length;
    expect(mean).toBeCloseTo(71.5, 0);
  });
});

describe('compareStrategies', () => {
  it('computes efficiency, peak, mean, batches and gain as defined', () => {
    const atomCounts = Uint32Array.of(9, 1, 2, 3, 8, 7);
    const costs = atomCounts.map((count) => 2 * count);
    const order = Uint32Array.from(atomCounts.keys());
    const [none, greedy, lamm] = compareStrategies({ order, atomCounts, costs, ranks: 2, batchSize: 1, subsets: 1 });
    // Steps (9 1) (2 3) (8 7): maxima 9, 3, 8; with lamm (9 8) (7 3) (2 1): maxima 9, 7, 2.
    expect(none).toMatchObject({
      strategy: 'none',
      efficiency: 30 / 40,
      peakAtoms: 9,
      meanAtoms: 5,
      batches: 3,
      gain: 1,
    });
    expect([...none.loads]).toEqual([18, 2, 4, 6, 16, 14]);
    expect(greedy.efficiency).toBe(30 / 40);
    expect(lamm).toMatchObject({ efficiency: 30 / 36, gain: 20 / 18, batches: 3 });
  });
});
