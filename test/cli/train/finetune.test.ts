import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createCalculator } from '../../../calculators/create-calculator.js';
import { registerFinetune } from '../../../src/cli/train/command-finetune.js';
import { registerPretrain } from '../../../src/cli/train/command-pretrain.js';
import { loadModel } from '../../../src/models/load-model.js';
import { runCommand } from '../../helpers/run-command.js';
import { createProject, rattledCells, writeCells } from '../../helpers/spring-project.js';

/** A model trained on springs, and the arguments that adapt it to other cells of them. */
async function trainFirst(forces: 'direct' | 'conservative') {
  const { directory, text } = createProject();
  writeFileSync(
    join(directory, 'config.yaml'),
    text.replace('elementCount: 40', `elementCount: 40, forces: ${forces}`),
  );
  const args = ['pretrain', '--config', join(directory, 'config.yaml')];
  await runCommand(registerPretrain, [...args, '--set', 'training.length=20epochs']);
  writeCells(directory, 'more.extxyz', rattledCells(30, 7));
  const model = join(directory, 'run/model.safetensors');
  const [data, out] = [join(directory, 'more.extxyz'), join(directory, 'tuned')];
  return { model, out, args: ['finetune', '--model', model, '--data', data, '--out', out] };
}

/** Energies of a cell with each of the models. */
async function energiesOf(models: readonly string[]): Promise<number[]> {
  const [cell] = rattledCells(1, 9);
  return Promise.all(
    models.map(async (model) => {
      await using calculator = createCalculator('lamm-s', { model, threads: 1 });
      return (await calculator.calculate(cell)).energy;
    }),
  );
}

/** Settings with which a few steps are enough to be better than the beginning. */
const eager = ['learningRate=0.003', 'warmup=1step', 'emaDecay=0.5'].flatMap((each) => ['--set', `training.${each}`]);

const quick = ['--set', 'training.length=3epochs', '--set', 'training.threads=1'];

