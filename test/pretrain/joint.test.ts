import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { validate } from '../../pretrain/assess/validate.js';
import { collate } from '../../pretrain/batch/batch.js';
import { exportModel } from '../../pretrain/checkpoint/export-model.js';
import { parsePretrainConfig } from '../../pretrain/config/pretrain-config.js';
import { buildGraph } from '../../pretrain/dataset/graphs.js';
import { prepareData } from '../../pretrain/dataset/prepare-data.js';
import { sampleAt } from '../../pretrain/dataset/sample/sample.js';
import { pretrain } from '../../pretrain/pretrain.js';
import { type PreparedTraining, prepareTraining } from '../../pretrain/setup.js';
import { createTrainStep } from '../../pretrain/step/train-step.js';
import { layoutFor, type ModelConfig } from '../../src/models/kinds.js';
import { loadModel } from '../../src/models/load-model.js';
import { initializeParameters } from '../../src/models/parameters.js';
import { createPotential } from '../../src/models/potential.js';
import { createRandom } from '../../src/random.js';
import { createStructure } from '../../src/structure/structure.js';
import { rattledCells, writeCells } from '../helpers/spring-project.js';

/** Springs with forces, the same springs on another zero of energy without forces, and cells without labels. */
function createJointProject(settings = '') {
  const directory = mkdtempSync(join(tmpdir(), 'lamm-joint-'));
  const shifted = rattledCells(5, 3).map((cell) => ({ ...cell, labels: { energy: (cell.labels.energy ?? 0) - 4000 } }));
  const bare = rattledCells(9, 4).map((cell) => ({ ...cell, labels: {} }));
  writeCells(directory, 'springs.extxyz', rattledCells(20, 1));
  writeCells(directory, 'springs-val.extxyz', rattledCells(4, 2));
  writeCells(directory, 'shifted.extxyz', shifted);
  writeCells(directory, 'bare.extxyz', bare);
  const text = `
model: { channels: 8, layers: 2, basisSize: 4, cutoff: 3, elementCount: 40 }
data:
  temperature: 2
  subsets:
    - { name: springs, train: [springs.extxyz], validation: [springs-val.extxyz] }
    - { name: shifted, task: IS2RE, train: [shifted.extxyz], validation: [shifted.extxyz] }
    - { name: bare, task: denoise, sigma: 0.1, train: [bare.extxyz], validation: [bare.extxyz]${settings} }
training: { batch: { atoms: 24 }, learningRate: 1.e-3, warmup: 2 steps, length: 3 epochs, checkpointEvery: 2, threads: 1 }
out: run
`;
  return { directory, text };
}

async function prepare({ directory, text }: { directory: string; text: string }, overrides: string[] = []) {
  const config = parsePretrainConfig(text, { overrides });
  const data = await prepareData(config.data, { directory, energyReduction: config.training.energyReduction });
  return { config, data };
}

interface TrainOptions {
  readonly stopAt?: number;
  readonly existing?: 'refuse' | 'resume';
  readonly overrides?: string[];
}

/** The training before it, which gives its folder back when the next one begins. */
let last: PreparedTraining | undefined;

async function train(project: { directory: string; text: string }, options: TrainOptions = {}) {
  const { stopAt = Number.POSITIVE_INFINITY, existing = 'refuse', overrides } = options;
  const { config, data } = await prepare(project, overrides);
  await last?.[Symbol.asyncDispose]();
  const training = await prepareTraining(config, data, { out: join(project.directory, 'run'), existing });
  last = training;
  const { state } = training.setup;
  const run = pretrain({ ...training.setup, shouldStop: async () => state.progress.step >= stopAt });
  let turn = await run.next();
  while (!turn.done) turn = await run.next();
  return { data, training, result: turn.value };
}

