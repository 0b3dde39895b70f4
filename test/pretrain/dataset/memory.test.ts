import { describe, expect, it } from 'vitest';
import { createSerialBatches } from '../../../pretrain/batch/batch-source.js';
import { createExampleStore } from '../../../pretrain/dataset/graphs.js';
import { loadSamples } from '../../../pretrain/dataset/load/load-samples.js';
import type { Sample } from '../../../pretrain/dataset/sample/sample.js';
import { batchesOf, createEpochPlanner } from '../../../pretrain/sampling/epoch-plan.js';
import { trainingOptions } from '../../helpers/linear-training.js';
import { sharedPath } from '../../helpers/shared.js';

const folder = sharedPath('data');
const budget = { atoms: 600, edges: 25_000 };
/** Bytes of a batch: numbers, places in the structure, forces, energies and masks of an atom; ends and vector of an edge. */
const [bytesPerAtom, bytesPerEdge] = [4 + 4 + (12 + 4) + (4 + 4), 4 + 4 + 12];
/** Energy, stress and their masks, number of atoms, volume, head and weight. */
const bytesPerStructure = 4 + 24 + 4 + 4 + 4 + 4 + 2 + 4;

async function load(name: string, largest: number): Promise<Sample[]> {
  const path = `${folder}/${name}/val.extxyz.gz`;
  const { samples } = await loadSamples({ path, name, labels: 'none' });
  return samples.filter(({ structure }) => structure.numbers.length <= largest);
}

describe.skipIf(folder === undefined)(
  'batches of small molecules and large crystals (skipped without the shared data)',
  () => {
    it('keep to the budget of atoms and edges, and so to the memory', async () => {
      const samples = [...(await load('unlabeled_crystals', 300)), ...(await load('mol_3bpa', 300))];
      const largest = Math.max(...samples.map(({ structure }) => structure.numbers.length));
      expect(largest).toBeGreaterThan(250);
      const store = createExampleStore(samples, { model: { cutoff: 5 }, maximumBytes: 0 });
      const options = trainingOptions({ batch: budget, length: '1 epoch' });
      const { plan } = createEpochPlanner({ options, sizes: store.sizes, ranks: 1 }).rest(0, []);
      await using batches = createSerialBatches(store, [
        { references: new Map(), energyScale: 1, forceScale: 1, stressScale: 1 },
      ]);
      let done = 0;
      for (let step = 0; step < plan.stepCount; step++) {
        for (const indices of batchesOf(plan, step, { rank: 0, size: 1 })) {
          const batch = await batches.next({ indices, epoch: 0 });
          const parts: unknown[] = [batch, batch.graph, ...Object.values(batch.labels)].flatMap((part) =>
            Object.values(part),
          );
          const bytes = parts.reduce((sum: number, part) => sum + (ArrayBuffer.isView(part) ? part.byteLength : 0), 0);
          expect(batch.graph.atomCount).toBeLessThanOrEqual(budget.atoms);
          expect(batch.graph.edgeCount).toBeLessThanOrEqual(budget.edges);
          expect(bytes).toBe(
            bytesPerAtom * batch.graph.atomCount +
              bytesPerEdge * batch.graph.edgeCount +
              bytesPerStructure * batch.graph.structureCount,
          );
          done += indices.length;
        }
      }
      expect(done).toBe(samples.length);
      expect(store.keptCount).toBe(0);
    });
  },
);
