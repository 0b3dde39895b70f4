import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { copyFile, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { readMdCheckpoint } from '../../../md/record/md-checkpoint.js';
import { createRandom } from '../../../src/random.js';
import { ended, until } from '../../helpers/children.js';
import { runProcess } from '../../helpers/cli.js';
import { useCopperMd } from '../../helpers/copper-md.js';
import { useProgram } from '../../helpers/folder.js';

vi.setConfig({ testTimeout: 600_000, hookTimeout: 600_000 }); // processes on a busy machine

const { inFolder, argsOf, filesOf, run: md } = useCopperMd('block', 2);
const program = useProgram('helpers/md-process.ts');
const dying = useProgram('helpers/dying-process.ts');

const start = (name: string, ...args: string[]) => spawn(process.execPath, [program(), ...argsOf(name, ...args)]);

const sizeOf = async (name: string) => (await stat(inFolder(name)).catch(() => undefined))?.size ?? 0;

async function flipBit(name: string, bit: number): Promise<void> {
  const bytes = await readFile(inFolder(name));
  bytes[bit >> 3] ^= 1 << (bit & 7);
  await writeFile(inFolder(name), bytes);
}

describe('two processes on one simulation', () => {
  it('are not let in: the second one ends at once, and the files of the first are whole', async () => {
    const options = '--ensemble bussi --trajectory-every 5 --log-every 5'.split(' ');
    const endless = [...options, '--steps', '10000000'];
    const first = start('shared', ...endless);
    const firstEnd = ended(first);
    await until(async () => first.exitCode !== null || (await sizeOf('shared.csv')) > 500);
    const others = [['--resume'], ['--force'], ['--force', '--trajectory', inFolder('other.extxyz')]];
    others[2].push('--checkpoint', inFolder('other.checkpoint'), '--log', inFolder('shared.csv'));
    for (const more of others) {
      expect(await ended(start('shared', ...endless, ...more))).toEqual({
        end: 2,
        stderr: expect.stringMatching(/process \d+ has been writing it since/),
      });
    }
    first.kill('SIGINT');
    expect((await firstEnd).end).toBe(130);
    const step = (await readMdCheckpoint(inFolder('shared.checkpoint')))?.progress?.step;
    expect(await md('alone', ...options, '--steps', String(step))).toMatchObject({ exitCode: 0 });
    expect(await filesOf('shared', ['.extxyz', '.csv'])).toEqual(await filesOf('alone', ['.extxyz', '.csv']));
  });

  it('take turns: what a killed one holds is taken over, with a word', async () => {
    const first = start('left', '--steps', '100000');
    const firstEnd = ended(first);
    await until(async () => first.exitCode !== null || (await sizeOf('left.csv')) > 500);
    first.kill('SIGKILL');
    expect((await firstEnd).end).toBe('SIGKILL');
    expect(await readdir(inFolder('.'))).toContain('.left.checkpoint.lock');
    const step = (await readMdCheckpoint(inFolder('left.checkpoint')))?.progress?.step;
    expect(await md('left', '--resume', '--steps', String(step))).toMatchObject({
      exitCode: 0,
      stderr: expect.stringMatching(/left\.checkpoint: taken over from process \d+, which has ended/),
    });
    expect(await readdir(inFolder('.'))).not.toContain('.left.checkpoint.lock');
  });
});

describe('a checkpoint of which a bit is flipped', () => {
  it('is never accepted silently, and the one before it leads to the same files', async () => {
    const settings = '--steps 40 --ensemble langevin --checkpoint-every 10 --trajectory-every 7'.split(' ');
    expect(await md('sound', ...settings)).toMatchObject({ exitCode: 0 });
    const expected = await filesOf('sound');
    const random = createRandom(8);
    const endings = ['.extxyz', '.csv', '.checkpoint', '.checkpoint.previous'];
    for (let round = 0; round < 12; round++) {
      for (const ending of endings) await copyFile(inFolder(`sound${ending}`), inFolder(`flipped${ending}`));
      await flipBit('flipped.checkpoint', random.integer(8 * (await sizeOf('flipped.checkpoint'))));
      const outcome = await md('flipped', '--steps', '40', '--resume', '--json');
      expect(outcome.stderr).toMatch(
        /damaged.*the checkpoint before it is whole, and is used\n.*going on from step 30/,
      );
      expect(JSON.parse(outcome.stdout)).toMatchObject({ steps: 40, stepsHere: 10 });
      expect(await filesOf('flipped')).toEqual(expected);
    }
  });
});

describe('--resume of a simulation with --out', () => {
  const settings = '--ensemble langevin --steps 300 --checkpoint-every 50'.split(' ');
  const withOut = (name: string) => [...settings, '--out', inFolder(`${name}-last.extxyz`)];

  it('goes on after Ctrl-C, which has written it', async () => {
    expect((await ended(start('unstopped', ...withOut('unstopped')))).end).toBe(0);
    const child = start('stopped', ...withOut('stopped'));
    const end = ended(child);
    await until(async () => child.exitCode !== null || (await sizeOf('stopped.csv')) > 500);
    child.kill('SIGINT');
    expect((await end).end).toBe(130);
    expect(existsSync(inFolder('stopped-last.extxyz'))).toBe(true);
    expect(await ended(start('stopped', ...withOut('stopped'), '--resume'))).toMatchObject({ end: 0 });
    expect(await filesOf('stopped', ['.extxyz', '.csv', '-last.extxyz'])).toEqual(
      await filesOf('unstopped', ['.extxyz', '.csv', '-last.extxyz']),
    );
    expect(await ended(start('stopped', ...withOut('stopped'), '--resume'))).toMatchObject({ end: 0 }); // at its end
  });

  it('does not replace a file that the simulation did not name', async () => {
    expect(await md('plain', '--steps', '5')).toMatchObject({ exitCode: 0 });
    await writeFile(inFolder('precious.extxyz'), 'precious');
    expect(await md('plain', '--steps', '9', '--resume', '--out', inFolder('precious.extxyz'))).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('exists already'),
    });
    expect(await readFile(inFolder('precious.extxyz'), 'utf8')).toBe('precious');
  });
});

