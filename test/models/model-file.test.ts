import { describe, expect, test } from 'vitest';
import { LammError } from '../../src/errors.js';
import { formatSafetensors, parseSafetensors } from '../../src/io/safetensors.js';
import { layoutFor } from '../../src/models/kinds.js';
import { loadModel } from '../../src/models/load-model.js';
import type { Model } from '../../src/models/model.js';
import { formatModel, parseModel } from '../../src/models/model-file.js';
import { lammSConfig } from '../../src/models/painn/config.js';
import { initializeParameters } from '../../src/models/parameters.js';
import { createRandom } from '../../src/random.js';

const config: Model['config'] = {
  ...lammSConfig,
  ...{ channels: 8, layers: 2, basisSize: 6, cutoff: 4, elementCount: 29, scaleFactors: [1, 1] },
};
const model: Model = {
  config,
  parameters: initializeParameters(layoutFor(config), createRandom(5)),
  heads: [{ name: 'default', energyScale: 0.7, forceScale: 1, referenceEnergies: { Cu: -3.5, O: -4.25 } }],
  card: { name: 'tiny', license: 'MIT', trainingData: ['made up'], notes: [] },
};
const contents = parseSafetensors(formatModel(model));

/** The message for a file with another description, as text, or with other tensors. */
function messageOf({ description, tensors = contents.tensors }: Partial<Changed>): string {
  const metadata = description === undefined ? contents.metadata : { 'lamm.model': description };
  try {
    parseModel(formatSafetensors(tensors, metadata), { file: 'a.safetensors' });
  } catch (error) {
    expect(error).toBeInstanceOf(LammError);
    return String(error);
  }
  return 'no error';
}

interface Changed {
  readonly description: string;
  readonly tensors: typeof contents.tensors;
}

/** The description with another value at a place. */
function withValue(path: string, value: unknown): string {
  const described = JSON.parse(contents.metadata['lamm.model']);
  const keys = path.split('.');
  const last = keys.pop() ?? '';
  keys.reduce((place, key) => place[key], described)[last] = value;
  return JSON.stringify(described);
}

describe('a model file', () => {
  test('brings back every bit', () => {
    expect(parseModel(formatModel(model))).toEqual(model);
  });

  test('holds its parameters in half precision where its card says so', () => {
    const halved: Model = { ...model, card: { ...model.card, precision: 'half' } };
    const bytes = formatModel(halved);
    const sizes = [...parseSafetensors(bytes).tensors.values()].map(({ data }) => data.byteLength);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(2 * model.parameters.length);
    const back = parseModel(bytes);
    expect({ ...back, parameters: 0 }).toEqual({ ...halved, parameters: 0 });
    back.parameters.forEach((value, index) => {
      const exact = model.parameters[index];
      expect(Math.abs(value - exact)).toBeLessThanOrEqual(2 ** -11 * Math.abs(exact) + 2 ** -25);
    });
    expect(parseModel(formatModel(back))).toEqual(back);
    const large = { ...halved, parameters: model.parameters.map((value) => 1e6 * value) };
    expect(() => formatModel(large)).toThrow(/too large for half precision/);
  });

  test.each(['lamm-s-joint', 'lamm-s-joint-direct', 'lamm-s-metals'])('%s fits its description', (name) => {
    const file = new URL(`../../calculators/weights/${name}.safetensors`, import.meta.url).pathname;
    expect(loadModel(file).card.name).not.toBe('');
  });

  test('is refused when it is something else', () => {
    expect(() => parseModel(new Uint8Array(100), { file: 'b.safetensors' })).toThrow(/b\.safetensors/);
    const bare = formatSafetensors(contents.tensors);
    expect(() => parseModel(bare, { file: 'b.safetensors' })).toThrow(/b\.safetensors: .* without its description/);
  });

  test.each(['', '{', 'null', '1', '[]', '{}', '{"version":1}', '{"version":1,"config":null}'])(
    'is refused with the description %j',
    (description) => {
      expect(messageOf({ description })).toMatch(/a\.safetensors: expected .*description/);
    },
  );

  test.each<[path: string, value: unknown]>([
    ['version', 2],
    ['config.kind', 'schnet'],
    ['config.kind', null],
  ])('of another program is told by version and kind: %s %j', (path, value) => {
    expect(messageOf({ description: withValue(path, value) })).toMatch(
      /a\.safetensors: expected a model of version 1 and of the kind painn or equiformer-v2, found .*; update the program/,
    );
  });

  test.each<[path: string, value: unknown]>([
    ['config.cutoff', null],
    ['config.cutoff', 0],
    ['config.basis', 'foo'],
    ['config.basisSize', 1],
    ['config.basisSize', 1e9],
    ['config.channels', -1],
    ['config.channels', 7],
    ['config.channels', 1e9],
    ['config.layers', 0],
    ['config.layers', 1e9],
    ['config.layers', 1],
    ['config.layers', 100_000],
    ['config.cutoff', 1e308],
    ['config.elementCount', 1e9],
    ['config.envelopeExponent', -1],
    ['config.maxNeighbors', 0],
    ['config.heads', null],
    ['config.heads', []],
    ['config.heads', ['default', 'default']],
    ['config.scaleFactors', [null, 1]],
    ['config.unheardOf', 1],
    ['heads', [null]],
    ['heads', []],
    ['heads.0.name', 'another'],
    ['heads.0.energyScale', 0],
    ['heads.0.energyScale', null],
    ['heads.0.forceScale', 0],
    ['heads.0.energyOffset', '1'],
    ['heads.0.referenceEnergies', null],
    ['heads.0.referenceEnergies', { Xx: 1 }],
    ['heads.0.referenceEnergies', { Cu: null }],
    ['card', null],
    ['card.notes', [1]],
  ])('is refused with %s %j, and the place is named', (path, value) => {
    const [room] = path.split('.');
    expect(messageOf({ description: withValue(path, value) })).toMatch(
      new RegExp(`a\\.safetensors: the description of the model does not fit: .*${room}`),
    );
  });

  test('is refused with a parameter too few, too many, of another shape or not finite', () => {
    const changed = (change: (tensors: Map<string, unknown>) => void) => {
      const tensors = new Map(contents.tensors);
      change(tensors);
      return messageOf({ tensors });
    };
    const bias = { dtype: 'F32', shape: [1], data: Float32Array.of(0) } as const;
    const name = 'message_layers.1.x_proj.0.bias';
    expect(changed((tensors) => tensors.delete(name))).toMatch(
      /expected parameter "message_layers\.1\.x_proj\.0\.bias"/,
    );
    expect(changed((tensors) => tensors.set(name, bias))).toMatch(/as F32 or F16 \[8\], found F32 \[1\]/);
    expect(changed((tensors) => tensors.set('more', bias))).toMatch(/found "more" besides/);
    expect(
      changed((tensors) => tensors.set('out_energy.2.bias', { ...bias, data: Float32Array.of(Number.NaN) })),
    ).toMatch(/expected finite numbers in parameter "out_energy\.2\.bias"/);
  });
});