describe.each(['conservative', 'direct'] as const)('a model with several heads and %s forces', (forces) => {
  const config: ModelConfig = {
    ...{ kind: 'painn', channels: 8, layers: 2, basis: 'bessel', basisSize: 4, cutoff: 3, envelopeExponent: 5 },
    ...{ maxNeighbors: null, elementCount: 40, smooth: true, forces, scaleFactors: [1, 1] },
    heads: ['a', 'b', 'c'],
  };
  const layout = layoutFor(config);
  const parameters = initializeParameters(layout, createRandom(1));
  const references = new Map([28, 29].map((number) => [number, -3.5] as const));
  const normalizers = [1, 2, 3].map((energyScale) => ({ references, energyScale, forceScale: 0.5, stressScale: 1 }));
  const options = {
    weights: { energy: 1, forces: 1, stress: 0, atomEnergies: 0 },
    energyReduction: 'total',
    forceReduction: 'structure',
    scales: normalizers,
  } as const;
  const cells = rattledCells(4, 7);
  const batchOf = (heads: readonly number[], labels: (index: number) => boolean = () => true) =>
    collate(
      heads.map((head, index) => {
        const structure = cells[index];
        const { energy, forces } = structure.labels;
        const origin = { path: '', file: '', frame: index + 1 };
        const sample = { structure, origin, subset: { name: '', head }, ...(labels(index) && { energy, forces }) };
        return { sample, graph: buildGraph(structure, config) };
      }),
      normalizers,
    );
  /** The numbers of one head in the last layers: rows of [heads x ...] arrays. */
  const entriesOf = (head: number) =>
    layout.entries
      .filter(({ shape }) => shape[0] === config.heads.length)
      .flatMap(({ offset, size }) =>
        Array.from(
          { length: size / config.heads.length },
          (_, index) => offset + (head * size) / config.heads.length + index,
        ),
      );

  it('predicts each structure with its own head alone', async () => {
    await using step = await createTrainStep(config, options, { threads: 1 });
    const [mixed, all] = [
      await step.evaluate(batchOf([0, 1, 0, 2]), parameters),
      await step.evaluate(batchOf([0, 0, 0, 0]), parameters),
    ];
    expect(mixed.energy[0]).toBe(all.energy[0]);
    expect(mixed.energy[2]).toBe(all.energy[2]);
    expect(mixed.energy[1]).not.toBe(all.energy[1]);
    const changed = parameters.slice();
    for (const index of entriesOf(0)) changed[index] += 1;
    const after = await step.evaluate(batchOf([0, 1, 0, 2]), changed);
    for (const [index, head] of [0, 1, 0, 2].entries()) {
      const own = (result: { forces: Float32Array }) => [...result.forces.subarray(12 * index, 12 * index + 12)];
      if (head === 0) expect(after.energy[index]).not.toBe(mixed.energy[index]);
      else expect([after.energy[index], ...own(after)]).toEqual([mixed.energy[index], ...own(mixed)]);
    }
  });

  it('has gradients of exactly zero for heads of no structure, and for those whose labels are all masked', async () => {
    await using step = await createTrainStep(config, options, { threads: 1 });
    const gradients = new Float32Array(layout.size);
    await step.run(
      batchOf([0, 1, 0, 1], (index) => index !== 1 && index !== 3),
      parameters,
      { gradients },
    );
    const of = (head: number) => entriesOf(head).map((index) => Math.abs(gradients[index]));
    expect(entriesOf(0).length).toBeGreaterThan(4);
    expect(Math.max(...of(0))).toBeGreaterThan(0);
    expect(Math.max(...of(1), ...of(2))).toBe(0);
    const shared = gradients.slice();
    await step.run(
      batchOf([0, 2, 0, 2], (index) => index !== 1 && index !== 3),
      parameters,
      { gradients },
    );
    expect(gradients).toEqual(shared);
  });
});

