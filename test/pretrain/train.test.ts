import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { errorRecord } from '../../pretrain/assess/error-sums.js';
import { parseMetrics } from '../../pretrain/assess/metrics-file.js';
import { lockRunFolder } from '../../pretrain/checkpoint/checkpoint-files.js';
import { parsePretrainConfig } from '../../pretrain/config/pretrain-config.js';
import { saveModel, type TrainEvent, type TrainedModel, type TrainOptions, train } from '../../pretrain/train.js';
import { createCalculator, loadModel } from '../../src/index.js';
import { createProject, rattledCells, writeCells } from '../helpers/spring-project.js';

async function trainAll(text: string, options: TrainOptions): Promise<{ events: TrainEvent[]; trained: TrainedModel }> {
  const run = train(parsePretrainConfig(text), options);
  const events: TrainEvent[] = [];
  let turn = await run.next();
  for (; !turn.done; turn = await run.next()) events.push(turn.value);
  return { events, trained: turn.value };
}

it('a program trains a model from files, measures it, saves it and calculates with it', async () => {
  const { directory, text } = createProject(', test: [val.extxyz]');
  const { events, trained } = await trainAll(text, { directory, out: join(directory, 'run') });
  expect([...new Set(events.map(({ kind }) => kind))]).toEqual(['data', 'start', 'step', 'checkpoint', 'validation']);
  expect(trained).toMatchObject({ completed: true, isUrgent: false, validationCount: 4 });
  const [known, validation, test] = trained.tested;
  expect([known, validation, test].map(({ name }) => name)).toEqual(['train', 'validation', 'test']);
  expect(test.total).toEqual(validation.total); // the same file
  const path = join(directory, 'springs.safetensors');
  await saveModel(path, trained, { name: 'springs', license: 'MIT', notes: ['of a test'] });
  const { card } = loadModel(path);
  expect(card).toMatchObject({ name: 'springs', trainingData: [expect.stringMatching(/train\.extxyz$/)] });
  expect(card.notes).toEqual([
    expect.stringMatching(/^parameters of step \d+ of 12, .* on the 4 structures/),
    'of a test',
  ]);
  await using calculator = createCalculator('lamm-s', { model: path, threads: 1 });
  const cells = rattledCells(4, 2);
  let off = 0;
  for (const cell of cells) {
    const { energy } = await calculator.calculate(cell);
    off += Math.abs(energy - (cell.labels.energy ?? Number.NaN)) / cell.numbers.length / cells.length;
  }
  expect(off).toBeCloseTo(validation.total.energy?.mae ?? Number.NaN, 5);
});

it('begins with the mean of several stages, and measures it where its length is nothing', async () => {
  const { directory, text } = createProject(', test: [val.extxyz]');
  const stages = [1, 2].map((seed) => join(directory, `stage-${seed}.safetensors`));
  for (const [index, path] of stages.entries()) {
    const begin = index === 0 ? '' : `from: { model: ${stages[0]}, heads: keep }\n`;
    const { trained } = await trainAll(`${text}\n${begin}`, { directory, out: join(directory, `run-${index}`) });
    await saveModel(path, trained, { name: `stage ${index}`, license: 'MIT', notes: [] });
  }
  const mean = `${text.replace(/length: \d+ \w+/, 'length: 0 steps')}\nfrom: { model: [${stages}], heads: keep }\n`;
  const { events, trained } = await trainAll(mean, { directory, out: join(directory, 'mean') });
  expect(events.map(({ kind }) => kind)).toEqual(['data', 'notice', 'start', 'validation']); // its head is kept
  const [first, second] = stages.map((path) => loadModel(path).parameters);
  expect(second).not.toEqual(first);
  expect(trained.parameters).toEqual(first.map((value, index) => (value + second[index]) / 2));
  expect(trained.tested.map(({ name }) => name)).toEqual(['train', 'validation', 'test']);
  expect(trained.uncertainties).toBeDefined(); // calibrated, as far as 4 structures go
  const path = join(directory, 'mean.safetensors');
  await saveModel(path, trained, { name: 'mean', license: 'MIT', notes: [] });
  expect(loadModel(path).card.notes).toEqual([
    'started from the mean of stage 0, stage 1',
    'parameters as they were at the beginning',
  ]);
});

