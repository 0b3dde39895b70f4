import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parseSafetensors } from '../../../src/io/safetensors.js';
import { parseTorchCheckpoint } from '../../../src/io/torch/torch-checkpoint.js';
import { importFairchem } from '../../../src/models/fairchem/import.js';
import { layoutFor } from '../../../src/models/kinds.js';
import type { Model } from '../../../src/models/model.js';
import { formatModel, parseModel } from '../../../src/models/model-file.js';
import { createPotential } from '../../../src/models/potential.js';
import { createStructure, type Pbc } from '../../../src/structure/structure.js';
import { largestDifference } from '../../helpers/compare.js';
import { sharedPath } from '../../helpers/shared.js';

type Dict = Map<unknown, unknown>;

/** The checkpoint of the fixture, whose weights have a closed form. */
function tiny(): Dict {
  const bytes = readFileSync(new URL('../../fixtures/models/tiny-painn.pt', import.meta.url));
  return parseTorchCheckpoint(bytes) as Dict; // every checkpoint of FAIR-Chem is a dict
}

const dict = (parent: Dict, key: string) => parent.get(key) as Dict; // where the fixture has a dict

const weights = (count: number) => Float32Array.from({ length: count }, (_, k) => ((k % 17) - 8) / 8);
const averages = (count: number) => Float32Array.from({ length: count }, (_, k) => ((k % 19) - 9) / 16);

describe('the import of a checkpoint', () => {
  test('takes the attributes, with the defaults of the original for the others', () => {
    expect(importFairchem(tiny()).config).toEqual({
      kind: 'painn',
      channels: 2,
      layers: 1,
      basis: 'gaussian',
      basisSize: 3,
      cutoff: 4.5,
      envelopeExponent: 5,
      maxNeighbors: 12,
      elementCount: 4,
      smooth: false,
      forces: 'direct',
      heads: ['default'],
      scaleFactors: [1], // stored as 0: never fitted
    });
  });

  test('takes the moving average, or on demand the last weights', () => {
    const { parameters } = importFairchem(tiny());
    expect(parameters).toEqual(averages(parameters.length));
    expect(importFairchem(tiny(), { ema: false }).parameters).toEqual(weights(parameters.length));
  });

  test('takes the weights of a best checkpoint, which has no moving average beside them', () => {
    const checkpoint = tiny().set('ema', null);
    const { parameters } = importFairchem(checkpoint);
    expect(parameters).toEqual(weights(parameters.length));
  });

  test.each(['', 'module.module.', 'module.module.module.'])('knows names after "%s"', (prefix) => {
    const checkpoint = tiny();
    const state = [...dict(checkpoint, 'state_dict')].map(
      ([name, value]) => [String(name).replace('module.', prefix), value] as const,
    );
    checkpoint.set('state_dict', new Map(state));
    expect(importFairchem(checkpoint)).toEqual(importFairchem(tiny()));
  });

  test('takes scales, mean and elements for its head, under older and newer names', () => {
    const { heads } = importFairchem(tiny());
    const referenceEnergies = { H: 0, He: 0, Li: 0, Be: 0 };
    expect(heads).toEqual([{ name: 'default', energyScale: 2, forceScale: 4, energyOffset: -1.5, referenceEnergies }]);
    const newer = tiny();
    const [energy, forces] = [...dict(newer, 'normalizers').values()];
    newer.set(
      'normalizers',
      new Map([
        ['energy', energy],
        ['forces', forces],
      ]),
    );
    expect(importFairchem(newer).heads).toEqual(heads);
    const [head] = importFairchem(tiny().set('normalizers', new Map())).heads;
    expect(head).toEqual({ name: 'default', energyScale: 1, forceScale: 1, referenceEnergies });
  });

  test('knows the newer configuration, where the model is a dict', () => {
    const checkpoint = tiny();
    const config = dict(checkpoint, 'config');
    config.set('model', new Map([['name', 'painn'], ...dict(config, 'model_attributes')])).delete('model_attributes');
    expect(importFairchem(checkpoint)).toEqual(importFairchem(tiny()));
  });

  test('prefers fitted scale factors that stand apart', () => {
    const scales = new Map([['upd_out_scalar_scale_0', 0.75]]);
    expect(importFairchem(tiny().set('scale_dict', scales)).config).toMatchObject({ scaleFactors: [0.75] });
  });

  test('makes a conservative model where the forces have no head', () => {
    const checkpoint = withAttribute('direct_forces', false).set('ema', null);
    const state = dict(checkpoint, 'state_dict');
    for (const name of [...state.keys()]) if (String(name).includes('out_forces')) state.delete(name);
    const { config, heads, card } = importFairchem(checkpoint);
    expect([config.forces, heads[0].forceScale]).toEqual(['conservative', 2]);
    expect(card.notes.join()).toMatch(/derivative of the energy/);
  });

  test('says in the card what is known and what is not', () => {
    const { card } = importFairchem(tiny(), { license: 'CC-BY-4.0' });
    expect(card.license).toBe('CC-BY-4.0');
    expect(card.notes).toContainEqual(expect.stringMatching(/epoch 2.5, step 70000: moving average/));
    expect(card.notes).toContainEqual(expect.stringMatching(/convention of the training set/));
    expect(card.notes).toContainEqual(expect.stringMatching(/-1.5 eV is added once to every structure/));
  });

  test('gives a model that survives its file', () => {
    const model = importFairchem(tiny());
    expect(parseModel(formatModel(model))).toEqual(model);
  });
});

