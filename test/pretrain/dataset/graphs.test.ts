import { describe, expect, it } from 'vitest';
import { buildGraph, createExampleStore, type GraphRules } from '../../../pretrain/dataset/graphs.js';
import type { Sample } from '../../../pretrain/dataset/sample/sample.js';
import { equiformerV2Settings } from '../../../src/models/equiformer-v2/config.js';
import { equiformerV2 } from '../../../src/models/equiformer-v2/equiformer-v2-kind.js';
import { pairRepulsion } from '../../../src/models/repulsion.js';
import { createStructure } from '../../../src/structure/structure.js';

/**
 * Primitive cell of a face-centred cubic metal with the given cubic lattice constant in A: 12 neighbours at a / sqrt 2.
 */
function faceCentred(a: number): Sample {
  const structure = createStructure({
    symbols: ['Cu'],
    positions: [0, 0, 0],
    cell: [0, a / 2, a / 2, a / 2, 0, a / 2, a / 2, a / 2, 0],
  });
  return { structure, energy: -1, origin: { path: 'a.xyz', file: 'a.xyz', frame: 1 } };
}

const samples = [3.4, 3.6, 3.8].map(faceCentred);

const cluster = createStructure({ symbols: ['Cu', 'Cu'], positions: [0, 0, 0, 2, 0, 0] });

describe('createExampleStore', () => {
  it('knows the size of every sample and gives its edges', () => {
    const store = createExampleStore(samples, { model: { cutoff: 3 }, maximumBytes: 1e6 });
    expect(store.sizes).toEqual({ atoms: Uint32Array.of(1, 1, 1), edges: Uint32Array.of(12, 12, 12) });
    const { sample, graph } = store.example(1);
    expect(sample).toBe(samples[1]);
    for (let edge = 0; edge < 12; edge++) {
      expect(Math.hypot(...graph.edgeVectors.subarray(3 * edge, 3 * edge + 3))).toBeCloseTo(3.6 / Math.sqrt(2), 5);
    }
  });

  it('may validate on another kind of noise than is learned', () => {
    const subset = { name: 'bare', head: 0, noise: { sigma: 0.1, labels: 'standard' } } as const;
    const bare = [{ ...samples[0], structure: cluster, subset }];
    const options = { model: { cutoff: 3 }, maximumBytes: 0 };
    const sumOf = (noise?: 'centred') => {
      const { forces = [] } = createExampleStore(bare, { ...options, ...(noise && { noise }) }).example(0).sample;
      return Math.abs(forces[0] + forces[3]);
    };
    expect(sumOf()).toBeGreaterThan(1e-3);
    expect(sumOf('centred')).toBeLessThan(1e-12);
  });

  it('gives the same graphs whether they are kept in memory or built again', () => {
    const kept = createExampleStore(samples, { model: { cutoff: 3 }, maximumBytes: 1e6 });
    const rebuilt = createExampleStore(samples, { model: { cutoff: 3 }, maximumBytes: 4 * 8 + 12 * 20 });
    expect([kept.keptCount, rebuilt.keptCount]).toEqual([3, 1]);
    for (const index of samples.keys()) expect(rebuilt.example(index)).toEqual(kept.example(index));
  });
});

describe('buildGraph', () => {
  it('takes the neighbours that the model takes', () => {
    const limited = equiformerV2.configure(
      equiformerV2Settings.parse({ kind: 'equiformer-v2', cutoff: 4, maxNeighbors: 5, strictNeighbors: true }),
      { heads: ['pbe'] },
    );
    const edgesOf = (model: GraphRules) => {
      const store = createExampleStore(samples, { model, maximumBytes: 0 });
      return [store.sizes.edges[0], store.example(0).graph.edgeCount];
    };
    expect(edgesOf(limited)).toEqual([5, 5]);
    expect(edgesOf({ ...limited, strictNeighbors: false })).toEqual([12, 12]); // all that are as near
    expect(edgesOf({ ...limited, maxNeighbors: null })).toEqual([18, 18]);
  });

  it('sorts edges by receiver', () => {
    const { receivers, edgeCount } = buildGraph(
      createStructure({ symbols: ['Cu', 'Ni', 'Cu'], positions: [0, 0, 0, 2, 0, 0, 1, 1, 0] }),
      { cutoff: 2.5 },
    );
    expect(edgeCount).toBe(6);
    expect([...receivers]).toEqual([0, 0, 1, 1, 2, 2]);
  });

  it.each([1e6, 0])('gives labels less the repulsion that the model adds, graphs kept or not', (maximumBytes) => {
    const crushed = faceCentred(2.4);
    const labels = { forces: Float64Array.of(0.1, 0, 0), stress: new Float64Array(6).fill(0.5) };
    const close: Sample = { ...crushed, ...labels };
    const model = { cutoff: 3, repulsion: 'zbl', repulsionReach: 0.8 } as const;
    const store = createExampleStore([close, samples[0]], { model, maximumBytes });
    const added = pairRepulsion(close.structure.numbers, buildGraph(close.structure, model), model);
    const { energy = Number.NaN, forces = [], stress = [] } = store.example(0).sample;
    expect(energy).toBeCloseTo(-1 - (added?.energies[0] ?? 0), 9);
    expect(forces[0]).toBeCloseTo(0.1, 6); // the site is symmetric
    expect(stress[0]).toBeCloseTo(0.5 - (added?.strainDerivative[0] ?? 0) / (2.4 ** 3 / 4), 9);
    expect(energy).toBeLessThan(-2);
    expect(store.example(1).sample.energy).toBe(-1);
    expect(store.example(0).sample.energy).toBe(energy); // the second time from the store
  });
});
