import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { appendFile, mkdir, readdir, readFile, rm, stat, symlink } from 'node:fs/promises';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { readRelaxCheckpoint } from '../../../md/relax/relax-checkpoint.js';
import { registerRelax } from '../../../src/cli/simulate/command-relax.js';
import { writeStructures } from '../../../src/io/write-structures.js';
import { ended, until } from '../../helpers/children.js';
import { runProcess } from '../../helpers/cli.js';
import { rattledCopper } from '../../helpers/copper.js';
import { useFolder, useProgram } from '../../helpers/folder.js';
import { runCommand } from '../../helpers/run-command.js';

vi.setConfig({ testTimeout: 600_000, hookTimeout: 600_000 }); // processes on a busy machine

const list = [1, 2, 3].map((seed) => rattledCopper(1, { rattle: 0.03 * seed }));
const inFolder = useFolder('block', async () => {
  await writeStructures(inFolder('list.extxyz'), list);
  await writeStructures(inFolder('long.extxyz'), [rattledCopper(3, { rattle: 0.3 })]);
});
const program = useProgram('helpers/md-process.ts');
const dying = useProgram('helpers/dying-process.ts');

const argsOf = (input: string, name: string, ...args: string[]) => [
  ...['relax', inFolder(input), '-c', 'emt', '--out', inFolder(`${name}.extxyz`)],
  ...['--trajectory', inFolder(`${name}-steps.extxyz`), ...args],
];
const relax = (input: string, name: string, ...args: string[]) =>
  runCommand(registerRelax, argsOf(input, name, ...args));
const start = (input: string, name: string, ...args: string[]) =>
  spawn(process.execPath, [program(), ...argsOf(input, name, ...args)]);
const filesOf = (name: string) =>
  Promise.all(['.extxyz', '-steps.extxyz'].map((ending) => readFile(inFolder(name + ending), 'utf8')));
const sizeOf = async (name: string) => (await stat(inFolder(name)).catch(() => undefined))?.size ?? 0;

describe('two processes on one relaxation', () => {
  it('are not let in, and the one that was killed is followed by another', async () => {
    const endless = ['--fmax', '1e-300', '--optimizer', 'fire', '--max-steps', '10000000'];
    const first = start('long.extxyz', 'shared', ...endless);
    const firstEnd = ended(first);
    await until(async () => first.exitCode !== null || (await sizeOf('shared-steps.extxyz')) > 0);
    for (const more of ['--resume', '--force']) {
      expect(await ended(start('long.extxyz', 'shared', ...endless, more))).toEqual({
        end: 2,
        stderr: expect.stringMatching(/process \d+ has been writing it since/),
      });
    }
    first.kill('SIGKILL');
    expect((await firstEnd).end).toBe('SIGKILL');
    const second = start('long.extxyz', 'shared', ...endless, '--resume');
    const secondEnd = ended(second);
    const before = await sizeOf('shared-steps.extxyz');
    await until(async () => second.exitCode !== null || (await sizeOf('shared-steps.extxyz')) > before);
    second.kill('SIGINT');
    expect(await secondEnd).toEqual({ end: 130, stderr: expect.stringMatching(/taken over from process \d+/) });
  });
});

describe('an interrupted relaxation of several structures', () => {
  it('names those that were not begun', async () => {
    const child = start('list.extxyz', 'several', '--fmax', '1e-300', '--optimizer', 'fire', '--max-steps', '10000000');
    const end = ended(child);
    await until(async () => child.exitCode !== null || (await sizeOf('several-steps.extxyz')) > 0);
    child.kill('SIGINT');
    const frames = `${inFolder('list.extxyz')}: frame 2, ${inFolder('list.extxyz')}: frame 3`;
    expect(await end).toEqual({ end: 130, stderr: expect.stringContaining(`not begun: 2 of 3 (${frames})`) });
  });
});