/** The fixture with another attribute of the model. */
function withAttribute(key: unknown, value: unknown): Dict {
  const checkpoint = tiny();
  dict(dict(checkpoint, 'config'), 'model_attributes').set(key, value);
  return checkpoint;
}

/** The fixture with something else in one of its dicts; undefined takes the key out. */
function withEntry(parent: string, key: unknown, value?: unknown): Dict {
  const checkpoint = tiny();
  if (value === undefined) dict(checkpoint, parent).delete(key);
  else dict(checkpoint, parent).set(key, value);
  return checkpoint;
}

/** A tuple of two equal tuples of two equal tuples ...: small in memory, endless as text. */
function doubled(levels: number): unknown[] {
  return Array.from({ length: levels }).reduce<unknown[]>((inner) => [inner, inner], []);
}

const stateOf = (key: string) => dict(tiny(), 'state_dict').get(key);

describe('what cannot be imported is named', () => {
  test.each<[what: string, checkpoint: unknown, message: RegExp]>([
    [
      'another model',
      withEntry('config', 'model', 'gemnet_oc'),
      /"painn" or "equiformer_v2", which can be imported, found "gemnet_oc"/,
    ],
    ['no checkpoint', [1, 2], /a checkpoint as a dict/],
    [
      'bare weights',
      new Map([['a', 1]]),
      /expected state_dict as a dict, as in a training checkpoint of FAIR-Chem, found nothing/,
    ],
    ['no configuration', new Map(tiny()).set('config', null), /expected config as a dict.*found None/],
    ['a name that would never end', withEntry('state_dict', doubled(60), 0), /names in state_dict, found an object/],
    ['an attribute that would never end', withAttribute(doubled(60), 0), /known attributes of PaiNN, found an object/],
    [
      'an unknown attribute',
      withAttribute('skip_connections', true),
      /known attributes of PaiNN, found "skip_connections"/,
    ],
    [
      'another radial basis',
      withAttribute('rbf', new Map([['name', 'spherical_bessel']])),
      /rbf "gaussian".*"spherical_bessel"/,
    ],
    [
      'another envelope',
      withAttribute('envelope', new Map([['name', 'exponential']])),
      /envelope "polynomial".*"exponential"/,
    ],
    ['a negative cutoff', withAttribute('cutoff', -1), /a positive number as cutoff, found -1/],
    ['half a layer', withAttribute('num_layers', 1.5), /a whole number up to 100000 as num_layers, found 1.5/],
    ['too many layers', withAttribute('num_layers', 3), /upd_out_scalar_scale_1.scale_factor, found nothing/],
    [
      'more channels',
      withAttribute('hidden_channels', 4),
      /"atom_emb.embeddings.weight" of shape \[4 x 4\], found \[4 x 2\]/,
    ],
    ['a missing parameter', withEntry('state_dict', 'module.out_energy.2.bias'), /the parameters "out_energy.2.bias"/],
    [
      'an unknown parameter',
      withEntry('state_dict', 'module.out_stress.weight', 0),
      /only parameters of PaiNN .* found "out_stress.weight"/,
    ],
    [
      'uneven centres',
      withEntry('state_dict', 'module.radial_basis.rbf.offset', stateOf('module.update_layers.0.xvec_proj.0.bias')),
      /3 centres/,
    ],
    [
      'one name twice',
      withEntry('state_dict', 'out_energy.2.bias', stateOf('module.out_energy.2.bias')),
      /each parameter once/,
    ],
    [
      'no tensor',
      new Map(withEntry('state_dict', 'module.out_energy.2.bias', 'x')).set('ema', null),
      /"out_energy.2.bias" as a tensor, found "x"/,
    ],
    [
      'a short moving average',
      withEntry('ema', 'shadow_params', []),
      /30 averaged parameters .* found 0; `ema: false`/,
    ],
    [
      'reference energies',
      tiny().set('elementrefs', new Map([['energy', 1]])),
      /elementrefs, which cannot be imported yet/,
    ],
    ['no normalizers', new Map([...tiny()].filter(([key]) => key !== 'normalizers')), /normalizers as a dict/],
    [
      'a scale of 0',
      withEntry(
        'normalizers',
        'target',
        new Map([
          ['mean', 0],
          ['std', 0],
        ]),
      ),
      /positive std of the normalizer "target"/,
    ],
    [
      'a mean force',
      withEntry(
        'normalizers',
        'grad_target',
        new Map([
          ['mean', 1],
          ['std', 1],
        ]),
      ),
      /a mean force of 0, found 1/,
    ],
  ])('%s', (_, checkpoint, message) => {
    const importing = () => importFairchem(checkpoint, { file: 'model.pt' });
    expect(importing).toThrow(expect.objectContaining({ code: 'checkpoint', message: expect.stringMatching(message) }));
    expect(importing).toThrow(/^model.pt: /);
  });
});

