import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { parseSafetensors } from '../../../src/io/safetensors.js';
import { atomicGraph } from '../../../src/models/atomic-graph.js';
import {
  type EquiformerV2Config,
  equiformerV2Settings,
  lammLConfig,
} from '../../../src/models/equiformer-v2/config.js';
import { edgeBlockSize } from '../../../src/models/equiformer-v2/equiformer-v2-edges.js';
import { equiformerV2 } from '../../../src/models/equiformer-v2/equiformer-v2-kind.js';
import { equiformerV2Layout } from '../../../src/models/equiformer-v2/equiformer-v2-parameters.js';
import { equiformerV2Constants, equiformerV2Network } from '../../../src/models/equiformer-v2/network.js';
import { graphFeeds } from '../../../src/models/graph-feeds.js';
import { createGraphNodes, edgeDim } from '../../../src/models/graph-nodes.js';
import type { Model } from '../../../src/models/model.js';
import { constantWeights, initializeParameters } from '../../../src/models/parameters.js';
import { createPotential } from '../../../src/models/potential.js';
import { neighborList } from '../../../src/neighbors/neighbor-list.js';
import { createRandom } from '../../../src/random.js';
import { createOnnxSession } from '../../../src/runtime/onnx-session.js';
import { createTfjsSession } from '../../../src/runtime/tfjs-session.js';
import { cellVolume } from '../../../src/structure/cell.js';
import { createStructure, type Structure } from '../../../src/structure/structure.js';
import type { TensorNode } from '../../../src/tensor/node.js';
import { input } from '../../../src/tensor/operations.js';
import { largestDifference } from '../../helpers/compare.js';
import {
  configFromArguments,
  constantsFromFile,
  flatten,
  type ReferenceStructure,
  readJson,
  referenceFeeds,
} from '../../helpers/equiformer-reference.js';
import { turn } from '../../helpers/rotation.js';

/** The published options at a small size. */
const small: EquiformerV2Config = {
  ...lammLConfig,
  layers: 2,
  channels: 8,
  maxDegree: 3,
  attentionHeads: 2,
  attentionHidden: 4,
  alphaChannels: 4,
  valueChannels: 4,
  feedForwardHidden: 8,
  edgeChannels: 8,
  basisSize: 32,
  gridResolution: 14,
  cutoff: 4,
  maxNeighbors: null,
  averageAtoms: 3,
  averageDegree: 5,
};

function modelOf(config: EquiformerV2Config): Model & { readonly config: EquiformerV2Config } {
  const head = { energyScale: 1, forceScale: 1, referenceEnergies: { Cu: -3, O: -5 } };
  const heads = config.heads.map((name) => ({ ...head, name }));
  const card = { name: 'test', license: 'MIT', trainingData: [], notes: [] };
  const random = createRandom(3);
  const layout = equiformerV2Layout(config);
  const parameters = initializeParameters(layout, random).map((value) => value + 0.1 * random.normal()); // biases too
  return { config, parameters, heads, card };
}

const positions = [0, 0, 0, 1.9, 0.3, -0.2, 0.4, 1.7, 1.2, -1.1, 0.6, 1.8];
const cell = [4.2, 0, 0, 0.5, 4.4, 0, -0.3, 0.2, 4.6];
const crystal = createStructure({ symbols: ['Cu', 'O', 'O', 'Cu'], positions, cell });

async function evaluate(model: Model, structure: Structure, precision: 'float32' | 'float64' = 'float64') {
  await using potential = createPotential(model, { precision, threads: 1 });
  return await potential.evaluate(structure);
}