describe('a relaxation', () => {
  const settings = ['--fmax', '0.02', '--optimizer', 'fire'];

  it('keeps its checkpoint until the results are in place', async () => {
    expect(await relax('list.extxyz', 'expected', ...settings)).toMatchObject({ exitCode: 0 });
    await mkdir(inFolder('full'));
    await symlink('/dev/full', inFolder('full/out.extxyz'));
    const failed = await relax('list.extxyz', 'full/out', ...settings, '--force');
    expect(failed).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('disk is full') });
    expect((await readRelaxCheckpoint(inFolder('full/out.checkpoint')))?.finished).toHaveLength(list.length);
    await rm(inFolder('full/out.extxyz'));
    const resumed = await relax('list.extxyz', 'full/out', ...settings, '--resume');
    expect(resumed).toMatchObject({ exitCode: 0, stderr: expect.stringContaining('behind 3 of 3 structures') });
    expect(await filesOf('full/out')).toEqual(await filesOf('expected'));
    expect(existsSync(inFolder('full/out.checkpoint'))).toBe(false);
  });

  it('says when it is resumed and complete what it came to, and does nothing again', async () => {
    const files = await Promise.all(['', '-steps'].map((part) => stat(inFolder(`expected${part}.extxyz`))));
    const bare = ['relax', inFolder('list.extxyz'), '--out', inFolder('expected.extxyz'), '--resume', '--json'];
    const { exitCode, stderr, stdout } = await runCommand(registerRelax, bare);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: expect.stringContaining('complete already') });
    expect(JSON.parse(stdout)).toMatchObject({ converged: true, out: inFolder('expected.extxyz') });
    expect(JSON.parse(stdout).results).toHaveLength(list.length);
    const after = await Promise.all(['', '-steps'].map((part) => stat(inFolder(`expected${part}.extxyz`))));
    expect(after.map(({ mtimeMs }) => mtimeMs)).toEqual(files.map(({ mtimeMs }) => mtimeMs));
    expect(await relax('list.extxyz', 'expected', '--fmax', '0.5', '--resume')).toMatchObject({
      ...{ exitCode: 2, stderr: expect.stringContaining('started with --fmax = 0.02, now 0.5 is asked for') },
    });
  });

  it('is not complete once its results are others, and does not replace them', async () => {
    await mkdir(inFolder('changed'));
    expect(await relax('list.extxyz', 'changed/out', ...settings)).toMatchObject({ exitCode: 0 });
    await appendFile(inFolder('changed/out.extxyz'), '\n');
    expect(await relax('list.extxyz', 'changed/out', ...settings, '--resume')).toMatchObject({
      ...{ exitCode: 2, stderr: expect.stringContaining('exists already') },
    });
  });

  it('goes on with its recorded trajectory and options when they are not given again', async () => {
    const options = ['--fmax', '1e-300', '--optimizer', 'fire', '--max-steps', '300'];
    const child = start('long.extxyz', 'stopped', ...options);
    const end = ended(child);
    await until(async () => child.exitCode !== null || (await sizeOf('stopped-steps.extxyz')) > 0);
    child.kill('SIGINT');
    expect((await end).end).toBe(130);
    const bare = ['relax', inFolder('long.extxyz'), '--out', inFolder('stopped.extxyz'), '--resume'];
    expect(await runCommand(registerRelax, bare)).toMatchObject({ exitCode: 3 }); // it has done all its steps
    expect(await relax('long.extxyz', 'unstopped', ...options)).toMatchObject({ exitCode: 3 });
    expect(await filesOf('stopped')).toEqual(await filesOf('unstopped'));
  });
});

describe('a relaxation that is killed at any change of a file', () => {
  const settings = ['--fmax', '0.02', '--optimizer', 'fire'];
  const runDying = (name: string, death?: number) =>
    runProcess(process.execPath, [dying(), ...argsOf('list.extxyz', name, ...settings)], {
      env: death === undefined ? {} : { LAMM_TEST_DEATH: String(death) },
    });
  beforeAll(async () => {
    await mkdir(inFolder('whole'));
    const whole = await runDying('whole/run');
    expect(whole.exitCode).toBe(0);
    expect(Number(/changes: (\d+)/.exec(whole.stdout)?.[1])).toBeGreaterThan(8);
  });

  // Each death is a test of its own, so that none has to be quick on a busy machine; before and after a change by
  // turns.
  it.each(Array.from({ length: 16 }, (_, index) => index + 1 + (index % 2) / 2))(
    'goes on to the same files: change %s',
    async (death) => {
      const folder = `killed${death}`;
      await mkdir(inFolder(folder));
      const dead = await runDying(`${folder}/run`, death);
      expect([null, 0]).toContain(dead.exitCode); // checkpoints go by the clock: where there were fewer, it has come to its end
      if (death < 8) expect(dead.exitCode).toBeNull();
      const resumed = await relax('list.extxyz', `${folder}/run`, ...settings, '--resume');
      expect(resumed).toMatchObject({ exitCode: 0 });
      expect(await filesOf(`${folder}/run`)).toEqual(await filesOf('whole/run'));
      expect(await readdir(inFolder(folder))).toEqual(['.run.checkpoint.done', 'run-steps.extxyz', 'run.extxyz']);
    },
  );
});
