import { describe, expect, it } from 'vitest';
import { collate } from '../../../pretrain/batch/batch.js';
import { type StartingModel, startFromModel } from '../../../pretrain/checkpoint/start-from-model.js';
import { buildGraph } from '../../../pretrain/dataset/graphs.js';
import { createTrainStep } from '../../../pretrain/step/train-step.js';
import { equiformerV2Settings } from '../../../src/models/equiformer-v2/config.js';
import { equiformerV2 } from '../../../src/models/equiformer-v2/equiformer-v2-kind.js';
import { layoutFor, type ModelConfig, partOf } from '../../../src/models/kinds.js';
import type { Model } from '../../../src/models/model.js';
import { initializeParameters } from '../../../src/models/parameters.js';
import { createRandom } from '../../../src/random.js';
import { largestDifference } from '../../helpers/compare.js';
import { rattledCells } from '../../helpers/spring-project.js';

const direct: ModelConfig = {
  ...{ kind: 'painn', channels: 8, layers: 2, basis: 'bessel', basisSize: 4, cutoff: 3, envelopeExponent: 5 },
  ...{ maxNeighbors: null, elementCount: 40, smooth: true, scaleFactors: [1, 1] },
  forces: 'direct',
  heads: ['a', 'b', 'c'],
};
const conservative: ModelConfig = { ...direct, forces: 'conservative' };

const references = new Map([28, 29].map((number) => [number, 0] as const));
const scalesOf = (...scales: [energy: number, force: number][]) =>
  scales.map(([energyScale, forceScale]) => ({ references, energyScale, forceScale, stressScale: 1 }));
const sourceScales = scalesOf([1, 2], [3, 0.5], [2, 2]);

function trained(config: ModelConfig): Model {
  const heads = config.heads.map((name, index) => {
    const { energyScale, forceScale } = sourceScales[index];
    return { name, energyScale, forceScale, referenceEnergies: { Cu: 0, Ni: 0 } };
  });
  const card = { name: 'source', license: 'none', trainingData: [], notes: [] };
  const parameters = initializeParameters(layoutFor(config), createRandom(1)).map((value) => value + 0.01);
  return { config, parameters, heads, card };
}

function start(
  source: ModelConfig,
  target: ModelConfig,
  { heads = 'keep', elements = [28, 29] }: Partial<Pick<StartingModel, 'heads'>> & { elements?: number[] } = {},
) {
  const layout = layoutFor(target);
  const fresh = initializeParameters(layout, createRandom(2));
  const parameters = fresh.slice();
  const normalizers = scalesOf(...target.heads.map((_, index): [number, number] => [0.4 + index, 5 - index]));
  const notices = startFromModel(
    { model: trained(source), file: 'source.safetensors', heads },
    { config: target, layout, parameters, normalizers, elements },
  );
  return { layout, fresh, parameters, normalizers, notices };
}

const weights = {
  weights: { energy: 1, forces: 1, stress: 0, atomEnergies: 0 },
  energyReduction: 'total',
  forceReduction: 'structure',
} as const;

/** Some cells, all with one head. */
function batchOf(model: ModelConfig, head: number, scales: typeof sourceScales) {
  const examples = rattledCells(3, 5).map((structure, index) => {
    const { energy, forces } = structure.labels;
    const origin = { path: '', file: '', frame: index + 1 };
    const sample = { structure, energy, forces, origin, subset: { name: '', head } };
    return { sample, graph: buildGraph(structure, model) };
  });
  return collate(examples, scales);
}

/** Their energies in eV and forces in eV/A. */
async function predict(
  config: ModelConfig,
  parameters: Float32Array,
  { head, scales }: { readonly head: number; readonly scales: typeof sourceScales },
) {
  await using step = await createTrainStep(config, { ...weights, scales }, { threads: 1 });
  const { energy, forces } = await step.evaluate(batchOf(config, head, scales), parameters);
  const { energyScale, forceScale } = scales[head];
  return { energies: energy.map((value) => energyScale * value), forces: forces.map((value) => forceScale * value) };
}

function expectClose(actual: Float64Array | Float32Array, expected: Float64Array | Float32Array): void {
  const scale = Math.max(...Array.from(expected, Math.abs));
  for (const [index, value] of actual.entries()) expect(Math.abs(value - expected[index])).toBeLessThan(1e-5 * scale);
}

