import { describe, expect, it } from 'vitest';
import { parameterGroups } from '../../../pretrain/step/parameter-groups.js';
import { layoutFor, type ModelConfig } from '../../../src/models/kinds.js';
import { lammSConfig } from '../../../src/models/painn/config.js';
import { trainingOptions } from '../../helpers/linear-training.js';

const { layerDecay } = trainingOptions({ length: '1 epoch', layerDecay: {} });

/** Factors of the parameters of which the name begins so. */
function factorsOf(config: ModelConfig, prefix: string): number[] {
  const layout = layoutFor(config);
  const groups = parameterGroups(config, layout, layerDecay);
  return [
    ...new Set(
      groups.flatMap(({ rateFactor = Number.NaN }, index) =>
        layout.entries[index].name.startsWith(prefix) ? [rateFactor] : [],
      ),
    ),
  ];
}

const withLayers = (layers: number) => ({ ...lammSConfig, channels: 8, layers });

describe('parameterGroups', () => {
  it('gives the six blocks of LaMM-S the factors of the paper one to one', () => {
    const config = withLayers(6);
    const blocks = [0, 1, 2, 3, 4, 5].map((layer) => [
      ...factorsOf(config, `message_layers.${layer}.`),
      ...factorsOf(config, `update_layers.${layer}.`),
    ]);
    expect(blocks.map((factors) => new Set(factors))).toEqual(
      [0.55, 0.4, 0.3, 0.4, 0.55, 0.625].map((factor) => new Set([factor])),
    );
    expect(factorsOf(config, 'atom_emb')).toEqual([0.3]);
    expect(factorsOf(config, 'out_')).toEqual([1]);
  });

  it('stretches them over fewer or more blocks', () => {
    const blocks = (layers: number) =>
      Array.from({ length: layers }, (_, layer) => factorsOf(withLayers(layers), `update_layers.${layer}.`)[0]);
    expect(blocks(1)).toEqual([0.55]);
    expect(blocks(2)).toEqual([0.55, 0.625]);
    expect(blocks(3)).toEqual([0.55, expect.closeTo(0.35, 12), 0.625]);
    expect(blocks(11).filter((_, index) => index % 2 === 0)).toEqual([0.55, 0.4, 0.3, 0.4, 0.55, 0.625]);
  });

  it('covers all parameters, lets weights alone decay, and has no factors when none are asked for', () => {
    const config = withLayers(2);
    const layout = layoutFor(config);
    const groups = parameterGroups(config, layout, undefined);
    expect(groups.reduce((sum, { size }) => sum + size, 0)).toBe(layout.size);
    for (const [index, { decay, rateFactor }] of groups.entries()) {
      const { name } = layout.entries[index];
      expect(decay).toBe(name.endsWith('.weight') && !/emb|layernorm/.test(name));
      expect(rateFactor).toBeUndefined();
    }
  });
});