describe('a joint training', () => {
  it('gives every head its own references and scales', async () => {
    const { data } = await prepare(createJointProject());
    expect(data.heads.map(({ name }) => name)).toEqual(['springs', 'shifted', 'bare']);
    const [springs, shifted, bare] = data.heads.map(({ normalizer }) => normalizer);
    const sum = (references: ReadonlyMap<number, number>) => 3 * (references.get(29) ?? 0) + (references.get(28) ?? 0);
    expect(sum(springs.references)).toBeGreaterThan(-20);
    expect(sum(shifted.references)).toBeLessThan(-4000);
    expect(springs.forceScale).toBeGreaterThan(0);
    expect(shifted.forceScale).toBe(1); // IS2RE has no forces
    expect(bare).toMatchObject({ energyScale: 1, forceScale: 0.1, stressScale: 1 });
    expect(data.subsets.map(({ count }) => count)).toEqual([20, 5, 9]);
  });

  it('lets subsets share a head, whose references are then fitted to both', async () => {
    const project = createJointProject();
    const text = project.text.replace('task: IS2RE', 'task: IS2RE, head: springs').replace('-val.extxyz', '.extxyz');
    await expect(prepare({ ...project, text })).rejects.toThrow(/eV\/atom from the reference fit/); // two zeros of energy
    const { data } = await prepare({ ...project, text }, ['data.maximumResidual=1e4']);
    expect(data.heads.map(({ name }) => name)).toEqual(['springs', 'bare']);
    const noisy = project.text.replace('task: denoise', 'task: denoise, head: springs');
    await expect(prepare({ ...project, text: noisy })).rejects.toThrow(
      /learn different things; give them heads of their own/,
    );
  });

  it('takes n_max (n / n_max)^(1/T) samples of each subset an epoch', async () => {
    const { training, result } = await train(createJointProject());
    expect(training.setup.mixture).toEqual({ counts: [20, 5, 9], temperature: 2 });
    expect(result.progress.structures).toBe(3 * (20 + 10 + 13)); // sqrt(20 x 5) = 10, sqrt(20 x 9) = 13.4
  });

  it('ends with the same bits when it is stopped and resumed', async () => {
    const whole = await train(createJointProject());
    const project = createJointProject();
    await train(project, { stopAt: 11 });
    const resumed = await train(project, { existing: 'resume' });
    expect(resumed.result.progress.step).toBe(whole.result.progress.step);
    expect(resumed.result.parameters).toEqual(whole.result.parameters);
  });

  it('refuses to resume with another temperature or noise', async () => {
    const project = createJointProject();
    await train(project, { stopAt: 2 });
    for (const setting of ['data.temperature=1', 'data.subsets.2.sigma=0.2']) {
      await expect(train(project, { existing: 'resume', overrides: [setting] })).rejects.toThrow(
        /samples have changed/,
      );
    }
  });

  it('draws new noise in every epoch, and always the same for the validation', async () => {
    const { training } = await train(createJointProject(), { stopAt: 1 });
    const { setup } = training;
    const noisy = setup.training.samples.length - 1;
    const positionsAt = (epoch: number) => setup.training.example(noisy, epoch).sample.structure.positions;
    expect(positionsAt(1)).toEqual(positionsAt(1));
    expect(positionsAt(1)).not.toEqual(positionsAt(2));
    const last = setup.validation.samples.length - 1;
    expect(setup.validation.example(last)).toEqual(setup.validation.example(last));
    const { sample } = setup.training.example(noisy, 1);
    const clean = sampleAt(setup.training.samples, noisy).structure.positions;
    for (const [index, x] of clean.entries()) {
      expect(sample.structure.positions[index] + (sample.forces?.[index] ?? Number.NaN)).toBeCloseTo(x, 12);
    }
  });

  it('exports all heads, and each gives the errors of its subset in the validation', async () => {
    const project = createJointProject();
    const { training, data, result } = await train(project);
    const path = join(project.directory, 'model.safetensors');
    const card = { name: 'test', license: 'none', trainingData: [], notes: [] };
    await exportModel(path, { config: training.model, parameters: result.parameters, data, card });
    const model = loadModel(path);
    expect(model.heads.map(({ name, denoising, energiesAlone }) => [name, denoising, energiesAlone])).toEqual([
      ['springs', undefined, undefined],
      ['shifted', undefined, true],
      ['bare', true, undefined],
    ]);
    const { setup } = training;
    const { files, total } = await validate(setup.validation, result.parameters, {
      ...setup.options,
      trainStep: setup.trainStep,
      weights: setup.weights,
      normalizers: setup.normalizers,
      budget: setup.options.batch,
    });
    const errorsOf = (subset: string) => Object.entries(files).find(([name]) => name.startsWith(`${subset}: `))?.[1];
    for (const subset of ['springs', 'shifted']) {
      await using potential = createPotential(model, { head: subset });
      const samples = [...data.validation].filter((sample) => sample.subset?.name === subset);
      let error = 0;
      for (const { structure, energy = Number.NaN } of samples) {
        error +=
          Math.abs((await potential.evaluate(structure)).energy - energy) / structure.numbers.length / samples.length;
      }
      expect(error).toBeCloseTo(errorsOf(subset)?.energy?.mae ?? Number.NaN, 4);
    }
    await using denoiser = createPotential(model, { head: 'bare' });
    let [error, count] = [0, 0];
    for (const [index, { subset }] of [...setup.validation.samples].entries()) {
      if (subset?.name !== 'bare') continue;
      const { sample } = setup.validation.example(index);
      const { forces } = await denoiser.evaluate(sample.structure);
      for (const [component, step] of (sample.forces ?? []).entries()) {
        error += Math.abs(forces[component] - step);
        count++;
      }
    }
    expect(error / count).toBeCloseTo(errorsOf('bare')?.noise?.mae ?? Number.NaN, 5);
    expect(errorsOf('bare')?.forces).toBeUndefined();
    expect(total.noise?.count).toBe(count);
  });
});

