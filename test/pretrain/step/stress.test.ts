import { describe, expect, it } from 'vitest';
import { collate } from '../../../pretrain/batch/batch.js';
import { createExampleStore } from '../../../pretrain/dataset/graphs.js';
import type { Sample } from '../../../pretrain/dataset/sample/sample.js';
import { createTrainStep } from '../../../pretrain/step/train-step.js';
import { equiformerV2Settings } from '../../../src/models/equiformer-v2/config.js';
import { equiformerV2 } from '../../../src/models/equiformer-v2/equiformer-v2-kind.js';
import { layoutFor, type ModelConfig } from '../../../src/models/kinds.js';
import type { Model } from '../../../src/models/model.js';
import { initializeParameters } from '../../../src/models/parameters.js';
import { createPotential } from '../../../src/models/potential.js';
import { createRandom } from '../../../src/random.js';
import { rattledCells } from '../../helpers/spring-project.js';

const derivative: ModelConfig = {
  ...{ kind: 'painn', channels: 8, layers: 2, basis: 'bessel', basisSize: 4, cutoff: 3, envelopeExponent: 5 },
  ...{ maxNeighbors: null, elementCount: 40, smooth: true, scaleFactors: [1, 1] },
  forces: 'conservative',
  heads: ['a', 'b'],
};
const directPainn: ModelConfig = { ...derivative, forces: 'direct', stressHead: true };
const directEquiformer: ModelConfig = {
  ...equiformerV2.configure(equiformerV2Settings.parse({ kind: 'equiformer-v2', stressHead: true }), {
    heads: ['a', 'b'],
  }),
  ...{
    channels: 4,
    layers: 1,
    maxDegree: 2,
    attentionHeads: 2,
    attentionHidden: 3,
    alphaChannels: 3,
    valueChannels: 2,
  },
  ...{ feedForwardHidden: 4, edgeChannels: 4, basisSize: 6, gridResolution: null, cutoff: 3, elementCount: 40 },
};
const references = new Map([28, 29].map((number) => [number, 0] as const));
const normalizers = [
  { references, energyScale: 0.7, forceScale: 0.3, stressScale: 0.02 },
  { references, energyScale: 1.9, forceScale: 2, stressScale: 0.05 },
];
const options = { energyReduction: 'total', forceReduction: 'structure', scales: normalizers } as const;
const stressAlone = { ...options, weights: { energy: 0, forces: 0, stress: 1, atomEnergies: 0 } };

/** Cells of both heads in turn; the labels are random numbers, the last cell has none. */
const random = createRandom(9);
const samples = rattledCells(5, 3).map((structure, index): Sample => {
  const stress = Float64Array.from({ length: 6 }, () => 0.03 * random.normal());
  const origin = { path: '', file: '', frame: index + 1 };
  return { structure, origin, subset: { name: '', head: index % 2 }, ...(index < 4 && { stress }) };
});
const store = createExampleStore(samples, { model: derivative, maximumBytes: 0 });
const batchOf = (...indices: number[]) =>
  collate(
    indices.map((index) => store.example(index)),
    normalizers,
  );
const all = batchOf(0, 1, 2, 3, 4);

const unshifted = (scale: number) => ({ isotropic: { scale, offset: 0 }, anisotropic: { scale, offset: 0 } });

