import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { flattenConfig, parsePretrainConfig } from '../../../pretrain/config/pretrain-config.js';

const minimal = `
data:
  train: [a.xyz]
training:
  batch: { atoms: 100 }
  length: 3 epochs
out: run
`;

function messageOf(text: string, overrides: readonly string[] = []): string {
  try {
    parsePretrainConfig(text, { file: 'config.yaml', overrides });
  } catch (error) {
    return String(error);
  }
  return 'no error';
}

describe('parsePretrainConfig', () => {
  it('fills in what is not given', () => {
    const { model, training, data } = parsePretrainConfig(minimal);
    expect(model).toMatchObject({ kind: 'painn', smooth: true, forces: 'conservative' });
    expect(training).toMatchObject({
      length: '3 epochs',
      schedule: 'cosine',
      clipNorm: 10,
      emaDecay: 0.999,
      energyReduction: 'total',
    });
    expect(data.train).toEqual([{ file: 'a.xyz' }]);
  });

  it('reads the settings of a long file', () => {
    const text = readFileSync(new URL('../../fixtures/pretrain/full.yaml', import.meta.url), 'utf8');
    const { model, data, training, out } = parsePretrainConfig(text);
    expect(model).toMatchObject({
      channels: 32,
      layers: 2,
      basis: 'gaussian',
      basisSize: 12,
      cutoff: 4.5,
      forces: 'direct',
    });
    expect(data.train[1]).toEqual({
      file: 'b.extxyz.gz',
      name: 'second',
      energyKey: 'REF_energy',
      forcesKey: 'REF_forces',
    });
    expect(data.referenceEnergies).toEqual({ Cu: -3.5 });
    expect(training).toMatchObject({
      batch: { edges: 20000, structures: 16 },
      length: '5000 steps',
      amsgrad: true,
      energyReduction: 'per-atom',
    });
    expect(out).toBe('../runs/full');
  });

  it('names file, line and nearest name of an unknown key', () => {
    expect(messageOf(minimal.replace('length: 3 epochs', 'length: 3 epochs\n  learningrate: 1'))).toMatch(
      /config\.yaml:7: unknown key "learningrate" in training; did you mean "learningRate"\?/,
    );
    expect(messageOf(`${minimal}modle: {}\n`)).toMatch(
      /config\.yaml:8: unknown key "modle" in the configuration; did you mean "model"\?/,
    );
    expect(messageOf(minimal.replace('[a.xyz]', '\n    - { file: a.xyz, energykey: e }'))).toMatch(
      /config\.yaml:4: unknown key "energykey" in data\.train\.0; did you mean "energyKey"\?/,
    );
  });

  it('says first how lengths are written that had settings of their own before', () => {
    const now = 'length: 3 epochs';
    for (const [before, expected] of [
      ['epochs: 3', 'unknown key "epochs" in training; it is now written as in "length: 40 epochs"'],
      ['steps: 300', 'unknown key "steps" in training; it is now written as in "length: 500 steps"'],
      [`${now}\n  warmupSteps: 20`, /config\.yaml:7: .*"warmupSteps" in training; .* "warmup: 500 steps"/],
      [`${now}\n  cosineEpochs: 2`, /config\.yaml:7: .*"cosineEpochs" in training; .* "cosine: 40 epochs"/],
    ] as const)
      expect(messageOf(minimal.replace(now, before))).toMatch(expected);
    expect(messageOf(minimal.replace(now, 'epochs: 3'))).toContain('config.yaml:6:');
  });

  it('names file and line of a value that does not fit', () => {
    expect(messageOf(minimal.replace('atoms: 100', 'atoms: many'))).toMatch(
      /config\.yaml:5: training\.batch\.atoms: expected number/,
    );
    expect(messageOf(minimal.replace('length: 3 epochs', 'length: -3 epochs'))).toMatch(
      /config\.yaml:6: training\.length: expected a number of steps or epochs, such as "500 steps"/,
    );
  });

  it('wants a limit for batches, and a length in steps or epochs', () => {
    expect(messageOf(minimal.replace('{ atoms: 100 }', '{}'))).toMatch(
      /config\.yaml:5: training\.batch: expected at least one limit/,
    );
    expect(messageOf(minimal.replace('length: 3 epochs', 'seed: 3'))).toMatch(
      /training\.length: expected a number of steps/,
    );
    expect(messageOf(minimal.replace('length: 3 epochs', 'length: 3 hours'))).toMatch(
      /config\.yaml:6: training\.length: expected a number of steps/,
    );
  });

  it.each<[why: string, training: string, message: RegExp]>([
    [
      'a balancer of structures with limits by size',
      'balance: { strategy: lamm }',
      /training\.batch: expected structures alone/,
    ],
    [
      'a budget with two limits',
      'batch: { atoms: 9, structures: 2 }\n  balance: { strategy: budget }',
      /training\.batch: expected one limit/,
    ],
    [
      'a budget with a cost beside it',
      'balance: { strategy: budget, cost: edges }',
      /training\.balance\.cost: expected no cost/,
    ],
    ['a length in no unit', 'cosine: 9', /training\.cosine: expected a number of steps or epochs/],
    [
      'plateaus after a cosine without end',
      'schedule: cosine-plateau',
      /training\.cosine: expected a number of steps or epochs/,
    ],
    ['an unknown strategy', 'balance: { strategy: fair }', /config\.yaml:7: training\.balance\.strategy/],
    ['an unknown key below', 'balance: { cost: { perAtoms: 1 } }', /config\.yaml:7: training\.balance\.cost/],
    ['an unknown key of the balancer', 'balance: { stratgy: lamm }', /config\.yaml:7: .*did you mean "strategy"\?/],
    ['an unknown key of plateaus', 'plateau: { pateince: 2 }', /did you mean "patience"\?/],
    ['an unknown key of the factors', 'layerDecay: { head: 1 }', /did you mean "heads"\?/],
  ])('refuses %s', (_, training, message) => {
    const text = training.startsWith('batch') ? minimal.replace('  batch: { atoms: 100 }\n', '') : minimal;
    expect(messageOf(text.replace('length: 3 epochs', `length: 3 epochs\n  ${training}`))).toMatch(message);
  });

  it('takes the plan of the balancer, the factors of the layers and a model to start from', () => {
    const more = 'balance: { strategy: lamm, cost: { perAtom: 20 }, subsets: 4 }\n  accumulate: 2\n  layerDecay: {}';
    const text = minimal
      .replace('atoms: 100', 'structures: 8')
      .replace('length: 3 epochs', `length: 3 epochs\n  ${more}`);
    const { training, from } = parsePretrainConfig(`${text}from: { model: lamm.safetensors }\n`);
    expect(training.balance).toEqual({
      strategy: 'lamm',
      cost: { perStructure: 0, perAtom: 20, perEdge: 0 },
      subsets: 4,
    });
    expect(training.layerDecay).toEqual({ embedding: 0.3, blocks: [0.55, 0.4, 0.3, 0.4, 0.55, 0.625], heads: 1 });
    expect(training.plateau).toEqual({ factor: 0.8, patience: 3 });
    expect(from).toEqual({ model: 'lamm.safetensors', heads: 'reset' });
  });

  it('says what is missing', () => {
    expect(messageOf(minimal.replace('out: run', ''))).toMatch(/config\.yaml: out: expected string/);
    expect(messageOf('')).toMatch(/config\.yaml: data: expected object/);
  });

  it('names the line of YAML that cannot be read', () => {
    expect(messageOf('data: [1\nout: 2')).toMatch(/config\.yaml:2: the YAML cannot be read/);
  });

  it('refuses a reference energy of an element that does not exist', () => {
    expect(messageOf(minimal.replace('train:', 'referenceEnergies: { Cx: -1 }\n  train:'))).toMatch(/Cx/);
  });

  it('lets settings replace those of the file', () => {
    const { training, model } = parsePretrainConfig(minimal, {
      overrides: ['training.length=7epochs', 'model.channels=16', 'training.batch={structures: 2}'],
    });
    expect(training.length).toBe('7 epochs');
    expect(training.batch).toEqual({ structures: 2 });
    expect(model.channels).toBe(16);
    expect(messageOf(minimal, ['training.lenght=7'])).toMatch(
      /unknown key "lenght" in training; did you mean "length"\?/,
    );
    expect(messageOf(minimal, ['training.layerDecay={ heads: 1'])).toMatch(
      /`set: training\.layerDecay`: .* a YAML value/,
    );
    expect(messageOf(minimal, ['out.x=7'])).toMatch(/`set: out\.x`: expected a key inside a section/);
    expect(messageOf(minimal, ['length'])).toMatch(/`set`: expected key=value, found "length"/);
  });
});

describe('flattenConfig', () => {
  it('gives every setting its dotted key', () => {
    expect(flattenConfig({ a: { b: 1, c: { d: [2, 3] } }, e: 'f' })).toEqual({ 'a.b': 1, 'a.c.d': [2, 3], e: 'f' });
  });
});