test('the offset of a head is added once to a structure and shared among its atoms', async () => {
  const { config, parameters, heads, card } = importFairchem(tiny());
  const { energyOffset, ...head } = heads[0];
  const structure = createStructure({ symbols: ['Li', 'H', 'H'], positions: [0, 0, 0, 1.6, 0, 0, 0, 1.5, 0.3] });
  await using shifted = createPotential({ config, parameters, heads, card }, { precision: 'float64', threads: 1 });
  await using plain = createPotential(
    { config, parameters, heads: [head], card },
    { precision: 'float64', threads: 1 },
  );
  const [a, b] = [await shifted.evaluate(structure), await plain.evaluate(structure)];
  expect(a.energy - b.energy).toBeCloseTo(-1.5, 12);
  expect(
    largestDifference(
      a.energies,
      b.energies.map((energy) => energy - 0.5),
    ),
  ).toBeLessThan(1e-12);
  expect(a.forces).toEqual(b.forces);
});

const folder = sharedPath('reference/painn/tiny_direct');

describe.skipIf(folder === undefined)('a checkpoint of FAIR-Chem (skipped without the shared reference data)', () => {
  const importReference = (ema: boolean): Model =>
    importFairchem(parseTorchCheckpoint(readFileSync(`${folder}/checkpoint.pt`)), { ema });

  test('has the weights of its state_dict, bit for bit', () => {
    const { config, parameters } = importReference(false);
    const { tensors } = parseSafetensors(readFileSync(`${folder}/weights.safetensors`));
    expect(config).toMatchObject({ scaleFactors: [0.9375, 1.28125] });
    for (const { name, offset, size } of layoutFor(config).entries) {
      expect(parameters.subarray(offset, offset + size), name).toEqual(tensors.get(name)?.data);
    }
  });

  interface Expected {
    readonly energy: number;
    readonly forces: number[][];
  }
  interface System {
    readonly numbers: number[];
    readonly positions: number[][];
    readonly cell: number[][] | null;
    readonly pbc: Pbc;
  }
  const expected: {
    readonly structures: Record<string, System & Expected>;
    readonly checkpoint_with_ema_weights: Record<string, Expected>;
  } = folder === undefined ? { structures: {} } : JSON.parse(readFileSync(`${folder}/expected.json`, 'utf8'));

  // Reference numbers are raw outputs; README of the reference: E = raw std + mean, F = raw std.
  const [mean, std] = [-0.7554450631141663, 2.887317180633545];
  for (const [name, system] of Object.entries(expected.structures)) {
    for (const ema of [true, false]) {
      test(`gives the energy and forces of ${name} with ${ema ? 'averaged' : 'last'} weights`, async () => {
        const reference = ema ? expected.checkpoint_with_ema_weights[name] : system;
        await using potential = createPotential(importReference(ema), { precision: 'float64', threads: 1 });
        const { energy, forces } = await potential.evaluate(structureOf(system));
        const raw = (energy - mean) / std;
        expect(Math.abs(raw - reference.energy)).toBeLessThan(1e-9 * Math.max(1, Math.abs(reference.energy)));
        const largest = Math.max(...reference.forces.flat().map(Math.abs));
        expect(
          largestDifference(
            forces.map((force) => force / std),
            reference.forces.flat(),
          ),
        ).toBeLessThan(1e-9 * largest);
      });
    }
  }

  function structureOf({ numbers, positions, cell, pbc }: System) {
    return createStructure({ numbers, positions, pbc, ...(cell && { cell: cell.flat() }) });
  }
});
