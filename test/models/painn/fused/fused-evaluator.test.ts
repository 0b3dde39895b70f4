import { existsSync } from 'node:fs';
import { describe, expect, it, test } from 'vitest';
import { atomicGraph } from '../../../../src/models/atomic-graph.js';
import { modelFile } from '../../../../src/models/embedded-models.js';
import { createEmbedder } from '../../../../src/models/embedding.js';
import { layoutFor } from '../../../../src/models/kinds.js';
import { loadModel } from '../../../../src/models/load-model.js';
import type { Model } from '../../../../src/models/model.js';
import { describeEngine } from '../../../../src/models/open-evaluator.js';
import { lammSConfig, type PainnConfig } from '../../../../src/models/painn/config.js';
import { createFusedEvaluator } from '../../../../src/models/painn/fused/fused-evaluator.js';
import { initializeParameters } from '../../../../src/models/parameters.js';
import { createPotential } from '../../../../src/models/potential.js';
import { neighborList } from '../../../../src/neighbors/neighbor-list.js';
import { createRandom } from '../../../../src/random.js';
import { createStructure, type Structure } from '../../../../src/structure/structure.js';
import { largestDifference } from '../../../helpers/compare.js';
import { rattledCopper } from '../../../helpers/copper.js';

const smoothConfig: PainnConfig = {
  ...lammSConfig,
  channels: 12, // a width that panels of eight columns do not divide, half of which is no multiple of 4
  layers: 3,
  basis: 'bessel',
  basisSize: 6,
  cutoff: 4.5,
  maxNeighbors: null,
  elementCount: 29,
  smooth: true,
  forces: 'conservative',
  scaleFactors: [1, 0.9, 1.1],
};

/** A model of this kind. */
type PainnModel = Model & { readonly config: PainnConfig };

function modelOf(changes: Partial<PainnConfig> = {}): PainnModel {
  const config = { ...smoothConfig, ...changes };
  const head = { energyScale: 0.7, forceScale: 100, referenceEnergies: { Cu: -3.5, O: -4.25 } };
  return {
    config,
    parameters: randomParameters(config),
    heads: config.heads.map((name) => ({ ...head, name })),
    card: { name: 'tiny', license: 'MIT', trainingData: ['made up'], notes: [] },
  };
}

/** Those of a new model, but with biases and norms that are not all 0 and 1. */
function randomParameters(config: PainnConfig): Float32Array {
  const random = createRandom(5);
  return initializeParameters(layoutFor(config), random).map((value) => value + 0.1 * random.normal());
}

const crystal = rattledCopper(2, {
  symbols: Array.from({ length: 32 }, (_, atom) => (atom % 3 === 1 ? 'O' : 'Cu')),
  rattle: 0.2,
});
const molecule = createStructure({
  symbols: ['O', 'Cu', 'O', 'Cu', 'O'],
  positions: [0, 0, 0, 1.9, 0.1, 0, 0.3, 2.1, 0.4, 1.2, -1.7, 0.9, 20, 0, 0],
});

/** Compares with the tensor graph in double precision. */
async function expectAgreement(
  { model, head }: { model: Model; head?: string },
  structures: readonly Structure[],
): Promise<void> {
  await using fused = createPotential(model, { engine: 'fused', threads: 1, ...(head && { head }) });
  await using exact = createPotential(model, { precision: 'float64', threads: 1, ...(head && { head }) });
  for (const structure of structures) {
    const [found, expected] = [await fused.evaluate(structure), await exact.evaluate(structure)];
    const largestForce = Math.max(1, ...expected.forces.map(Math.abs));
    expect(Math.max(...expected.forces.map(Math.abs))).toBeGreaterThan(0.01);
    expect(Math.abs(found.energy - expected.energy)).toBeLessThan(1e-6 * Math.abs(expected.energy));
    expect(largestDifference(found.forces, expected.forces)).toBeLessThan(1e-5 * largestForce);
    if (expected.stress === undefined) expect(found.stress).toBeUndefined();
    else expect(largestDifference(found.stress ?? [], expected.stress)).toBeLessThan(1e-6 * largestForce);
  }
}

