import { describe, expect, it } from 'vitest';
import { type ModelOfFile, meanModel } from '../../../pretrain/checkpoint/mean-model.js';
import { layoutFor, type ModelConfig } from '../../../src/models/kinds.js';
import type { ModelHead } from '../../../src/models/model.js';

const config: ModelConfig = {
  ...{ kind: 'painn', channels: 4, layers: 1, basis: 'bessel', basisSize: 4, cutoff: 3, envelopeExponent: 5 },
  ...{ maxNeighbors: null, elementCount: 10, smooth: true, scaleFactors: [1], forces: 'conservative' },
  heads: ['a'],
};
const head: ModelHead = { name: 'a', energyScale: 2, forceScale: 1, referenceEnergies: { H: -3 } };

function stage(value: number, change: { config?: Partial<ModelConfig>; head?: Partial<ModelHead> } = {}): ModelOfFile {
  const own = { ...config, ...change.config } as ModelConfig;
  const parameters = new Float32Array(layoutFor(own).size).fill(value);
  const card = { name: `stage ${value}`, license: 'MIT', trainingData: [], notes: ['an error'] };
  const uncertainties = new Map();
  const model = { config: own, parameters, heads: [{ ...head, ...change.head }], card, uncertainties };
  return { model, file: `${value}.safetensors` };
}

describe('meanModel', () => {
  it('has the mean of the parameters, the heads of the first, and no errors that were measured for others', () => {
    const mean = meanModel([stage(1), stage(2), stage(6)]);
    expect(new Set(mean.parameters)).toEqual(new Set([3]));
    expect(mean.heads).toEqual([head]);
    expect(mean.card.name).toBe('the mean of stage 1, stage 2, stage 6');
    expect(mean.uncertainties).toBeUndefined();
  });

  it('may be of models that learned beside another repulsion', () => {
    const mean = meanModel([stage(1), stage(2, { config: { repulsion: 'zbl', repulsionFloor: 0.5 } })]);
    expect(mean.config).toEqual(config);
  });

  it.each([
    ['architecture', { config: { cutoff: 4 } }, 'model.cutoff'],
    ['scale of a head', { head: { energyScale: 3 } }, 'head a'],
    ['reference energy', { head: { referenceEnergies: { H: -2 } } }, 'head a'],
  ])('refuses models of another %s', (_, change, named) => {
    expect(() => meanModel([stage(1), stage(2, change)])).toThrow(
      `2.safetensors: expected models whose mean has a sense: trained from one beginning, 1.safetensors first; found another ${named}`,
    );
  });
});