it('a training of no length needs a model to measure', () => {
  const { text } = createProject();
  expect(() => parsePretrainConfig(text.replace(/length: \d+ \w+/, 'length: 0 steps'), { file: 'p.yaml' })).toThrow(
    /p\.yaml:\d+: .*length.*expected more than nothing, unless `from` names a model/,
  );
});

it('a training that is stopped in a hurry is measured, and goes on to the bits of one that was not', async () => {
  const { directory, text } = createProject();
  const whole = await trainAll(text, { directory, out: join(directory, 'whole') });
  const out = join(directory, 'parts');
  let polls = 0;
  const shouldStop = async () => ++polls > 5;
  const part = await trainAll(text, { directory, out, shouldStop, isUrgent: () => true });
  expect(part.trained).toMatchObject({ completed: false, isUrgent: true });
  expect(part.trained.tested.map(({ name, measured }) => [name, measured])).toEqual([
    ['train', whole.trained.tested[0].measured],
    ['validation', 4],
  ]);
  const { trained } = await trainAll(text, { directory, out, existing: 'resume' });
  expect(trained.parameters).toEqual(whole.trained.parameters);
});

it('a training that is stopped between validations is validated there, and goes on to the bits of one that was not', async () => {
  const { directory, text } = createProject();
  const whole = await trainAll(text, { directory, out: join(directory, 'whole') });
  const out = join(directory, 'parts');
  let polls = 0;
  const { events, trained } = await trainAll(text, { directory, out, shouldStop: async () => ++polls > 2 });
  const steps = events.flatMap((event) => (event.kind === 'validation' ? [event.progress.step] : []));
  expect(steps).toEqual([2]); // of three in an epoch
  expect(trained.progress.best?.step).toBe(2);
  expect(trained.completed).toBe(false);
  const resumed = await trainAll(text, { directory, out, existing: 'resume' });
  expect(resumed.trained.parameters).toEqual(whole.trained.parameters);
  const metrics = (name: string) => parseMetrics(readFileSync(join(directory, name, 'metrics.jsonl'), 'utf8'));
  const [a, b] = [metrics('parts'), metrics('whole')];
  expect(a.validation).toEqual(b.validation);
  expect(a.results).toEqual(b.results);
});

it('the metrics of a training end with the errors of its model', async () => {
  const { directory, text } = createProject(', test: [val.extxyz]');
  const out = join(directory, 'run');
  const { trained } = await trainAll(text, { directory, out });
  const { results } = parseMetrics(readFileSync(join(out, 'metrics.jsonl'), 'utf8'));
  expect(results.map(({ set, measured, count }) => [set, measured, count])).toEqual(
    trained.tested.map(({ name, measured, count }) => [name, measured, count]),
  );
  expect(results.map(({ total }) => total)).toEqual(trained.tested.map(({ total }) => errorRecord(total)));
  expect(results[2]).toMatchObject({ step: 12, parametersOfStep: trained.progress.best?.step, loss: results[1].loss });
});

it('a folder that another process trains in is refused before the data are read, and stays as it is', async () => {
  const { directory, text } = createProject();
  const out = join(directory, 'runs/new');
  const unreadable = text.replace('train.extxyz', 'nowhere.extxyz');
  {
    await using _lock = await lockRunFolder(out, () => undefined);
    await expect(trainAll(unreadable, { directory, out })).rejects.toMatchObject({ code: 'locked' });
  }
  await expect(trainAll(unreadable, { directory, out })).rejects.toThrow(/nowhere\.extxyz/);
  expect(existsSync(join(directory, 'runs'))).toBe(false);
});

it('data that make no sense are refused before anything is trained', async () => {
  const { directory, text } = createProject();
  const wrong = rattledCells(30, 1).map((cell) => ({
    ...cell,
    labels: { ...cell.labels, forces: cell.labels.forces?.map((force) => -force) },
  }));
  writeCells(directory, 'train.extxyz', wrong);
  await expect(trainAll(text, { directory, out: join(directory, 'run') })).rejects.toThrow(
    /nothing is trained on these data: the forces have the wrong sign/,
  );
});

it('a folder that holds a training is refused before the data are read', async () => {
  const { directory, text } = createProject();
  const out = join(directory, 'run');
  await trainAll(text, { directory, out });
  const gone = text.replace('train.extxyz', 'gone.extxyz');
  await expect(trainAll(gone, { directory, out })).rejects.toMatchObject({ code: 'file-exists' });
  await expect(trainAll(gone, { directory, out, existing: 'replace' })).rejects.toMatchObject({
    code: 'file-not-found',
  });
});