describe('the small case in the repository', () => {
  const folder = new URL('../../fixtures/models/equiformer-v2/', import.meta.url);
  const { hparams, structure } = readJson(new URL('tiny-water.json', folder).pathname) as unknown as Fixture;
  const { tensors } = parseSafetensors(gunzipSync(readFileSync(new URL('tiny-water.safetensors.gz', folder))));

  for (const precision of ['float64', 'float32'] as const) {
    test(`has energy, forces and features of every layer as FAIR-Chem gives them, in ${precision}`, async () => {
      const config = configFromArguments(hparams);
      const layout = equiformerV2Layout(config);
      const parameters = flatten(layout, (name) => tensors.get(name)?.data as Float32Array); // float32 as written
      const constants = {
        ...constantsFromFile(tensors, config),
        frameAxes: input('frameAxes', [edgeDim({ blockSize: edgeBlockSize }), 3]),
      };
      const network = equiformerV2Network(
        config,
        constantWeights(layout, parameters),
        createGraphNodes(edgeBlockSize),
        constants,
      );
      const layers = Object.fromEntries(network.layers.map((layer, index) => [`layer ${index}`, layer]));
      const outputs = { energies: network.energies, forces: network.forces as TensorNode, ...layers }; // direct
      await using session = await createOnnxSession(outputs, { precision, threads: 1 });
      const results = await session.run(referenceFeeds(config, structure, precision));
      const energy = Float64Array.from(results.energies.data).reduce((sum, value) => sum + value, 0);
      // The tolerances of the reference data.
      expect(Math.abs(energy - structure.energy)).toBeLessThan(precision === 'float64' ? 1e-10 : 3e-7);
      const forces = structure.forces.flat();
      const largest = Math.max(...forces.map(Math.abs));
      const difference = largestDifference(results.forces.data, forces);
      expect(difference).toBeLessThan(precision === 'float64' ? 1e-9 : 5e-5 * largest);
      Object.values(structure.intermediates_atoms_0_to_2).forEach((expected, index) => {
        const found = results[`layer ${index}`].data;
        expect(largestDifference(found, expected.flat(2)), `layer ${index}`).toBeLessThan(
          precision === 'float64' ? 1e-8 : 5e-5,
        );
      });
    });
  }
});

interface Fixture {
  readonly hparams: Record<string, unknown>;
  readonly structure: ReferenceStructure & {
    readonly energy: number;
    readonly forces: number[][];
    readonly intermediates_atoms_0_to_2: Record<string, number[][][]>;
  };
}

describe('symmetries', () => {
  for (const norm of ['layer_norm_sh', 'rms_norm_sh', 'layer_norm'] as const) {
    for (const gridMlp of [true, false]) {
      test(`rotation turns forces and keeps energies as far as the grid resolves, with ${norm}${gridMlp ? ' and mixing on the grid' : ''}`, async () => {
        const turned = createStructure({ numbers: crystal.numbers, positions: turn(positions), cell: turn(cell) });
        const errorsAt = async (gridResolution: number) => {
          const model = modelOf({ ...small, norm, gridMlp, gridResolution });
          const [a, b] = [await evaluate(model, crystal), await evaluate(model, turned)];
          expect(Math.max(...a.forces.map(Math.abs))).toBeGreaterThan(1e-2);
          return [largestDifference(a.energies, b.energies), largestDifference(turn(a.forces), b.forces)];
        };
        const [coarse, fine] = [await errorsAt(8), await errorsAt(24)];
        for (const [index, error] of fine.entries()) expect(error).toBeLessThan(1e-2 * coarse[index]);
      });
    }
  }

  test('fewer points, spread evenly, resolve rotations no worse than latitudes and longitudes of the same exactness', async () => {
    const turned = createStructure({ numbers: crystal.numbers, positions: turn(positions), cell: turn(cell) });
    const errorsWith = async (grid: Pick<EquiformerV2Config, 'gridResolution' | 'gridDegree'>) => {
      const model = modelOf({ ...small, ...grid });
      const [a, b] = [await evaluate(model, crystal), await evaluate(model, turned)];
      return [largestDifference(a.energies, b.energies), largestDifference(turn(a.forces), b.forces)];
    };
    const even = await errorsWith({ gridResolution: null, gridDegree: 11 });
    const rings = await errorsWith({ gridResolution: 10 });
    for (const [index, error] of even.entries()) {
      expect(error).toBeGreaterThan(0);
      expect(error).toBeLessThan(rings[index]);
    }
  });

  test('exchanging atoms exchanges what is said of them', async () => {
    const model = modelOf(small);
    const order = [2, 0, 3, 1];
    const pick = (values: ArrayLike<number>, width: number) =>
      order.flatMap((atom) => Array.from({ length: width }, (_, axis) => values[width * atom + axis]));
    const exchanged = createStructure({ numbers: pick(crystal.numbers, 1), positions: pick(positions, 3), cell });
    const [a, b] = [await evaluate(model, crystal), await evaluate(model, exchanged)];
    expect(largestDifference(pick(a.energies, 1), b.energies)).toBeLessThan(1e-10);
    expect(largestDifference(pick(a.forces, 3), b.forces)).toBeLessThan(1e-10);
  });

  test('how frames lie about their edges does not matter', async () => {
    const { config, parameters } = modelOf({ ...small, gridResolution: 24 });
    const frameAxes = input('frameAxes', [edgeDim({ blockSize: edgeBlockSize }), 3]);
    const weights = constantWeights(equiformerV2Layout(config), parameters);
    const constants = { ...equiformerV2Constants(config), frameAxes };
    const { energies, forces } = equiformerV2Network(config, weights, createGraphNodes(edgeBlockSize), constants);
    await using session = await createOnnxSession({ energies, forces: forces as TensorNode }, { precision: 'float64' }); // direct
    const graph = atomicGraph(crystal.numbers, neighborList(crystal, config.cutoff));
    const { feeds } = graphFeeds(config, graph, 'float64');
    const random = createRandom(9);
    const draw = () => {
      const data = Float64Array.from(feeds.edgeVectors.data, () => random.normal());
      return session.run({ ...feeds, frameAxes: { data, shape: feeds.edgeVectors.shape } });
    };
    const [a, b] = [await draw(), await draw()];
    expect(largestDifference(a.energies.data, b.energies.data)).toBeLessThan(1e-5);
    expect(largestDifference(a.forces.data, b.forces.data)).toBeLessThan(1e-5);
    expect(largestDifference(a.energies.data, b.energies.data)).toBeGreaterThan(0);
  });
});

