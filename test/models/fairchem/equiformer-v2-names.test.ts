import { describe, expect, test } from 'vitest';
import { type EquiformerV2Config, lammLConfig } from '../../../src/models/equiformer-v2/config.js';
import { equiformerV2Layout } from '../../../src/models/equiformer-v2/equiformer-v2-parameters.js';
import { gaussianCentres } from '../../../src/models/equiformer-v2/gaussians.js';
import { importFairchem } from '../../../src/models/fairchem/import.js';
import { initializeParameters } from '../../../src/models/parameters.js';
import { createRandom } from '../../../src/random.js';

type Entries = [name: string, value: unknown][];

/** A small model with the options of published ones. */
const config: EquiformerV2Config = {
  ...lammLConfig,
  layers: 1,
  channels: 3,
  maxDegree: 2,
  maxOrder: 1,
  attentionHeads: 2,
  attentionHidden: 2,
  alphaChannels: 2,
  valueChannels: 1,
  feedForwardHidden: 2,
  edgeChannels: 2,
  basisSize: 5,
  gridResolution: null,
  cutoff: 6,
  elementCount: 4,
};

function tensor(values: ArrayLike<number>, shape: readonly number[] = [values.length]) {
  const data = Float32Array.from(values);
  const type = { width: 4, read: (view: DataView, place: number) => view.getFloat32(place, true) };
  const storage = { kind: 'storage', type, length: data.length, read: () => new Uint8Array(data.buffer) };
  const strides = shape.map((_, axis) => shape.slice(axis + 1).reduce((product, size) => product * size, 1));
  return { kind: 'tensor', shape, strides, offset: 0, storage };
}

/** Names of the first release and of later ones for the same arrays. */
type Naming = 'older' | 'hydra' | 'hydra denoising' | 'hydra denoising, first names';

function nameIn(naming: Naming, name: string): string {
  if (naming === 'older') return `module.${name}`;
  const later = naming === 'hydra denoising';
  if (name.startsWith('energy_block.')) {
    return `module.output_heads.energy.${later ? name.replace('energy_block', 'scalar_block') : name}`;
  }
  if (name.startsWith('force_block.')) {
    return `module.output_heads.forces.${later ? name.replace('force_block', 'vector_block') : name}`;
  }
  if (name.startsWith('stress_head.')) return `module.output_heads.stress.${name.replace('stress_head.', '')}`;
  return `module.backbone.${name}`;
}

const random = createRandom(1);

function checkpoint(model: EquiformerV2Config, naming: Naming, more: Entries = []): Map<string, unknown> {
  const layout = equiformerV2Layout(model);
  const parameters = initializeParameters(layout, random).map((value) => value + random.normal());
  const state: Entries = layout.entries.map(({ name, shape, offset, size }) => [
    nameIn(naming, name),
    tensor(parameters.subarray(offset, offset + size), shape),
  ]);
  const constants: Entries = [
    [nameIn(naming, 'distance_expansion.offset'), tensor(gaussianCentres(model.basisSize, model.cutoff))],
    [nameIn(naming, 'blocks.0.ga.SO3_grid.2.1.to_grid_mat'), tensor(new Float32Array(6 * 3 * 7), [6, 3, 7])],
    [nameIn(naming, 'norm.balance_degree_weight'), tensor([1])],
  ];
  const attributes = new Map<string, unknown>([
    ['max_neighbors', model.maxNeighbors],
    ['enforce_max_neighbors_strictly', model.strictNeighbors],
    ['grid_resolution', null],
  ]);
  const network =
    naming === 'older' ? new Map([...attributes, ['name', 'equiformer_v2']]) : new Map([['backbone', attributes]]);
  return new Map<string, unknown>([
    ['state_dict', new Map([...state, ...constants, ...more])],
    ['config', new Map([['model', network]])],
    ['normalizers', new Map()],
  ]);
}

