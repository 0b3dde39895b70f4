import { describe, expect, it } from 'vitest';
import { type Batch, collate } from '../../../pretrain/batch/batch.js';
import type { Example } from '../../../pretrain/dataset/graphs.js';
import { countLabels, rowWeights } from '../../../pretrain/step/loss.js';
import { linearExamples } from '../../helpers/linear-training.js';

const references = new Map([28, 29].map((number) => [number, 0] as const));
const normalizers = [{ references, energyScale: 1, forceScale: 1, stressScale: 1 }];
const store = linearExamples(24, 8);
const weights = [1, 0.5, 3];

/** Examples of three subsets that have the weights above. */
const examples = Array.from(store.samples, (_, index): Example => {
  const example = store.example(index);
  const subset = { name: `subset ${index % 3}`, head: 0, weight: weights[index % 3] };
  return { ...example, sample: { ...example.sample, subset } };
});

const unweighted = (batch: Batch) => ({ ...batch, sampleWeights: batch.sampleWeights.map(() => 1) });
const total = (values: ArrayLike<number>) => Array.from(values).reduce((sum, value) => sum + value, 0);
const [structureWise, atomWise] = (['structure', 'atom'] as const).map((forceReduction) => ({
  energyReduction: 'total' as const,
  forceReduction,
}));

describe('rowWeights', () => {
  const batch = collate(examples, normalizers);
  const forcesOf = examples.map(({ sample }) => (sample.forces?.length ?? 0) / 3);

  it('averages: the weights of all labels add up to 1, those of absent labels are 0', () => {
    for (const options of [structureWise, atomWise]) {
      const { energy: energyWeights, forces: forceWeights } = rowWeights(unweighted(batch), options);
      expect(total(energyWeights)).toBeCloseTo(1, 6);
      expect(total(forceWeights)).toBeCloseTo(1, 6);
      for (const [index, weight] of energyWeights.entries())
        expect(weight > 0).toBe(batch.labels.energy.mask[index] === 1);
      for (const [atom, weight] of forceWeights.entries())
        expect(weight > 0).toBe(batch.labels.forces.mask[atom] === 1);
    }
  });

  it('gives structures the same share of the force loss, or atoms', () => {
    const shares = (options: typeof structureWise) => {
      const { forces: forceWeights } = rowWeights(unweighted(batch), options);
      return forcesOf.map((_, index) =>
        total(forceWeights.filter((_, atom) => batch.graph.structureOf[atom] === index)),
      );
    };
    const labelled = forcesOf.filter((count) => count > 0).length;
    for (const [index, share] of shares(structureWise).entries()) {
      expect(share).toBeCloseTo(forcesOf[index] > 0 ? 1 / labelled : 0, 6);
    }
    for (const [index, share] of shares(atomWise).entries()) {
      expect(share).toBeCloseTo(forcesOf[index] / total(forcesOf), 6);
    }
  });

  it('multiplies the losses of a subset by its weight and leaves the denominators', () => {
    for (const options of [structureWise, atomWise]) {
      const [weighted, plain] = [rowWeights(batch, options), rowWeights(unweighted(batch), options)];
      for (const [index, weight] of weighted.energy.entries()) {
        expect(weight).toBeCloseTo(weights[index % 3] * plain.energy[index], 6);
      }
      for (const [atom, weight] of weighted.forces.entries()) {
        expect(weight).toBeCloseTo(weights[batch.graph.structureOf[atom] % 3] * plain.forces[atom], 6);
      }
    }
  });

  it('gives the parts of a batch, with the labels of the whole, the weights that they have in the whole', () => {
    for (const options of [structureWise, atomWise]) {
      const whole = rowWeights(batch, options);
      const parts = [examples.slice(0, 7), examples.slice(7)].map((part) =>
        rowWeights(collate(part, normalizers), options, countLabels(batch)),
      );
      for (const name of ['energy', 'forces'] as const) {
        expect(parts.flatMap((part) => [...part[name]])).toEqual([...whole[name]]);
      }
    }
  });

  it('is nothing, not NaN, where there are no labels', () => {
    const bare = examples.map(({ sample: { energy: _, forces: __, ...sample }, graph }) => ({ sample, graph }));
    const { energy: energyWeights, forces: forceWeights } = rowWeights(collate(bare, normalizers), structureWise);
    expect(new Set([...energyWeights, ...forceWeights])).toEqual(new Set([0]));
  });
});
