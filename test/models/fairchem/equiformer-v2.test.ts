import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parseTorchCheckpoint } from '../../../src/io/torch/torch-checkpoint.js';
import { importFairchem } from '../../../src/models/fairchem/import.js';
import type { Model } from '../../../src/models/model.js';
import { formatModel, parseModel } from '../../../src/models/model-file.js';
import { createPotential } from '../../../src/models/potential.js';
import { createStructure } from '../../../src/structure/structure.js';
import { largestDifference } from '../../helpers/compare.js';
import { readJson } from '../../helpers/equiformer-reference.js';
import { sharedPath } from '../../helpers/shared.js';

type Dict = Map<unknown, unknown>;

const hydra = sharedPath('reference/equiformer_v2_hydra');
const older = sharedPath('reference/equiformer_v2/tiny_l2m1');
const skipped = '(skipped without the shared reference data)';

const read = new Map<string, unknown>();

/** A checkpoint that a test may change: dicts are copied, arrays are those of the file. */
function checkpointOf(path: string): Dict {
  const whole = read.get(path) ?? parseTorchCheckpoint(readFileSync(path));
  read.set(path, whole);
  return copied(whole) as Dict; // every checkpoint of FAIR-Chem is a dict
}

function copied(value: unknown): unknown {
  return value instanceof Map ? new Map([...value].map(([key, inner]) => [key, copied(inner)])) : value;
}

const dict = (parent: Dict, ...keys: string[]) => keys.reduce((inner, key) => inner.get(key) as Dict, parent); // where the fixture has dicts

interface Expected {
  readonly numbers: number[];
  readonly positions: number[][];
  readonly cell: number[][];
  readonly pbc: boolean[];
}

interface Physical {
  readonly energy: number;
  readonly forces: number[][];
  readonly stress_voigt?: number[];
}

function structureOf({ numbers, positions, cell, pbc }: Expected) {
  const atoms = { numbers: Uint8Array.from(numbers), positions: positions.flat() };
  return createStructure(pbc.some(Boolean) ? { ...atoms, cell: cell.flat(), pbc: [pbc[0], pbc[1], pbc[2]] } : atoms);
}

/** The tolerances of the reference data where grids are computed and frames are others than the original drew. */
async function expectSame(model: Model, cases: readonly (readonly [structure: Expected, physical: Physical])[]) {
  await using potential = createPotential(model, { precision: 'float64', threads: 1 });
  for (const [structure, { energy, forces, stress_voigt = [] }] of cases) {
    const result = await potential.evaluate(structureOf(structure));
    expect(Math.abs(result.energy - energy)).toBeLessThan(3e-5);
    const largest = Math.max(...forces.flat().map(Math.abs));
    expect(largestDifference(result.forces, forces.flat())).toBeLessThan(Math.max(3e-5, 5e-5 * largest));
    // A molecule has no volume, hence no stress, though the original prints one.
    if (structure.pbc.some(Boolean)) expect(largestDifference(result.stress ?? [], stress_voigt)).toBeLessThan(3e-6);
    else expect(result.stress).toBeUndefined();
  }
}

