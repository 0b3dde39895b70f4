import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { validate } from '../../pretrain/assess/validate.js';
import { exportModel } from '../../pretrain/checkpoint/export-model.js';
import { parsePretrainConfig } from '../../pretrain/config/pretrain-config.js';
import { prepareData } from '../../pretrain/dataset/prepare-data.js';
import { type PretrainResult, pretrain } from '../../pretrain/pretrain.js';
import { type PreparedTraining, prepareTraining, type SetupOptions } from '../../pretrain/setup.js';
import { loadModel } from '../../src/models/load-model.js';
import { createPotential } from '../../src/models/potential.js';
import { createStructure } from '../../src/structure/structure.js';
import { createProject, rattledCells, writeCells } from '../helpers/spring-project.js';

/** The training before it, which gives its folder back when the next one begins. */
let last: PreparedTraining | undefined;

async function train(
  project: { directory: string; text: string },
  options: Partial<SetupOptions> & { stopAt?: number } = {},
) {
  const { directory, text } = project;
  const { stopAt = Number.POSITIVE_INFINITY, ...rest } = options;
  const config = parsePretrainConfig(text, { file: 'config.yaml' });
  const data = await prepareData(config.data, { directory, energyReduction: config.training.energyReduction });
  await last?.[Symbol.asyncDispose]();
  const training = await prepareTraining(config, data, { out: join(directory, 'run'), existing: 'refuse', ...rest });
  last = training;
  const { state } = training.setup;
  const run = pretrain({ ...training.setup, shouldStop: async () => state.progress.step >= stopAt });
  let turn = await run.next();
  while (!turn.done) turn = await run.next();
  const result: PretrainResult = turn.value;
  return { config, data, training, result };
}

describe('a training of PaiNN', () => {
  it('ends with the same parameters when it is stopped and resumed', async () => {
    const whole = await train(createProject());
    const project = createProject();
    await train(project, { stopAt: 5 });
    const resumed = await train(project, { existing: 'resume' });
    expect(resumed.result.completed).toBe(true);
    expect(resumed.result.progress.step).toBe(whole.result.progress.step);
    expect(resumed.result.parameters).toEqual(whole.result.parameters);
    expect(resumed.training.setup.state.optimizer).toEqual(whole.training.setup.state.optimizer);
  });

  it('learns: the loss falls', async () => {
    const project = createProject();
    await train({ ...project, text: project.text.replace('length: 4 epochs', 'length: 60 epochs, logEvery: 12') });
    const lines = readFileSync(join(project.directory, 'run/metrics.jsonl'), 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    const losses = lines.filter(({ kind }) => kind === 'training').map(({ loss }) => loss);
    expect(losses.at(-1)).toBeLessThan(0.7 * losses[0]);
  });

  it('exports a model that gives, structure by structure, the errors of the validation', async () => {
    const project = createProject();
    const { training, data, result } = await train(project);
    const path = join(project.directory, 'model.safetensors');
    const card = { name: 'test', license: 'none', trainingData: [], notes: [] };
    await exportModel(path, { config: training.model, parameters: result.parameters, data, card });
    await using potential = createPotential(loadModel(path));
    const { setup } = training;
    const { total } = await validate(setup.validation, result.parameters, {
      ...setup.options,
      trainStep: setup.trainStep,
      weights: setup.weights,
      normalizers: setup.normalizers,
      budget: setup.options.batch,
    });
    let [energyError, forceError, components] = [0, 0, 0];
    for (const { structure, energy = Number.NaN, forces = [] } of data.validation) {
      const prediction = await potential.evaluate(structure);
      energyError += Math.abs(prediction.energy - energy) / structure.numbers.length / data.validation.length;
      for (const [component, force] of forces.entries()) forceError += Math.abs(prediction.forces[component] - force);
      components += forces.length;
    }
    expect(energyError).toBeCloseTo(total.energy?.mae ?? Number.NaN, 5);
    expect(forceError / components).toBeCloseTo(total.forces?.mae ?? Number.NaN, 5);
    expect([...potential.elements].sort()).toEqual([28, 29]);
  });

  it('refuses to begin where another training is, unless told to resume or to replace it', async () => {
    const project = createProject();
    await train(project, { stopAt: 3 });
    await expect(train(project)).rejects.toThrow(/a training was begun in this folder; carry on with `resume`/);
    const replaced = await train(project, { existing: 'replace', stopAt: 1 });
    expect(replaced.result.progress.step).toBe(1);
  });

  it('refuses to resume with another model, and says what changed', async () => {
    const project = createProject();
    await train(project, { stopAt: 3 });
    const other = { ...project, text: project.text.replace('channels: 8', 'channels: 16') };
    await expect(train(other, { existing: 'resume' })).rejects.toThrow(
      /checkpoint-00000003\.safetensors: .* model\.channels was 8 and is now 16/,
    );
    const slower = { ...project, text: project.text.replace('learningRate: 1.e-3', 'learningRate: 1.e-4') };
    const { training } = await train(slower, { existing: 'resume', stopAt: 4 });
    expect(training.notices).toContain('changed since the checkpoint: training.learningRate: 0.001 -> 0.0001');
  });

  it('refuses a model without room for an element', async () => {
    const project = createProject();
    const small = { ...project, text: project.text.replace('elementCount: 40', 'elementCount: 28') };
    await expect(train(small)).rejects.toThrow(
      /the data hold atomic number 29, but model\.elementCount is 28; raise it to 29/,
    );
  });
});

describe('prepareData', () => {
  it('refuses an energy that lies absurdly far from the fit, naming file and frame, unless the limit is raised', async () => {
    const project = createProject();
    const cells = rattledCells(12, 1);
    const { positions, numbers, cell } = cells[7];
    cells[7] = createStructure({ positions, numbers, cell, labels: { energy: -900 } });
    writeCells(project.directory, 'train.extxyz', cells);
    await expect(train(project)).rejects.toThrow(
      /train\.extxyz, frame 8 lies -\d+\.\d+ eV\/atom from the reference fit/,
    );
    const allowed = { ...project, text: project.text.replace('val.extxyz]', 'val.extxyz], maximumResidual: 500') };
    await expect(train(allowed, { stopAt: 1 })).resolves.toBeDefined();
  });

  it('refuses a validation frame with an element that was never trained on', async () => {
    const project = createProject();
    const { positions, cell, labels } = rattledCells(1, 3)[0];
    writeCells(project.directory, 'val.extxyz', [
      createStructure({ symbols: ['Cu', 'Cu', 'Ag', 'Ni'], positions, cell, labels }),
    ]);
    await expect(train(project)).rejects.toThrow(
      /val\.extxyz, frame 1 holds Ag, an element that no training frame with an energy holds \(known: Ni Cu\)/,
    );
  });

  it('takes reference energies that are given', async () => {
    const { directory, text } = createProject(', referenceEnergies: { Cu: -3, Ni: -5 }');
    const config = parsePretrainConfig(text);
    const { heads } = await prepareData(config.data, { directory, energyReduction: 'total' });
    const [{ normalizer, fit }] = heads;
    expect([...normalizer.references]).toEqual([
      [29, -3],
      [28, -5],
    ]);
    expect(fit?.fittedCount).toBe(0);
  });
});