describe('a conservative model', () => {
  const conservative = modelOf({ ...small, smooth: true, forces: 'conservative' });

  test('has forces and stress that are the derivatives of its energy', async () => {
    await using potential = createPotential(conservative, { precision: 'float64', threads: 1 });
    const { forces, stress } = await potential.evaluate(crystal);
    const step = 1e-4;
    for (const index of [0, 4, 11]) {
      const at = async (shift: number) =>
        (await potential.evaluate({ ...crystal, positions: crystal.positions.with(index, positions[index] + shift) }))
          .energy;
      const difference = -((await at(step)) - (await at(-step))) / (2 * step);
      expect(Math.abs(forces[index] - difference)).toBeLessThan(1e-6 * (1 + Math.abs(difference)));
    }
    const strained = async (strain: number) => {
      const scale = (rows: readonly number[]) =>
        rows.map((value, index) => (index % 3 === 1 ? value * (1 + strain) : value));
      const structure = createStructure({ numbers: crystal.numbers, positions: scale(positions), cell: scale(cell) });
      return (await potential.evaluate(structure)).energy;
    };
    const volume = cellVolume(crystal.cell);
    const difference = ((await strained(step)) - (await strained(-step))) / (2 * step * volume);
    expect(Math.abs((stress?.[1] ?? Number.NaN) - difference)).toBeLessThan(1e-6 * (1 + Math.abs(difference)));
  });

  test('has continuous energy and forces where an atom crosses the cutoff, also where it is the last neighbour', async () => {
    for (const others of [[], [1.9, 0.4, 0]]) {
      const jump = await jumpAtCutoff(conservative, others);
      // A smooth curve changes across the cutoff as it does beside it: over twice the step, about twice as much.
      expect(jump).toBeLessThan(2.5);
    }
    const jump = await jumpAtCutoff(modelOf({ ...small, smooth: false, forces: 'conservative' }), [1.9, 0.4, 0]);
    expect(jump).toBeGreaterThan(10);
  });
});

/** Change of energy from just outside to just inside the cutoff, relative to the change over half that way inside. */
async function jumpAtCutoff(model: Model, others: readonly number[]): Promise<number> {
  await using potential = createPotential(model, { precision: 'float64', threads: 1 });
  const step = 1e-2;
  const at = async (distance: number) => {
    const symbols = ['Cu', ...(others.length > 0 ? ['O'] : []), 'Cu'];
    const structure = createStructure({ symbols, positions: [0, 0, 0, ...others, distance, 0, 0] });
    return (await potential.evaluate(structure)).energy;
  };
  const [outside, inside, near] = [await at(4 + step), await at(4 - step), await at(4 - 2 * step)];
  return Math.abs(inside - outside) / Math.abs(near - inside);
}

test('an atom without neighbours has the energy of a lone atom, alone or beside others', async () => {
  for (const forces of ['direct', 'conservative'] as const) {
    const model = modelOf({ ...small, forces, smooth: true });
    const lone = await evaluate(model, createStructure({ symbols: ['Cu'], positions: [0, 0, 0] }));
    const far = await evaluate(
      model,
      createStructure({ symbols: ['Cu', 'O', 'O'], positions: [0, 0, 0, 9, 0, 0, 9, 1.4, 0] }),
    );
    expect(Number.isFinite(lone.energy)).toBe(true);
    expect(Math.abs(lone.energy - far.energies[0])).toBeLessThan(1e-10);
    expect(Array.from(lone.forces, Math.abs)).toEqual([0, 0, 0]);
  }
});

