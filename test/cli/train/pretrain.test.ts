import { spawn } from 'node:child_process';
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { describe, expect, it, vi } from 'vitest';
import { listCheckpoints } from '../../../pretrain/checkpoint/checkpoint-files.js';
import { registerDataCheck } from '../../../src/cli/data/command-data-check.js';
import { registerEvaluate } from '../../../src/cli/model/command-evaluate.js';
import { registerPretrain } from '../../../src/cli/train/command-pretrain.js';
import { loadModel } from '../../../src/models/load-model.js';
import { bundleForNode } from '../../helpers/bundle.js';
import { runCommand } from '../../helpers/run-command.js';
import { createProject, rattledCells, writeCells } from '../../helpers/spring-project.js';

vi.setConfig({ testTimeout: 600_000, hookTimeout: 600_000 }); // trainings on a busy machine

/** Writes the configuration of a small training and returns its folder and the arguments that run it. */
function writeProject(edit: (text: string) => string = (text) => text) {
  const { directory, text } = createProject();
  const config = join(directory, 'config.yaml');
  writeFileSync(config, edit(text));
  return { directory, args: ['pretrain', '--config', config] };
}

describe('lamm pretrain', () => {
  it('trains, and its model has in `lamm evaluate` the errors that it reported', async () => {
    const { directory, args } = writeProject();
    const { stdout, stderr, exitCode } = await runCommand(registerPretrain, [...args, '--json']);
    expect(exitCode).toBe(0);
    expect(stderr).toMatch(/reference fit: rank 1 of 2 \(some elements always occur in one ratio/);
    expect(stderr).toMatch(/12 structures to train on \(48 atoms/);
    const { completed, steps, errors, model } = JSON.parse(stdout);
    expect({ completed, steps, model }).toEqual({
      completed: true,
      steps: 12,
      model: join(directory, 'run/model.safetensors'),
    });

    const files = [join(directory, 'val.extxyz'), '--model', model, '--json'];
    const evaluation = JSON.parse((await runCommand(registerEvaluate, ['evaluate', ...files])).stdout);
    expect(evaluation.total.frames).toBe(4);
    expect(evaluation.total.energyMaeMeVPerAtom).toBeCloseTo(errors.validation.energyMaeMeVPerAtom, 2);
    expect(evaluation.total.forceMaeMeVPerA).toBeCloseTo(errors.validation.forceMaeMeVPerA, 2);
  });

  it('ends with a table, the speed and the place of the files', async () => {
    const { stdout, stderr } = await runCommand(registerPretrain, writeProject().args);
    expect(stdout).toMatch(
      /E MAE meV\/atom +E RMSE +F MAE meV\/A +F RMSE\ntrain(?: +[\d.]+){4}\nvalidation(?: +[\d.]+){4}\n/,
    );
    expect(stderr).toMatch(/done: 12 steps, 4 epochs in \d+ s \(\d+ structures\/s, \d+ atoms\/s\)/);
    expect(stderr).toMatch(/model: .*run\/model\.safetensors; learning curves: .*run\/report\.html;/);
  });

  it('stops when the time is up and carries on with --resume', async () => {
    const { args } = writeProject();
    const first = await runCommand(registerPretrain, [...args, '--time-limit', '2 ms']);
    expect(first.exitCode).toBe(0);
    expect(first.stderr).toContain('stopped before the first step: there is nothing to save');
    const second = await runCommand(registerPretrain, [
      ...args,
      '--resume',
      '--set',
      'training.length=2epochs',
      '--json',
    ]);
    expect(JSON.parse(second.stdout)).toMatchObject({ completed: true, epochs: 2 });
  });

  it('says that nothing is left to train where the length is that of the checkpoint, or less', async () => {
    const { args } = writeProject();
    await runCommand(registerPretrain, args);
    const again = await runCommand(registerPretrain, [...args, '--resume']);
    expect(again).toMatchObject({
      exitCode: 0,
      stderr: expect.stringMatching(/^all 12 steps were done before: nothing is left to train; a greater length/m),
    });
    const shorter = await runCommand(registerPretrain, [...args, '--resume', '--set', 'training.length=5 steps']);
    expect(shorter.exitCode).toBe(0);
    const told =
      /^the checkpoint is of step 12, beyond the length of 5 steps: nothing is left to train, and the model is/m;
    expect(shorter.stderr).toMatch(told);
    expect(shorter.stderr).toMatch(/^done, beyond the 5 steps of its length: 12 steps, 4 epochs/m);
    for (const { stderr } of [again, shorter]) expect(stderr).not.toContain('carrying on');
  });

  it('saves on Ctrl-C, ends with exit code 130, and carries on to the same model as without', async () => {
    const long = (text: string) => text.replace('length: 4 epochs', 'length: 100 epochs');
    const interrupted = writeProject(long);
    const program = await bundleForNode('helpers/pretrain-command-process.ts');
    const child = spawn(process.execPath, [program, ...interrupted.args], { stdio: 'ignore' });
    const ended = new Promise<number | null>((resolve) => child.on('exit', resolve));
    while (listCheckpoints(join(interrupted.directory, 'run')).length === 0) await setTimeout(10);
    child.kill('SIGINT');
    expect(await ended).toBe(130);
    rmSync(dirname(program), { recursive: true });

    expect(existsSync(join(interrupted.directory, 'run/model.safetensors'))).toBe(true);
    const resumed = await runCommand(registerPretrain, [...interrupted.args, '--resume']);
    expect(resumed.stderr).toMatch(/carrying on after step \d+/);
    const whole = writeProject(long);
    await runCommand(registerPretrain, whole.args);
    const parametersOf = ({ directory }: { directory: string }) =>
      loadModel(join(directory, 'run/model.safetensors')).parameters;
    expect(parametersOf(interrupted)).toEqual(parametersOf(whole));
  });

  it('starts from a model, whose head it keeps, and is as good as it was from the first step on', async () => {
    const first = writeProject((text) => text.replace('length: 4 epochs', 'length: 60 epochs'));
    const trained = JSON.parse((await runCommand(registerPretrain, [...first.args, '--json'])).stdout);
    const model = join(first.directory, 'run/model.safetensors');
    const more = (from: string) =>
      writeProject(
        (text) => `${text.replace('1.e-3', '1.e-9').replace('length: 4 epochs', 'length: 1 epoch')}from: ${from}\n`,
      );
    const kept = more(`{ model: ${model}, heads: keep }`);
    const { stdout, stderr } = await runCommand(registerPretrain, [...kept.args, '--json']);
    expect(stderr).toMatch(/starting from .*model\.safetensors: heads kept: default; heads that begin anew: none/);
    const { forceMaeMeVPerA } = trained.errors.validation;
    expect(JSON.parse(stdout).errors.validation.forceMaeMeVPerA).toBeCloseTo(forceMaeMeVPerA, 2);
    const few = more(`{ model: ${model}, heads: keep }`);
    writeCells(few.directory, 'train.extxyz', rattledCells(3, 7)); // to which other references would be fitted
    const onFew = JSON.parse((await runCommand(registerPretrain, [...few.args, '--json'])).stdout);
    const { energyMaeMeVPerAtom } = trained.errors.validation;
    expect(onFew.errors.validation.energyMaeMeVPerAtom).toBeCloseTo(energyMaeMeVPerAtom, 2);
    const reset = await runCommand(registerPretrain, [...more(`{ model: ${model} }`).args, '--json']);
    expect(JSON.parse(reset.stdout).errors.validation.forceMaeMeVPerA).toBeGreaterThan(1.2 * forceMaeMeVPerA);
    const resumed = await runCommand(registerPretrain, [...kept.args, '--resume', '--set', 'training.length=2epochs']);
    expect(resumed.stderr).toMatch(/carrying on after step 3/);
    expect(resumed.stderr).not.toMatch(/starting from/);
  });

  it('names a model to start from that is not there', async () => {
    const { args } = writeProject((text) => `${text}from: { model: nowhere.safetensors }\n`);
    const { exitCode, stderr } = await runCommand(registerPretrain, args);
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/nowhere\.safetensors/);
  });

  it('says beforehand how many atoms there are at most at once, and at the end that its patience was at an end', async () => {
    const { args } = writeProject((text) =>
      text.replace('length: 4 epochs', 'length: 90 epochs, patience: 1, validateEvery: 1'),
    );
    const { stderr } = await runCommand(registerPretrain, [...args, '--set', 'training.learningRate=1']);
    expect(stderr).toMatch(/at most 16 atoms at once\n/);
    expect(stderr).toMatch(/done, as 1 validations were not better than the best: \d+ steps/);
  });

  it('names file, line and remedy of a mistake in the configuration and leaves nothing behind', async () => {
    const { directory, args } = writeProject((text) => text.replace('warmup', 'warmUp'));
    const { exitCode, stderr } = await runCommand(registerPretrain, args);
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/config\.yaml:4: unknown key "warmUp" in training; did you mean "warmup"\?/);
    expect(existsSync(join(directory, 'run'))).toBe(false);
  });

  it('refuses, before it writes anything, data that `lamm data check` refuses', async () => {
    const { directory, args } = writeProject();
    const gradients = rattledCells(30, 1).map(({ labels: { forces, ...labels }, ...cell }) => ({
      ...cell,
      labels: { ...labels, forces: forces?.map((value) => -value) },
    }));
    writeCells(directory, 'train.extxyz', gradients);
    const { exitCode, stderr } = await runCommand(registerPretrain, args);
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/nothing is trained on these data: the forces have the wrong sign/);
    expect(existsSync(join(directory, 'run'))).toBe(false);
    const check = await runCommand(registerDataCheck, ['check', join(directory, 'train.extxyz')]);
    expect(check.exitCode).toBe(2);
    expect(check.stderr).toMatch(/the forces have the wrong sign/);
  });

  it('has its labels checked by lamm data check as it names them, not by options', async () => {
    const { args } = writeProject();
    const config = args[args.indexOf('--config') + 1];
    expect((await runCommand(registerDataCheck, ['check', config])).exitCode).toBe(0);
    const { exitCode, stderr } = await runCommand(registerDataCheck, ['check', config, '--max-residual', '9']);
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/expected no --max-residual beside the YAML file of a training/);
  });

  it('notes frames to validate on that are among those to train on', async () => {
    const { directory, args } = writeProject();
    writeCells(directory, 'val.extxyz', rattledCells(12, 1).slice(0, 3));
    const { exitCode, stderr } = await runCommand(registerPretrain, [...args, '--set', 'training.length=1epoch']);
    expect(exitCode).toBe(0);
    expect(stderr).toMatch(
      /note: 3 of 3 frames to validate on have the geometry of a frame to train on, .*val\.extxyz, frame 1 first/,
    );
  });

  it('says what is wrong when a file of the data or the configuration is not there', async () => {
    const missing = await runCommand(
      registerPretrain,
      writeProject((text) => text.replace('[val.extxyz]', '[valid.extxyz]')).args,
    );
    expect(missing.exitCode).toBe(2);
    expect(missing.stderr).toMatch(/valid\.extxyz/);
    const none = await runCommand(registerPretrain, ['pretrain', '--config', 'nowhere.yaml']);
    expect(none.exitCode).toBe(2);
    expect(none.stderr).toMatch(/nowhere\.yaml: .*no such file/);
  });

  it.each(['0.5', '1 meter', 'soon'])('refuses the time limit "%s"', async (limit) => {
    const { exitCode, stderr } = await runCommand(registerPretrain, [...writeProject().args, '--time-limit', limit]);
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/--time-limit: expected a (duration|time) such as/);
  });
});