describe('a simulation that is killed before its first step', () => {
  it('goes on with the options that it was begun with', async () => {
    const settings = '--ensemble langevin --temperature 700K --timestep 2fs --equilibrate'.split(' ');
    const child = start('early', ...settings, '--steps', '30');
    const end = ended(child);
    await until(() => child.exitCode !== null || existsSync(inFolder('early.checkpoint')));
    child.kill('SIGKILL');
    expect((await end).end).toBe('SIGKILL');
    expect(await sizeOf('early.extxyz')).toBe(0); // nothing was recorded yet
    expect(await md('early', '--resume')).toMatchObject({ exitCode: 0, stderr: expect.stringContaining('step 0') });
    expect(await md('unkilled', ...settings, '--steps', '30')).toMatchObject({ exitCode: 0 });
    expect(await filesOf('early')).toEqual(await filesOf('unkilled'));
  });

  it('leaves nothing behind when it cannot start', async () => {
    const before = await readdir(inFolder('.'));
    expect(await md('never', '--steps', '5', '--velocities', 'keep')).toMatchObject({ exitCode: 2 });
    expect(await readdir(inFolder('.'))).toEqual(before);
  });
});

describe('a simulation that is killed at any change of a file', () => {
  const settings = '--steps 6 --ensemble bussi --timestep 1fs --temperature 300K --checkpoint-every 6'.split(' ');
  const more = ['--analyze', 'msd:every=1', '--trajectory-every', '4'];
  const results = ['.extxyz', '.csv', '.checkpoint', '-analysis.json', '-analysis.csv', '-out.extxyz'];
  const optionsOf = (name: string) => [...settings, ...more, '--out', inFolder(`${name}-out.extxyz`)];
  const runDying = (name: string, death?: number) =>
    runProcess(process.execPath, [dying(), ...argsOf(name, ...optionsOf(name))], {
      env: death === undefined ? {} : { LAMM_TEST_DEATH: String(death) },
    });

  let changes = 0;
  let expected: string[] = [];
  beforeAll(async () => {
    await mkdir(inFolder('whole'));
    const whole = await runDying('whole/run');
    expect(whole.exitCode).toBe(0);
    expected = await filesOf('whole/run', results);
    changes = Number(/changes: (\d+)/.exec(whole.stdout)?.[1]);
    expect(changes).toBeGreaterThan(15);
    expect(changes).toBeLessThanOrEqual(mostChanges);
  });

  // Each death is a test of its own, so that none has to be quick on a busy machine; before and after a change by
  // turns.
  const mostChanges = 30;
  it.each(Array.from({ length: mostChanges }, (_, index) => index + 1 + (index % 2) / 2))(
    'goes on to the same files: change %s',
    async (death) => {
      if (death >= changes + 1) return; // there are fewer
      const folder = `killed${death}`;
      await mkdir(inFolder(folder));
      expect(await runDying(`${folder}/run`, death)).toMatchObject({ exitCode: null });
      const { exitCode, stderr } = await md(`${folder}/run`, ...optionsOf(`${folder}/run`), '--resume');
      expect({ exitCode, stderr }).toMatchObject({ exitCode: 0 });
      expect((await readdir(inFolder(folder))).filter((file) => file.startsWith('.'))).toEqual([]);
      expect(await filesOf(`${folder}/run`, results)).toEqual(expected);
    },
  );
});