test('heads give different answers from one set of features', async () => {
  const model = modelOf({ ...small, heads: ['pbe', 'scan'] });
  await using pbe = createPotential(model, { head: 'pbe', threads: 1 });
  await using scan = createPotential(model, { head: 'scan', threads: 1 });
  const [a, b] = [await pbe.evaluate(crystal), await scan.evaluate(crystal)];
  expect(a.energy).not.toBeCloseTo(b.energy, 3);
  expect(largestDifference(a.forces, b.forces)).toBeGreaterThan(1e-2);
});

test('ONNX Runtime and TensorFlow.js agree', async () => {
  const { config, parameters } = modelOf({ ...small, stressHead: true });
  const weights = constantWeights(equiformerV2Layout(config), parameters);
  const network = equiformerV2Network(config, weights, createGraphNodes(edgeBlockSize));
  const { energies, forces, stress } = network;
  const outputs = { energies, forces: forces as TensorNode, stress: stress as TensorNode }; // direct, with stress
  await using session = await createOnnxSession(outputs, { threads: 1 });
  await using oracle = await createTfjsSession(outputs);
  const graph = atomicGraph(crystal.numbers, neighborList(crystal, config.cutoff));
  const { feeds } = graphFeeds(config, graph);
  const [a, b] = [await session.run(feeds), await oracle.run(feeds)];
  for (const name of Object.keys(outputs)) {
    const scale = 1 + Math.max(...a[name].data.map(Math.abs));
    expect(largestDifference(a[name].data, b[name].data), name).toBeLessThan(1e-4 * scale); // single precision
  }
});

describe('the published sizes', () => {
  const large = { ...lammLConfig, maxDegree: 6 };
  const omat = { ...lammLConfig, elementCount: 95, stressHead: true };
  const sizes: Record<string, readonly [EquiformerV2Config, number]> = {
    'OC20 31M': [lammLConfig, 31_058_690],
    'OC20 83M': [{ ...large, layers: 12 }, 83_164_802],
    'OC20 153M': [{ ...large, layers: 20, maxOrder: 3 }, 153_602_690],
    // Its 90 energies of elements are no weights of ours.
    'OC22 121M': [{ ...large, layers: 18 }, 121_526_492 - 90],
    'ODAC23 31M': [{ ...lammLConfig, elementCount: 99 }, 31_085_570],
    'ODAC23 153M': [{ ...large, layers: 20, maxOrder: 3, elementCount: 99 }, 153_660_290],
    'OMat24 31M': [omat, 31_207_434],
    'OMat24 86M': [{ ...omat, layers: 10, maxDegree: 6, maxOrder: 4 }, 86_589_068],
    'OMat24 153M': [{ ...omat, layers: 20, maxDegree: 6, maxOrder: 3 }, 153_769_868],
  };
  for (const [name, [config, count]] of Object.entries(sizes)) {
    test(`${name} has ${count.toLocaleString('en')} parameters`, () => {
      expect(equiformerV2Layout(config).size).toBe(count);
    });
  }

  test('ten heads only widen the last layers, and 100 elements the tables', () => {
    const heads = Array.from({ length: 10 }, (_, index) => `set ${index}`);
    const { size } = equiformerV2Layout({ ...lammLConfig, heads, elementCount: 100 });
    // Nine more rows of both heads for each of five degrees, with biases; eleven more rows of 21 tables.
    expect(size).toBe(31_058_690 + 9 * (2 * 5 * 128 + 2) + 11 * 21 * 128);
  });
});

describe('settings', () => {
  test('orders beyond degrees, and a stress head beside derivatives, are refused by name', () => {
    const parse = (settings: object) => equiformerV2Settings.safeParse({ kind: 'equiformer-v2', ...settings });
    expect(parse({ maxDegree: 2, maxOrder: 3 }).error?.issues).toMatchObject([{ path: ['maxOrder'] }]);
    expect(parse({ forces: 'conservative', stressHead: true }).error?.issues).toMatchObject([{ path: ['stressHead'] }]);
  });

  test('make the architecture that they were taken from', () => {
    const settings = equiformerV2.settingsOf(small);
    const same = {
      ...small,
      gridDegree: null,
      repulsion: 'none',
      repulsionReach: 0.75,
      repulsionFloor: 0,
      heads: ['a'],
    };
    expect(equiformerV2.configure(settings, { heads: ['a'] })).toEqual(same);
  });
});
