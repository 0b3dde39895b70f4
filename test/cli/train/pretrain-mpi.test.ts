import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { cpSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterAll, describe, expect, it } from 'vitest';
import { listCheckpoints } from '../../../pretrain/checkpoint/checkpoint-files.js';
import { loadModel } from '../../../src/models/load-model.js';
import { program, type RunResult, runProcess } from '../../helpers/cli.js';
import { findLaunchers } from '../../helpers/mpi-launchers.js';
import { createProject } from '../../helpers/spring-project.js';

const launchers = findLaunchers();
const { directory, text } = createProject();
const config = join(directory, 'config.yaml');
// Twelve structures: an epoch has three steps of two ranks with two each.
writeFileSync(
  config,
  text
    .replace('atoms: 16', 'structures: 2')
    .replace('length: 4 epochs', 'length: 12 steps, logEvery: 1, schedule: constant'),
);
afterAll(() => rmSync(directory, { recursive: true }));

const timeout = 180_000; // processes that wait for each other are slow on a machine that is busy
const endless = ['--set', 'training.length=100000steps'];
const out = (name: string) => join(directory, name);
const command = (name: string, ...more: string[]) => [
  ...[process.execPath, program, 'pretrain', '--config', config, '--out', out(name)],
  ...more,
];
const alone = (name: string, ...more: string[]) => runProcess(process.execPath, command(name, ...more).slice(1));
const parametersOf = (name: string) => loadModel(join(out(name), 'model.safetensors')).parameters;
const metricsOf = (name: string): Record<string, unknown>[] =>
  readFileSync(join(out(name), 'metrics.jsonl'), 'utf8')
    .split('\n')
    .slice(0, -1) // the last line is empty, or half written
    .map((line) => JSON.parse(line));

type Environment = Readonly<Record<string, string>>;

/** Something in the environment of processes to find them by. */
const createJob = (): Environment => ({ LAMM_TEST_JOB: randomUUID() });

function findRank(job: Environment, rank: number): number {
  const names = ['OMPI_COMM_WORLD_RANK', 'PMI_RANK'];
  const found = names.flatMap((name) => findProcesses({ ...job, [name]: String(rank) }));
  expect(found).toHaveLength(1);
  return found[0];
}

/** Processes that have all of `settings` in their environment. */
function findProcesses(settings: Environment): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        const environment = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0');
        return Object.entries(settings).every(([name, value]) => environment.includes(`${name}=${value}`));
      } catch {
        return false; // it has ended, or is another user's
      }
    });
}

it('some MPI is installed', ({ skip }) => {
  if (launchers.length === 0) skip('neither Open MPI nor MPICH is installed here, or koffi is missing');
});

