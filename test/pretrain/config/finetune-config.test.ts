import { describe, expect, it } from 'vitest';
import { type FinetuneRequest, finetuneConfig } from '../../../pretrain/config/finetune-config.js';
import { lammSConfig } from '../../../src/models/painn/config.js';

const config = (request: Partial<FinetuneRequest> = {}, channels = 64, overrides: readonly string[] = []) =>
  finetuneConfig(
    {
      start: { file: 'model.safetensors', config: { ...lammSConfig, channels } },
      ...{ data: ['own.xyz'], out: 'runs/own', ...request },
    },
    overrides,
  );

describe('finetuneConfig', () => {
  it('begins with copies of heads and sets a tenth apart, unless told otherwise', () => {
    const { from, data, card } = config();
    expect(from).toEqual({ model: 'model.safetensors', heads: 'copy' });
    expect(data.subsets).toMatchObject([{ name: 'default', validationShare: 0.1 }]);
    expect(card.name).toBe('own');
    expect(config({ recipe: 'jmp' }).from?.heads).toBe('reset');
    expect(config({ recipe: 'jmp', keepHead: 'pbe' })).toMatchObject({
      from: { heads: 'keep' },
      data: { subsets: [{ name: 'pbe' }] },
    });
    expect(config({ validation: ['val.xyz'] }).data.subsets[0].validationShare).toBe(0);
  });

  it('has the architecture of the model, with other forces if asked', () => {
    expect(config({}, 512).model).toMatchObject({
      ...{ channels: 512, layers: 6, cutoff: 12, basis: 'gaussian', forces: 'direct' },
    });
    expect(config({ forces: 'conservative' }).model.forces).toBe('conservative');
  });

  it('changes a wide model more slowly than a narrow one', () => {
    const rates = [16, 64, 512].map((channels) => config({}, channels).training.learningRate);
    expect(rates).toEqual([1e-3, 1e-3, 1.25e-4]);
  });

  it('counts in epochs, or in steps if asked', () => {
    const { training } = config({}, 64, ['training.length=100steps', 'training.warmup=5steps']);
    expect(training).toMatchObject({ length: '100 steps', warmup: '5 steps' });
    expect(config().training).toMatchObject({ length: '40 epochs', warmup: '1 epochs' });
  });
});