describe.each([
  { title: 'a derivative', config: derivative },
  { title: 'an output of PaiNN', config: directPainn },
  { title: 'an output of EquiformerV2', config: directEquiformer },
])('stress in the loss, where it is $title', ({ config }) => {
  const layout = layoutFor(config);
  const parameters = initializeParameters(layout, createRandom(4)).map((value) => value + 0.02);

  it('is the stress that the exported model gives, of the head of each structure', async () => {
    await using step = await createTrainStep(config, stressAlone, { threads: 1 });
    const { stress } = await step.evaluate(all, parameters);
    const heads = config.heads.map((name, index) => ({
      ...{ name, ...normalizers[index] },
      referenceEnergies: { Cu: 0, Ni: 0 },
      ...(config.stressHead && { stress: unshifted(normalizers[index].stressScale) }),
    }));
    const model: Model = { config, parameters, heads, card: { name: '', license: '', trainingData: [], notes: [] } };
    for (const [index, { structure }] of samples.entries()) {
      await using potential = createPotential(model, { head: config.heads[index % 2], threads: 1 });
      const expected = (await potential.evaluate(structure)).stress ?? [];
      const largest = Math.max(...Array.from(expected, Math.abs));
      for (const [component, value] of expected.entries()) {
        const predicted = (stress?.[6 * index + component] ?? Number.NaN) * normalizers[index % 2].stressScale;
        expect(Math.abs(predicted - value)).toBeLessThan(1e-5 * largest); // single precision
      }
    }
  });

  it('is the mean length of the errors, off-diagonal components counted twice', async () => {
    await using step = await createTrainStep(config, stressAlone, { threads: 1 });
    const { stress = new Float32Array() } = await step.evaluate(all, parameters);
    const lengths = samples.slice(0, 4).map(({ stress: label = [] }, index) => {
      const errors = Array.from(
        label,
        (value, c) => stress[6 * index + c] - value / normalizers[index % 2].stressScale,
      );
      return Math.hypot(...errors, ...errors.slice(3)); // xy and yx
    });
    const gradients = new Float32Array(layout.size);
    const { loss, terms } = await step.run(all, parameters, { gradients });
    const mean = lengths.reduce((sum, length) => sum + length, 0) / lengths.length;
    expect(Math.abs(loss / mean - 1)).toBeLessThan(1e-5);
    expect(terms).toEqual({ energy: 0, forces: 0, stress: loss, atomEnergies: 0 });
  });

  it('has the gradient of its own differences', async () => {
    await using step = await createTrainStep(config, stressAlone, { threads: 1 });
    const gradients = new Float32Array(layout.size);
    await step.run(all, parameters, { gradients });
    const unused = new Float32Array(layout.size);
    // Uphill in every parameter by a random amount, in steps that are small against the curvature and large against
    // single precision.
    const direction = gradients.map((slope) => Math.sign(slope) * Math.abs(random.normal()));
    const lossAt = async (shift: number) => {
      const moved = parameters.map((value, index) => value + shift * direction[index]);
      return (await step.run(all, moved, { gradients: unused })).loss;
    };
    const slope = gradients.reduce((sum, value, index) => sum + value * direction[index], 0);
    const [near, far] = [2e-4, 4e-4].map(async (h) => ((await lossAt(h)) - (await lossAt(-h))) / (2 * h));
    const extrapolated = (4 * (await near) - (await far)) / 3;
    expect(Math.abs(extrapolated / slope - 1)).toBeLessThan(2e-3);
  });

  it('gives a structure without the label no gradient', async () => {
    await using step = await createTrainStep(config, stressAlone, { threads: 1 });
    const gradients = new Float32Array(layout.size).fill(1);
    expect((await step.run(batchOf(4), parameters, { gradients })).loss).toBe(0);
    expect(gradients.every((value) => value === 0)).toBe(true);
  });

  it('leaves energies and forces as they are', async () => {
    const weights = { energy: 1, forces: 1, stress: 0, atomEnergies: 0 };
    await using without = await createTrainStep(config, { ...options, weights }, { threads: 1 });
    await using together = await createTrainStep(
      config,
      { ...options, weights: { ...weights, stress: 1 } },
      { threads: 1 },
    );
    const [a, b] = [await without.evaluate(all, parameters), await together.evaluate(all, parameters)];
    expect(a.stress).toBeUndefined();
    expect(b.energy).toEqual(a.energy);
    expect(b.forces).toEqual(a.forces);
  });
});