describe.each(launchers)('lamm pretrain under mpirun of $family', ({ family, command: mpirun, line }) => {
  const together = (name: string, ...more: string[]): Promise<RunResult> =>
    runProcess(mpirun, line(2, command(name, ...more)));
  const two = `${family}-2`;

  it('trains on two ranks as on one with twice the batch, and says so once', { timeout }, async () => {
    const { exitCode, stdout, stderr } = await together(two, '--json');
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ completed: true, steps: 12, epochs: 4 });
    expect(stderr.match(/structures to train on/g)).toHaveLength(1);
    expect(stderr).toContain('on each of 2 ranks');

    const one = `${family}-1`;
    expect((await alone(one, '--set', 'training.batch.structures=4')).exitCode).toBe(0);
    const [joint, single] = [metricsOf(two), metricsOf(one)];
    expect(joint.map(({ kind, step }) => [kind, step])).toEqual(single.map(({ kind, step }) => [kind, step]));
    for (const [index, { kind, loss, structures }] of joint.entries()) {
      if (kind === 'training') expect(structures).toBe(4);
      expect(Number(loss) / Number(single[index].loss)).toBeCloseTo(1, 4); // single precision, sums in another order
    }
    const expected = parametersOf(one);
    const largest = parametersOf(two).reduce(
      (most, value, index) => Math.max(most, Math.abs(value - expected[index])),
      0,
    );
    expect(largest).toBeLessThan(1e-5); // twelve steps move a parameter by up to 1e-2
  });

  it('goes on, after a rank was killed, with as many ranks to the same bits, and with one', { timeout }, async ({
    skip,
  }) => {
    if (!existsSync('/proc/self/environ')) skip('processes can be found by their environment on Linux only');
    const name = `${family}-killed`;
    const job = createJob();
    const child = spawn(mpirun, line(2, command(name, ...endless)), {
      stdio: 'ignore',
      env: { ...process.env, ...job },
    });
    const ended = new Promise<number | null>((resolve) => child.on('exit', resolve));
    while (listCheckpoints(out(name)).length === 0) await setTimeout(20);
    process.kill(findRank(job, 1), 'SIGKILL');
    expect(await ended).not.toBe(0);
    expect(findProcesses(job)).toEqual([]);
    expect(existsSync(join(out(name), 'model.safetensors'))).toBe(false);

    const done = Number(/-(\d+)\.safetensors$/.exec(listCheckpoints(out(name)).at(-1) ?? '')?.[1]);
    const steps = ['--set', `training.length=${done + 5}steps`];
    const copy = `${name}-copy`;
    cpSync(out(name), out(copy), { recursive: true });
    const resume = ['--resume', '--json', ...steps];
    for (const { exitCode, stdout, stderr } of [await together(name, ...resume), await alone(copy, ...resume)]) {
      expect({ exitCode, stderr }).toMatchObject({ exitCode: 0 });
      expect(stderr).toContain(`carrying on after step ${done}`);
      expect(JSON.parse(stdout)).toMatchObject({ completed: true, steps: done + 5 });
    }
    const whole = `${family}-whole`;
    await together(whole, ...steps);
    expect(parametersOf(name)).toEqual(parametersOf(whole));
    expect(parametersOf(copy)).not.toEqual(parametersOf(whole)); // a step of one rank has half the structures
  });

  it('stops all ranks, with a checkpoint, when one of them is told to', { timeout }, async ({ skip }) => {
    if (!existsSync('/proc/self/environ')) skip('processes can be found by their environment on Linux only');
    const name = `${family}-stopped`;
    const job = createJob();
    const long = line(2, command(name, ...endless, '--set', 'training.checkpointEvery=100000'));
    const running = runProcess(mpirun, long, { env: job });
    while (!existsSync(join(out(name), 'metrics.jsonl')) || metricsOf(name).length < 3) await setTimeout(20);
    process.kill(findRank(job, 1), 'SIGTERM');
    const { exitCode, stderr } = await running;
    expect(exitCode).toBe(130);
    expect(stderr.match(/stopped before step \d+, carry on with --resume/g)).toHaveLength(1);
    const [checkpoint] = listCheckpoints(out(name));
    expect(checkpoint).toContain(
      String(
        metricsOf(name)
          .filter(({ kind }) => kind === 'training')
          .at(-1)?.step,
      ),
    );
  });

  it('names a mistake once and leaves nothing behind', { timeout }, async () => {
    const wrong = await together(`${family}-wrong`, '--set', 'training.epoch=3');
    expect(wrong.exitCode).toBe(2);
    expect(wrong.stderr.match(/error: .*unknown key "epoch" in training/g)).toHaveLength(1);
    expect(existsSync(out(`${family}-wrong`))).toBe(false);
    const taken = await together(two);
    expect(taken.exitCode).toBe(2);
    expect(taken.stderr.match(/error: .*carry on with --resume/g)).toHaveLength(1);
  });

  it('does not train twice when the ranks cannot be joined', { timeout }, async () => {
    const name = `${family}-apart`;
    const { exitCode, stderr } = await runProcess(mpirun, line(2, command(name)), {
      env: { LAMM_MPI_LIBRARY: '/nowhere/libmpi.so' },
    });
    expect(exitCode).toBe(2);
    expect(stderr).toContain('error: the library of MPI cannot be loaded: /nowhere/libmpi.so');
    expect(existsSync(out(name))).toBe(false);
  });
});
