import type { Batch } from '../../pretrain/batch/batch.js';
import { atomicGraph } from '../../src/models/atomic-graph.js';
import { kindOf, type ModelConfig } from '../../src/models/kinds.js';
import { neighborList } from '../../src/neighbors/neighbor-list.js';
import { createRandom } from '../../src/random.js';
import { cellVolume } from '../../src/structure/cell.js';
import { rattledCrystal } from './copper.js';

/** The loss by which its labels are learned. */
export const lossOfLabels = {
  weights: { energy: 1, forces: 1, stress: 0, atomEnergies: 0 },
  energyReduction: 'total',
  forceReduction: 'structure',
  scales: [{ energyScale: 1, forceScale: 1, stressScale: 1 }],
} as const;

/** One rattled crystal with the edges that a model takes, as a batch with an energy, random forces and no stress. */
export function labelledCopper(config: ModelConfig, repeats: readonly [number, number, number]): Batch {
  const structure = rattledCrystal(repeats);
  const list = kindOf(config).edges(neighborList(structure, config.cutoff), config);
  const graph = atomicGraph(structure.numbers, list);
  const random = createRandom(3);
  return {
    graph: { ...graph, edgeVectors: Float32Array.from(graph.edgeVectors) },
    labels: {
      energy: { targets: Float32Array.of(1), mask: Float32Array.of(1) },
      forces: {
        targets: Float32Array.from({ length: 3 * graph.atomCount }, () => random.uniform() - 0.5),
        mask: new Float32Array(graph.atomCount).fill(1),
      },
      stress: { targets: new Float32Array(6), mask: new Float32Array(1) },
      atomEnergies: { targets: new Float32Array(graph.atomCount), mask: new Float32Array(graph.atomCount) },
    },
    volumes: Float32Array.of(cellVolume(structure.cell)),
    atomCounts: Float32Array.of(graph.atomCount),
    heads: Uint16Array.of(0),
    sampleWeights: Float32Array.of(1),
  };
}