describe('lamm finetune', () => {
  it.each([
    [[], /heads copied: default; heads that begin anew: none/, 'started from unnamed, its head default from default'],
    [['--recipe', 'jmp'], /heads kept: none; heads that begin anew: default/, 'started from unnamed'],
  ])(
    'adapts a model with a new head, a tenth of the data apart, and carries on (%j)',
    async (recipe, start, origin) => {
      const { args: first, out, model } = await trainFirst('direct');
      const args = [...first, ...recipe, ...eager];
      const { stdout, stderr, exitCode } = await runCommand(registerFinetune, [...args, ...quick, '--json']);
      expect(exitCode).toBe(0);
      expect(stderr).toMatch(start);
      const [, training, validation] = /(\d+) structures to train on .* (\d+) to validate/.exec(stderr) ?? [];
      expect(Number(training) + Number(validation)).toBe(30);
      expect(Number(validation)).toBeGreaterThan(0);
      expect(JSON.parse(stdout)).toMatchObject({ completed: true, epochs: 3 });
      const [before, after] = [loadModel(model), loadModel(join(out, 'model.safetensors'))];
      expect(after.config).toEqual(before.config);
      expect(after.parameters).not.toEqual(before.parameters);
      expect(after.card.name).toBe('tuned');
      expect(after.card.notes.slice(0, 2)).toEqual([
        origin,
        expect.stringMatching(
          new RegExp(
            `^parameters (of step \\d+ of \\d+|as they were at the beginning).* loss on the ${validation} structures of the validation$`,
          ),
        ),
      ]);
      const resumed = await runCommand(registerFinetune, [
        ...args,
        ...quick,
        '--resume',
        '--set',
        'training.length=4epochs',
      ]);
      expect(resumed.stderr).toMatch(/carrying on after step \d+, epoch 4/);
    },
  );

  it('goes on with a head, by derivatives of its energy if asked', async () => {
    const { args, out } = await trainFirst('direct');
    const options = ['--keep-head', 'default', '--forces', 'conservative', ...quick];
    const { stderr, exitCode } = await runCommand(registerFinetune, [...args, ...options]);
    expect(exitCode).toBe(0);
    expect(stderr).toMatch(/heads kept: default; heads that begin anew: none/);
    expect(stderr).toMatch(/direct forces of the model are left behind/);
    expect(loadModel(join(out, 'model.safetensors')).config.forces).toBe('conservative');
  });

  it('keeps the model that it began with where no step is better', async () => {
    const { args, out, model } = await trainFirst('conservative');
    const wild = ['length=2epochs', 'learningRate=0.3', 'warmup=1step', 'clipNorm=1000', 'threads=1'].flatMap(
      (setting) => ['--set', `training.${setting}`],
    );
    const { stderr, stdout } = await runCommand(registerFinetune, [
      ...args,
      ...wild,
      '--keep-head',
      'default',
      '--json',
    ]);
    expect(JSON.parse(stdout)).toMatchObject({ completed: true });
    expect(stderr).toMatch(/step 0, validation: .* the best so far/);
    const after = loadModel(join(out, 'model.safetensors'));
    expect(after.card.notes.join('\n')).toMatch(/parameters as they were at the beginning/);
    const [energy, unchanged] = await energiesOf([model, join(out, 'model.safetensors')]);
    expect(unchanged).toBeCloseTo(energy, 4); // single precision
  });

  it('starts from the energies of a head that it goes on with, whatever the mean energy of the new data', async () => {
    const { args, out, model } = await trainFirst('conservative');
    const still = ['length=1epoch', 'learningRate=1e-12', 'threads=1'].flatMap((setting) => [
      '--set',
      `training.${setting}`,
    ]);
    const { stdout } = await runCommand(registerFinetune, [...args, ...still, '--keep-head', 'default', '--json']);
    expect(JSON.parse(stdout)).toMatchObject({ completed: true });
    const [before, after] = await energiesOf([model, join(out, 'model.safetensors')]);
    expect(after).toBeCloseTo(before, 4); // single precision
  });

  it('begins with what the model knows of the data, and goes on to the same bits after a stop', async () => {
    const { args, out } = await trainFirst('conservative');
    const validations = () =>
      readFileSync(join(out, 'metrics.jsonl'), 'utf8')
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line))
        .filter(({ kind }) => kind === 'validation');
    const run = (epochs: number, ...options: string[]) => {
      const settings = [`length=${epochs}epochs`, 'schedule=constant', 'threads=1'].flatMap((each) => [
        '--set',
        `training.${each}`,
      ]);
      return runCommand(registerFinetune, [...args, ...settings, ...options]);
    };
    const { stderr } = await run(6);
    const [, before] = /begins as a copy of default times .* and (\d+) meV\/A/.exec(stderr) ?? [];
    const [begin, ...errors] = validations().map(({ forceMaeMeVPerA }) => forceMaeMeVPerA);
    expect(errors).toHaveLength(6);
    expect(begin).toBeLessThan(1.2 * Number(before));
    const whole = readFileSync(join(out, 'model.safetensors'));
    await run(3, '--force');
    expect(readFileSync(join(out, 'model.safetensors'))).not.toEqual(whole);
    await run(6, '--resume');
    expect(readFileSync(join(out, 'model.safetensors'))).toEqual(whole);
  });

  it('takes its settings from a file, too', async () => {
    const { args, out } = await trainFirst('conservative');
    const config = join(out, '../finetune.yaml');
    const settings = { set: ['training.length=1epoch', 'training.threads=1'], recipe: 'short' };
    writeFileSync(config, JSON.stringify(settings));
    const { stdout, exitCode } = await runCommand(registerFinetune, [...args, '--config', config, '--json']);
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ completed: true, epochs: 1 });
  });

  it('counts in steps instead of epochs where it is told to', async () => {
    const { args, out } = await trainFirst('conservative');
    const steps = ['length=30steps', 'warmup=4steps', 'cosine=20steps', 'logEvery=1', 'threads=1'];
    const settings = steps.flatMap((setting) => ['--set', `training.${setting}`]);
    const { stdout } = await runCommand(registerFinetune, [...args, '--recipe', 'jmp', ...settings, '--json']);
    expect(JSON.parse(stdout)).toMatchObject({ completed: true, steps: 30 });
    const lines = readFileSync(join(out, 'metrics.jsonl'), 'utf8').trimEnd().split('\n');
    const rates = lines.flatMap((line) => JSON.parse(line).learningRate ?? []);
    expect([rates[0], rates[4], rates[20]]).toEqual([1e-5, 1e-4, 1e-5].map((rate) => expect.closeTo(rate, 12)));
  });

  it('names a head that the model does not have', async () => {
    const { args } = await trainFirst('conservative');
    const { stderr, exitCode } = await runCommand(registerFinetune, [...args, ...quick, '--keep-head', 'copper']);
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/expected a head to keep, found default in the model and copper in the data/);
  });
});