describe('startFromModel', () => {
  it.each([
    ['direct', direct],
    ['conservative', conservative],
  ] as const)(
    'lets a kept head say in eV what it said, whatever its place and the new scales (%s)',
    async (_, source) => {
      const target = { ...source, heads: ['new', 'c', 'a', 'other'] };
      const { parameters, normalizers } = start(source, target);
      const { parameters: old } = trained(source);
      for (const [before, after] of [
        [2, 1],
        [0, 2],
      ]) {
        const expected = await predict(source, old, { head: before, scales: sourceScales });
        const actual = await predict(target, parameters, { head: after, scales: normalizers });
        expectClose(actual.energies, expected.energies);
        expectClose(actual.forces, expected.forces);
      }
    },
  );

  it('takes the derivative of the energy where the model had direct forces', async () => {
    const { parameters, normalizers, notices } = start(direct, conservative);
    const expected = await predict(direct, trained(direct).parameters, { head: 1, scales: sourceScales });
    const actual = await predict(conservative, parameters, { head: 1, scales: normalizers });
    expectClose(actual.energies, expected.energies);
    expect(actual.forces).not.toEqual(expected.forces);
    expect(notices.join()).toMatch(/direct forces of the model are left behind/);
  });

  it('begins direct forces anew, with zero, where the model had derivatives', async () => {
    const { parameters, normalizers } = start(conservative, direct);
    const expected = await predict(conservative, trained(conservative).parameters, { head: 1, scales: sourceScales });
    const actual = await predict(direct, parameters, { head: 1, scales: normalizers });
    expectClose(actual.energies, expected.energies);
    expect(Math.max(...actual.forces.map(Math.abs))).toBe(0);
  });

  it('keeps the encoder and resets the heads', () => {
    const { parameters, fresh, layout, notices } = start(direct, { ...direct, heads: ['a', 'd'] }, { heads: 'reset' });
    const source = layoutFor(direct);
    const old = trained(direct).parameters;
    for (const { name, offset, size } of layout.entries) {
      const from = source.entries.find((entry) => entry.name === name)?.offset ?? Number.NaN;
      const part = partOf(direct, name);
      const anew = fresh.subarray(offset, offset + size).map((value) => ('scales' in part ? 0 : value));
      const expected = part.kind === 'head' ? anew : old.subarray(from, from + size);
      expect(parameters.subarray(offset, offset + size)).toEqual(expected);
    }
    expect(notices[0]).toBe('starting from source.safetensors: heads kept: none; heads that begin anew: a, d');
  });

  it.each([direct, conservative])(
    'lets heads that begin anew say nothing but the references, and learn',
    async (target) => {
      const { parameters, normalizers, layout } = start(target, { ...target, heads: ['new', 'b'] });
      const config = { ...target, heads: ['new', 'b'] };
      const said = await predict(config, parameters, { head: 0, scales: normalizers });
      expect(new Set([...said.energies, ...said.forces].map(Math.abs))).toEqual(new Set([0]));
      await using step = await createTrainStep(config, { ...weights, scales: normalizers }, { threads: 1 });
      const gradients = new Float32Array(layout.size);
      await step.run(batchOf(config, 0, normalizers), parameters, { gradients });
      for (const { name, offset, size } of layout.entries) {
        if (!('scales' in partOf(config, name))) continue;
        expect(gradients.subarray(offset, offset + size).some((value) => value !== 0)).toBe(true);
      }
    },
  );

  it('refuses another architecture with all that differs', () => {
    const other = { ...direct, channels: 16, cutoff: 4 };
    expect(() => start(direct, other)).toThrow(
      /source\.safetensors: .* model\.channels is 8 there and 16 here, model\.cutoff is 3 there and 4 here; write/,
    );
  });

  it('refuses to keep heads where none has the name of a head of the model', () => {
    expect(() => start(direct, { ...direct, heads: ['x'] })).toThrow(
      /a head to keep, found a, b, c in the model and x in the data; .*from\.heads to reset/,
    );
  });

  it('names elements that the model was not trained on, and neighbours that it had left out', () => {
    expect(start(direct, direct, { elements: [1, 28] }).notices).toContain('the model was not trained on H');
    const capped = { ...direct, maxNeighbors: 50 };
    expect(start(capped, direct).notices.join()).toMatch(/at most 50 neighbours an atom/);
  });
});

describe('heads of EquiformerV2', () => {
  const sphere: ModelConfig = {
    ...equiformerV2.configure(equiformerV2Settings.parse({ kind: 'equiformer-v2', channels: 4, layers: 1 }), {
      heads: ['a', 'b', 'c'],
    }),
    ...{ maxDegree: 2, elementCount: 40, cutoff: 3 },
  };

  it('are kept with the rows of each degree, in new units', () => {
    const { layout, parameters, normalizers } = start(sphere, { ...sphere, heads: ['c', 'new', 'a'] });
    const { parameters: before } = trained(sphere);
    const name = 'energy_block.so3_linear_2.weight';
    const { offset, shape } = layout.entries.find((entry) => entry.name === name) ?? { offset: 0, shape: [0, 0, 0] };
    const [degrees, heads, width] = shape;
    expect([degrees, heads]).toEqual([3, 3]);
    for (let degree = 0; degree < degrees; degree++) {
      for (const [target, source] of [2, undefined, 0].entries()) {
        const row = (head: number) => offset + (degree * heads + head) * width;
        const found = parameters.slice(row(target), row(target) + width);
        const ratio = source === undefined ? 0 : sourceScales[source].energyScale / normalizers[target].energyScale;
        const expected = before.slice(row(source ?? 0), row(source ?? 0) + width).map((value) => ratio * value);
        expect(largestDifference(found, expected)).toBe(0);
      }
    }
  });
});
