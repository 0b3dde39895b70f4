import { describe, expect, it } from 'vitest';
import { fitAffineCost, sampleCosts } from '../../../pretrain/balance/cost.js';
import { createRandom } from '../../../src/random.js';

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