describe('the limits of a subset', () => {
  it('leave out frames that are too large or of other elements, and count them', async () => {
    const { directory, text } = createJointProject();
    const { data } = await prepare({
      directory,
      text: text.replace('sigma: 0.1', 'maximumAtoms: 4, elements: [Cu, Ni]'),
    });
    expect(data.files.find(({ name }) => name.startsWith('bare'))?.unused).toBe(0);
    const pair = createStructure({ symbols: ['Cu', 'Cu'], positions: [0, 0, 0, 2.5, 0, 0] });
    writeCells(directory, 'bare.extxyz', [...rattledCells(3, 4), pair, pair]);
    const copper = text.replace('sigma: 0.1', 'elements: [Cu]').replace(', validation: [bare.extxyz]', '');
    const summary = (await prepare({ directory, text: copper })).data.files.find(({ name }) => name.startsWith('bare'));
    expect(summary).toMatchObject({ frames: 5, unused: 3 });
    writeCells(directory, 'bare.extxyz', rattledCells(3, 4));
    const none = text.replace('sigma: 0.1', 'elements: [Cu]');
    await expect(prepare({ directory, text: none })).rejects.toThrow(/no training frame of bare is left/);
    const smaller = text.replace('sigma: 0.1', 'maximumAtoms: 3');
    await expect(prepare({ directory, text: smaller })).rejects.toThrow(/no training frame of bare is left/);
  });

  it('set a share apart for validation, the same frames whatever their order', async () => {
    const { directory, text } = createJointProject(', validationShare: 0.3');
    const bareOf = async (cells: ReturnType<typeof rattledCells>) => {
      writeCells(directory, 'bare.extxyz', cells);
      const { data } = await prepare({ directory, text: text.replace(', validation: [bare.extxyz]', '') });
      const own = (list: typeof data.training) =>
        [...list].filter(({ subset }) => subset?.name === 'bare').map(({ structure }) => structure.positions[0]);
      return { training: own(data.training), validation: own(data.validation) };
    };
    const cells = rattledCells(60, 9);
    const { training, validation } = await bareOf(cells);
    expect(training.length + validation.length).toBe(60);
    expect(validation.length).toBe(18);
    const reversed = await bareOf(cells.toReversed());
    expect(reversed.validation.toSorted()).toEqual(validation.toSorted());
  });
});

it('keeps the only frame with an element for the training, whatever share is set apart', async () => {
  const { directory, text } = createJointProject(', validationShare: 0.5');
  const silver = createStructure({ symbols: ['Ag', 'Cu'], positions: [0, 0, 0, 2.5, 0, 0] });
  for (let shift = 0; shift < 6; shift++) {
    const positions = silver.positions.map((x) => x + shift);
    writeCells(directory, 'bare.extxyz', [...rattledCells(9, 4), { ...silver, positions }]);
    const { data } = await prepare({ directory, text: text.replace(', validation: [bare.extxyz]', '') });
    expect(data.elements).toContain(47);
  }
});

describe('the configuration of subsets', () => {
  const messageOf = (edit: (text: string) => string) => {
    try {
      parsePretrainConfig(edit(createJointProject().text), { file: 'joint.yaml' });
    } catch (error) {
      return String(error);
    }
    return 'no error';
  };

  it.each<[why: string, edit: (text: string) => string, message: RegExp]>([
    [
      'an unknown key',
      (text) => text.replace('sigma', 'sigmas'),
      /joint\.yaml:8: unknown key "sigmas" in data\.subsets\.2; did you mean "sigma"\?/,
    ],
    [
      'an unknown key of a file',
      (text) => text.replace('[bare.extxyz]', '[{ file: a, nam: b }]'),
      /did you mean "name"\?/,
    ],
    [
      'train beside subsets',
      (text) => text.replace('temperature', 'train: [a.xyz]\n  temperature'),
      /expected either train or subsets/,
    ],
    [
      'keys beside subsets',
      (text) => text.replace('temperature', 'energyKey: e\n  temperature'),
      /belong into each subset/,
    ],
    [
      'two subsets of one name',
      (text) => text.replace('name: bare', 'name: springs'),
      /a different name for each subset/,
    ],
    ['an unknown task', (text) => text.replace('denoise', 'S2F'), /joint\.yaml:8: data\.subsets\.2\.task/],
    ['an unknown element', (text) => text.replace('sigma: 0.1', 'elements: [Cx]'), /Cx/],
  ])('refuses %s', (_, edit, message) => {
    expect(messageOf(edit)).toMatch(message);
  });
});