describe('the fused evaluator gives what the tensor graph gives', () => {
  test.each<[what: string, changes: Partial<PainnConfig>]>([
    ['three layers of 12 channels', {}],
    ['one layer', { layers: 1, scaleFactors: [1.2] }],
    ['two layers of 8 channels with Gaussians', { layers: 2, channels: 8, basis: 'gaussian', basisSize: 16 }],
    [
      'four layers of 20 channels, another envelope',
      { layers: 4, channels: 20, scaleFactors: [1, 1, 1, 1], envelopeExponent: 6 },
    ],
  ])('%s', async (_, changes) => {
    await expectAgreement({ model: modelOf(changes) }, [crystal, molecule]);
  });

  test.each<[what: string, changes: Partial<PainnConfig>]>([
    ['12 channels', {}],
    ['one layer of 4 channels', { layers: 1, channels: 4, scaleFactors: [1] }],
    ['16 channels, Gaussians', { layers: 2, channels: 16, basis: 'gaussian', basisSize: 16, scaleFactors: [1, 1] }],
  ])('with forces of their own: %s', async (_, changes) => {
    await expectAgreement({ model: modelOf({ forces: 'direct', ...changes }) }, [crystal, molecule]);
  });

  test('each head of several, with forces of their own', async () => {
    const model = modelOf({ heads: ['first', 'second'], forces: 'direct' });
    await expectAgreement({ model, head: 'first' }, [molecule]);
    await expectAgreement({ model, head: 'second' }, [molecule]);
  });

  test('each head of several', async () => {
    const model = modelOf({ heads: ['first', 'second'] });
    await expectAgreement({ model, head: 'first' }, [molecule]);
    await expectAgreement({ model, head: 'second' }, [molecule]);
  });

  test.each(['lamm-s', 'lamm-s-joint', 'lamm-s-joint-direct'])('the embedded model %s', async (name) => {
    const model = loadModel(modelFile(name));
    await expectAgreement({ model, head: model.heads[0].name }, [rattledCopper(3)]);
  });
});

describe('the last features of atoms', () => {
  test.each(['conservative', 'direct'] as const)(
    'are those of the tensor graph, where forces are %s',
    async (forces) => {
      const model = modelOf({ forces });
      await using fused = createPotential(model, { engine: 'fused', threads: 1, features: true });
      await using onnx = createPotential(model, { engine: 'onnx', threads: 1, features: true });
      await using embedder = createEmbedder(model, { layer: 'lastFeatures', threads: 1 });
      const structures = [molecule, crystal];
      const [ours, graphs] = [await fused.evaluateMany(structures), await onnx.evaluateMany(structures)];
      for (const [index, structure] of structures.entries()) {
        const expected = await embedder.embed(structure);
        const size = Math.hypot(...expected) / Math.sqrt(expected.length);
        expect(expected.length).toBe(6 * structure.numbers.length);
        expect(largestDifference(ours[index].features ?? [], expected)).toBeLessThan(1e-4 * size);
        expect(largestDifference(graphs[index].features ?? [], expected)).toBeLessThan(1e-5 * size);
      }
    },
  );

  test('are not given unless they are asked for', async () => {
    await using fused = createPotential(modelOf(), { engine: 'fused', threads: 1 });
    expect((await fused.evaluate(molecule)).features).toBeUndefined();
  });
});

