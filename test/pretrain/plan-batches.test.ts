import { describe, expect, it } from 'vitest';
import { fitAffineCost, sampleCosts } from '../../pretrain/balance/cost.js';
import { mixedSizes } from '../../pretrain/epoch-sizes.js';
import { compareStrategies } from '../../pretrain/plan-batches.js';
import { parseSizeMix } from '../../pretrain/size-mix.js';
import { createRandom } from '../../src/random.js';
import { paperMix } from '../helpers/paper-mix.js';

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

describe('sampleCosts', () => {
  const sizes = { atoms: Uint32Array.of(2, 10), edges: Uint32Array.of(6, 50) };

  it('counts atoms, edges or microseconds', () => {
    expect([...sampleCosts(sizes, 'atoms')]).toEqual([2, 10]);
    expect([...sampleCosts(sizes, 'edges')]).toEqual([6, 50]);
    expect([...sampleCosts(sizes, { perStructure: 5, perAtom: 1.5, perEdge: 0.25 })]).toEqual([10, 33]);
  });

  it('refuses a cost by edges where edges are not known', () => {
    const bare = { atoms: sizes.atoms };
    expect(() => sampleCosts(bare, 'edges')).toThrow(/only their sizes are known/);
    expect([...sampleCosts(bare, { perStructure: 1, perAtom: 2, perEdge: 0 })]).toEqual([5, 21]);
  });
});

describe('fitAffineCost', () => {
  const random = createRandom(3);
  const batches = Array.from({ length: 12 }, () => {
    const structures = 1 + random.integer(20);
    const atoms = structures * (5 + random.integer(60));
    return { structures, atoms, edges: atoms * (10 + random.integer(30)) };
  });

  it('finds the parts again, whatever the overhead', () => {
    const timed = batches.map((batch) => ({
      ...batch,
      seconds: 0.01 + 1e-6 * (100 * batch.structures + 30 * batch.atoms + 4 * batch.edges),
    }));
    const { perStructure, perAtom, perEdge } = fitAffineCost(timed);
    expect(perStructure).toBeCloseTo(100, 6);
    expect(perAtom).toBeCloseTo(30, 6);
    expect(perEdge).toBeCloseTo(4, 6);
  });

  it('has no negative parts', () => {
    const timed = batches.map((batch) => ({ ...batch, seconds: 1e-6 * (4 * batch.edges - 10 * batch.atoms) }));
    const cost = fitAffineCost(timed);
    expect(Math.min(cost.perStructure, cost.perAtom, cost.perEdge)).toBe(0);
    expect(cost.perEdge).toBeGreaterThan(3);
  });
});

describe('parseSizeMix', () => {
  it.each([
    ['- { name: a, samples: 5 }', /0\.atoms: expected object/],
    ['- { name: a, samples: 5, atoms: { mean: 9, deviation: 1, min: 1, max: 5 } }', /expected min <= mean <= max/],
    ['- { name: a, samples: 5, atoms: { mean: 3, deviation: 4, min: 1, max: 5 } }', /expected a deviation that fits/],
    ['[', /the YAML cannot be read/],
  ])('refuses %s', (text, message) => {
    expect(() => parseSizeMix(text, { file: 'mix.yaml' })).toThrow(message);
  });

  it('draws sizes with the mean, deviation and bounds that are asked for', () => {
    const mix = parseSizeMix('- { name: a, samples: 5, atoms: { mean: 160, deviation: 64, min: 20, max: 300 } }');
    const { atoms } = mixedSizes(mix, { draws: 40_000, temperature: 1, seed: 2 });
    const mean = atoms.reduce((sum, count) => sum + count, 0) / atoms.length;
    const variance = atoms.reduce((sum, count) => sum + (count - mean) ** 2, 0) / atoms.length;
    expect(Math.abs(mean - 160)).toBeLessThan((4 * 64) / 200); // four standard errors
    expect(Math.sqrt(variance)).toBeCloseTo(64, -0.5);
    expect(Math.min(...atoms)).toBeGreaterThanOrEqual(20);
    expect(Math.max(...atoms)).toBeLessThanOrEqual(300);
  });
});