/** Parameters of a checkpoint in the order of the layout. */
function parametersOf(model: EquiformerV2Config, naming: Naming, source: Map<string, unknown>): Float32Array {
  const state = source.get('state_dict') as Map<string, ReturnType<typeof tensor>>; // as it was made
  const layout = equiformerV2Layout(model);
  const parameters = new Float32Array(layout.size);
  for (const { name, offset } of layout.entries) {
    const bytes = state.get(nameIn(naming, name))?.storage.read() ?? new Uint8Array();
    parameters.set(new Float32Array(bytes.buffer), offset);
  }
  return parameters;
}

describe('parameters are found under the names of', () => {
  const forms: readonly (readonly [Naming, EquiformerV2Config])[] = [
    ['older', config],
    ['hydra', { ...config, stressHead: true, strictNeighbors: false, averageAtoms: 31.17, averageDegree: 61.95 }],
  ];
  for (const [naming, model] of forms) {
    test(`${naming} checkpoints`, () => {
      const source = checkpoint(model, naming);
      const imported = importFairchem(source);
      expect(imported.config).toEqual(model);
      expect(imported.parameters).toEqual(parametersOf(model, naming, source));
    });
  }

  for (const naming of ['hydra denoising', 'hydra denoising, first names'] as const) {
    test(`${naming} checkpoints; the biases of denoising are added to the table of elements`, () => {
      const source = checkpoint(config, naming, [
        ['module.backbone.force_embedding.weight', tensor([1, 2, 3])],
        ['module.backbone.force_embedding.bias', tensor([1, 2, 4])],
        ['module.backbone.noise_schedule_sigma_embedding.bias', tensor([0.5, 0, 0])],
        ['module.output_heads.forces.denoising_pos_block.alpha_dot', tensor([1])],
      ]);
      const expected = parametersOf(config, naming, source);
      for (let row = 0; row <= config.elementCount; row++) {
        [1.5, 2, 4].forEach((bias, channel) => {
          expected[3 * row + channel] = Math.fround(expected[3 * row + channel]) + bias;
        });
      }
      const { parameters, config: found } = importFairchem(source);
      parameters.forEach((value, index) => {
        expect(value).toBeCloseTo(expected[index], 5);
      });
      // What the two releases meant where a configuration is silent.
      expect(found).toMatchObject({ averageAtoms: naming === 'hydra denoising' ? 77.81317 : 31.16592360068011 });
    });
  }
});

describe('energies of elements', () => {
  test('are those beside the state; 0 means an element that was never seen', () => {
    const references = new Map([['energy', new Map([['element_references', tensor([0, -3, 0, -1.5, 2])]])]]);
    const [head] = importFairchem(checkpoint(config, 'hydra').set('elementrefs', references)).heads;
    expect(head.referenceEnergies).toEqual({ H: -3, Li: -1.5, Be: 2 });
  });

  test('that are zeros alone are refused', () => {
    const references = new Map([['energy', new Map([['element_references', tensor([0, 0, 0, 0, 0])]])]]);
    expect(() => importFairchem(checkpoint(config, 'hydra').set('elementrefs', references))).toThrow(/zeros alone/);
  });

  test('in the state are in units of the normalizer', () => {
    const normalizers = new Map([
      [
        'target',
        new Map([
          ['mean', 0],
          ['std', 2],
        ]),
      ],
    ]);
    const source = checkpoint(config, 'older', [['module.energy_lin_ref', tensor([0, -3, 1, -1.5, 2])]]);
    const [head] = importFairchem(source.set('normalizers', normalizers)).heads;
    expect(head.referenceEnergies).toEqual({ H: -6, He: 2, Li: -3, Be: 4 });
  });
});

test('a force head that is missing makes forces derivatives, and the card says so', () => {
  const conservative = { ...config, forces: 'conservative' as const };
  const { config: found, card } = importFairchem(checkpoint(conservative, 'older'));
  expect(found.forces).toBe('conservative');
  expect(card.notes.join('\n')).toMatch(/the original had none/);
});