describe('the fused evaluator', () => {
  it.each(['conservative', 'direct'] as const)(
    'gives the same in parts where memory is short, forces %s',
    async (forces) => {
      const model = modelOf({ cutoff: 3, layers: 2, scaleFactors: [1, 0.9], forces });
      const large = rattledCopper(5, { rattle: 0.1 });
      const graph = atomicGraph(large.numbers, neighborList(large, 3));
      const source = { ...model, head: 0 };
      await using whole = createFusedEvaluator(source, { threads: 1, features: true });
      await using divided = createFusedEvaluator(source, { threads: 2, features: true, maxBytes: 1_400_000 });
      const { energies, features = [], ...derivatives } = await whole.evaluate(graph);
      const parts = await divided.evaluate(graph);
      expect(Array.from(parts.energies)).toEqual(Array.from(energies));
      expect(largestDifference(parts.features ?? [], features)).toBe(0);
      const [found, expected] =
        'forces' in derivatives && 'forces' in parts
          ? [parts.forces, derivatives.forces]
          : 'edgeGradient' in derivatives && 'edgeGradient' in parts
            ? [parts.edgeGradient, derivatives.edgeGradient]
            : [[], [1]];
      expect(expected.length).toBeGreaterThan(0);
      const difference = largestDifference(found, expected);
      expect(difference).toBeLessThan(1e-6 * Math.max(...Array.from(expected, Math.abs)));
      // Derivatives are sums over parts, rounded otherwise; forces of their own come from one part each.
      if (forces === 'conservative') expect(difference).toBeGreaterThan(0);
    },
  );

  it('gives the same bits after larger and smaller systems', async () => {
    await using used = createPotential(modelOf(), { engine: 'fused', threads: 1 });
    const results = [];
    for (const structure of [molecule, crystal, rattledCopper(3), molecule])
      results.push(await used.evaluate(structure));
    expect(results[3]).toEqual(results[0]);
    await using fresh = createPotential(modelOf(), { engine: 'fused', threads: 1 });
    expect(await fresh.evaluate(crystal)).toEqual(results[1]);
  });

  it('gives the same bits alone and beside atoms of many other kinds', async () => {
    const kinds = ['H', 'Li', 'O', 'Mg', 'Al', 'Si', 'Cu', 'Ni'];
    const mixture = rattledCopper(2, {
      symbols: Array.from({ length: 32 }, (_, atom) => kinds[(5 * atom) % kinds.length]),
      rattle: 0.2,
    });
    const model = modelOf();
    const referenceEnergies = Object.fromEntries(kinds.map((symbol) => [symbol, -2]));
    const heads = model.heads.map((head) => ({ ...head, referenceEnergies }));
    await expectAgreement({ model: { ...model, heads } }, [mixture]);
    await using fused = createPotential({ ...model, heads }, { engine: 'fused', threads: 1 });
    const structures = [molecule, mixture, crystal, molecule];
    const together = await fused.evaluateMany(structures);
    for (const [index, structure] of structures.entries()) {
      expect(await fused.evaluate(structure)).toEqual(together[index]);
    }
  });

  it('takes no notice of edges beyond the cutoff', async () => {
    const { config, parameters } = modelOf();
    await using evaluator = createFusedEvaluator({ config, parameters, head: 0 });
    const [near, far] = [config.cutoff, 1.3 * config.cutoff].map((cutoff) => {
      const list = neighborList(crystal, cutoff);
      return { list, graph: atomicGraph(crystal.numbers, list) };
    });
    expect(far.graph.edgeCount).toBeGreaterThan(near.graph.edgeCount);
    const expected = await evaluator.evaluate(near.graph);
    const found = await evaluator.evaluate(far.graph);
    if ('forces' in found || 'forces' in expected) throw new Error('the forces of this model are derivatives');
    expect(found.energies).toEqual(expected.energies);
    const isNear = (edge: number) => far.list.distances[edge] < config.cutoff;
    const gradient = Array.from(found.edgeGradient).filter((_, index) => isNear(Math.floor(index / 3)));
    expect(gradient).toEqual(Array.from(expected.edgeGradient));
    const beyond = Array.from(found.edgeGradient).filter((_, index) => !isNear(Math.floor(index / 3)));
    expect(beyond.every((value) => value === 0)).toBe(true);
  });

  it('bounds the errors of its tables below those of single precision', async () => {
    const { config, parameters } = loadModel(modelFile());
    if (config.kind !== 'painn') throw new Error(`the embedded model is of the kind ${config.kind}`);
    await using evaluator = createFusedEvaluator({ config, parameters, head: 0 });
    expect(evaluator.tables).toHaveLength(config.layers);
    for (const { valueError, slopeError } of evaluator.tables) {
      expect(valueError).toBeGreaterThan(0);
      expect(valueError).toBeLessThan(1e-6);
      expect(slopeError).toBeLessThan(1e-5);
    }
  });

  test.each<[what: RegExp, changes: Partial<PainnConfig>]>([
    [/do not vanish smoothly/, { smooth: false }],
    [/limit on the number of neighbours/, { maxNeighbors: 20 }],
    [/of 6 channels/, { channels: 6 }],
  ])('refuses a model %s, naming an engine that takes it', async (reason, changes) => {
    const model = modelOf(changes);
    await using forced = createPotential(model, { engine: 'fused', threads: 1 });
    await expect(forced.evaluate(molecule)).rejects.toMatchObject({
      code: 'engine',
      message: expect.stringMatching(reason),
    });
    await expect(forced.evaluate(molecule)).rejects.toThrow(/the engine onnx does/);
    await using free = createPotential(model, { threads: 1 });
    await using onnx = createPotential(model, { engine: 'onnx', threads: 1 });
    expect(await free.evaluate(molecule)).toEqual(await onnx.evaluate(molecule));
  });

  it('refuses filters that no table follows; where no engine was asked for, ONNX Runtime takes them and says so', async () => {
    const model = modelOf({ basis: 'gaussian', basisSize: 600, channels: 4, layers: 1, scaleFactors: [1] });
    await using forced = createPotential(model, { engine: 'fused', threads: 1 });
    await expect(forced.evaluate(molecule)).rejects.toThrow(/cannot be tabulated.*engine onnx/);
    const notices: string[] = [];
    await using free = createPotential(model, { threads: 1, onNotice: (notice) => notices.push(notice) });
    await using onnx = createPotential(model, { engine: 'onnx', threads: 1 });
    expect(await free.evaluate(molecule)).toEqual(await onnx.evaluate(molecule));
    expect(notices).toEqual([expect.stringMatching(/the engine onnx does without tables, and is taken/)]);
    expect(describeEngine(model)).toEqual({ engine: 'onnx', reason: expect.stringMatching(/cannot be tabulated/) });
    expect(describeEngine(modelOf())).toMatchObject({ engine: 'fused' });
  });
});

// Threads run the built program.
const built = new URL('../../../../dist/src/models/painn/fused/fused-evaluator.js', import.meta.url);

it.skipIf(!existsSync(built))('threads give the bits of one (skipped before the first build)', async () => {
  const { createFusedEvaluator: create }: { createFusedEvaluator: typeof createFusedEvaluator } = await import(
    built.href
  );
  const source = { ...modelOf(), head: 0 };
  await using one = create(source, { threads: 1 });
  await using two = create(source, { threads: 2 });
  await using five = create(source, { threads: 5 });
  for (const structure of [rattledCopper(3), molecule, rattledCopper(4), rattledCopper(3)]) {
    const graph = atomicGraph(structure.numbers, neighborList(structure, smoothConfig.cutoff));
    const expected = await one.evaluate(graph);
    expect(await two.evaluate(graph)).toEqual(expected);
    expect(await five.evaluate(graph)).toEqual(expected);
  }
});