describe.skipIf(hydra === undefined)(`the import of a checkpoint with heads apart ${skipped}`, () => {
  const files = [
    { name: 'tiny_efs', file: 'checkpoint.pt' },
    { name: 'tiny_dens', file: 'checkpoint.pt' },
    { name: 'tiny_dens', file: 'checkpoint_branch_names.pt' },
  ];
  for (const { name, file } of files) {
    test(`${name}, ${file}: energies, forces and stress are those of the original`, async () => {
      const model = importFairchem(checkpointOf(`${hydra}/${name}/${file}`));
      const { structures } = readJson(`${hydra}/${name}/expected.json`) as unknown as {
        structures: Record<string, Expected & { physical: Physical }>;
      };
      await expectSame(
        model,
        Object.values(structures).map((structure) => [structure, structure.physical]),
      );
    });
  }

  test('the configuration is that of the checkpoint', () => {
    const { config, heads, card } = importFairchem(checkpointOf(`${hydra}/tiny_efs/checkpoint.pt`), { license: 'MIT' });
    expect(config).toEqual({
      kind: 'equiformer-v2',
      channels: 16,
      layers: 2,
      maxDegree: 4,
      maxOrder: 2,
      attentionHeads: 2,
      attentionHidden: 8,
      alphaChannels: 8,
      valueChannels: 4,
      feedForwardHidden: 16,
      edgeChannels: 16,
      basisSize: 600,
      norm: 'layer_norm_sh',
      gridMlp: true,
      gridResolution: 18,
      cutoff: 12,
      maxNeighbors: 20,
      strictNeighbors: false,
      elementCount: 95,
      averageAtoms: 31.17,
      averageDegree: 61.95,
      smooth: false,
      forces: 'direct',
      stressHead: true,
      heads: ['default'],
    });
    expect(heads[0]).toMatchObject({ energyScale: 1, stress: { isotropic: { offset: expect.closeTo(-0.0319, 6) } } });
    expect(card.license).toBe('MIT');
    expect(card.notes.join('\n')).toMatch(/thermostat.*\n.*constant pressure are refused/);
  });

  test('the moving average is taken on demand', async () => {
    const checkpoint = checkpointOf(`${hydra}/tiny_efs/checkpoint.pt`);
    const expected = readJson(`${hydra}/tiny_efs/expected.json`) as unknown as {
      structures: Record<string, Expected>;
      checkpoint_with_ema_weights: Record<string, { physical: Physical }>;
    };
    const model = importFairchem(checkpoint, { ema: true });
    const averaged = Object.entries(expected.checkpoint_with_ema_weights);
    await expectSame(
      model,
      averaged.map(([name, { physical }]) => [expected.structures[name], physical]),
    );
    expect(model.parameters).not.toEqual(importFairchem(checkpoint).parameters);
  });

  test('a configuration without its network is completed from the arrays, and what is assumed is said', () => {
    const checkpoint = checkpointOf(`${hydra}/tiny_efs/checkpoint.pt`);
    const whole = importFairchem(checkpoint);
    dict(checkpoint, 'config').set('model', new Map([['finetune_config', new Map()]]));
    const { config, card } = importFairchem(checkpoint);
    expect(config).toEqual(whole.config);
    expect(card.notes.join('\n')).toMatch(/does not say max_neighbors; 20 is assumed/);
    expect(whole.card.notes.join('\n')).not.toMatch(/assumed/);
  });

  test('the model file is read again as it was written', () => {
    const model = importFairchem(checkpointOf(`${hydra}/tiny_dens/checkpoint.pt`));
    expect(parseModel(formatModel(model))).toEqual(model);
  });

  const damages: Record<string, readonly [damage: (checkpoint: Dict) => unknown, message: RegExp]> = {
    'an option that changes the network': [
      (checkpoint) => dict(checkpoint, 'config', 'model', 'backbone').set('use_gate_act', true),
      /expected use_gate_act false, the only one that can be imported, found true/,
    ],
    'an option that is unknown': [
      (checkpoint) => dict(checkpoint, 'config', 'model', 'backbone').set('use_magic', true),
      /known attributes of EquiformerV2, found "use_magic"/,
    ],
    'a size that contradicts the arrays': [
      (checkpoint) => dict(checkpoint, 'config', 'model', 'backbone').set('num_layers', 3),
      /expected num_layers 2, as the arrays have it, found 3/,
    ],
    'a parameter that is missing': [
      (checkpoint) => dict(checkpoint, 'state_dict').delete('module.backbone.norm.norm_l0.bias'),
      /the parameters "norm\.norm_l0\.bias"/,
    ],
    'a parameter that is unknown': [
      (checkpoint) => dict(checkpoint, 'state_dict').set('module.backbone.magic', 1),
      /only parameters of EquiformerV2 in the state_dict, found "magic"/,
    ],
    'a normalizer of the whole stress': [
      (checkpoint) => dict(checkpoint, 'normalizers').set('stress', new Map()),
      /normalizers of the parts of the stress/,
    ],
  };
  for (const [title, [damage, message]] of Object.entries(damages)) {
    test(`${title} is refused by name`, () => {
      const checkpoint = checkpointOf(`${hydra}/tiny_efs/checkpoint.pt`);
      damage(checkpoint);
      expect(() => importFairchem(checkpoint, { file: 'model.pt' })).toThrow(message);
      expect(() => importFairchem(checkpoint, { file: 'model.pt' })).toThrow(/^model\.pt: /);
    });
  }
});

describe.skipIf(older === undefined)(`the import of a checkpoint in the older layout ${skipped}`, () => {
  const expected = older === undefined ? undefined : (readJson(`${older}/expected.json`) as unknown as OlderExpected);

  test('takes the moving average, or on demand the weights as stored, with the normalizers', () => {
    const checkpoint = checkpointOf(`${older}/checkpoint.pt`);
    const [averaged, stored] = [importFairchem(checkpoint), importFairchem(checkpoint, { ema: false })];
    expect(averaged.config).toMatchObject({
      maxDegree: 2,
      maxOrder: 1,
      gridResolution: null,
      norm: 'rms_norm_sh',
      cutoff: 6,
    });
    expect(averaged.config).toMatchObject({
      maxNeighbors: 20,
      strictNeighbors: true,
      averageAtoms: 77.81317,
      gridMlp: false,
    });
    expect(averaged.parameters).not.toEqual(stored.parameters);
    expect(averaged.heads[0].energyScale).toBeCloseTo(2.887317180633545, 12);
    expect(averaged.heads[0].energyOffset).toBeCloseTo(-0.7554450631141663, 12);
  });

  test('gives the energies of the original as far as its coarse grid lets frames matter', async () => {
    const checkpoint = checkpointOf(`${older}/checkpoint.pt`);
    const model = importFairchem(checkpoint, { ema: false });
    await using potential = createPotential(model, { precision: 'float64', threads: 1 });
    for (const [name, structure] of Object.entries(expected?.structures ?? {})) {
      const { energy } = await potential.evaluate(structureOf(structure));
      const raw = (energy - (model.heads[0].energyOffset ?? 0)) / model.heads[0].energyScale;
      // Other rotations about the edges changed energies by up to 2.4e-5.
      expect(Math.abs(raw - structure.energy), name).toBeLessThan(5e-5);
    }
  });

  test('takes the energies of elements of OC22, which are in units of the normalizer', () => {
    const checkpoint = checkpointOf(`${older}/checkpoint.pt`);
    const state = dict(checkpoint, 'state_dict');
    const table = state.get('module.sphere_embedding.weight') as { shape: number[]; strides: number[] };
    // 90 numbers: the first column of a table.
    state.set('module.energy_lin_ref', { ...table, shape: [90], strides: [table.strides[0]] });
    const { heads, parameters } = importFairchem(checkpoint, { ema: false });
    expect(heads[0].referenceEnergies.Cu).toBeCloseTo(parameters[29 * 16] * heads[0].energyScale, 12);
  });
});

interface OlderExpected {
  readonly structures: Record<string, Expected & { readonly energy: number }>;
}
