import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { setTimeout } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { program, runCli } from '../../helpers/cli.js';
import { useCopperMd } from '../../helpers/copper-md.js';

// Large enough to be shared by threads.
const { inFolder, argsOf, filesOf } = useCopperMd('block', 13);
const settings = ['--steps', '15', '--log-every', '1', '--trajectory-every', '5', '--checkpoint-every', '2', '--json'];

const rowsOf = async (name: string) =>
  (await readFile(inFolder(`${name}.csv`), 'utf8').catch(() => '')).split('\n').length - 2;

describe.skipIf(!existsSync(program))('lamm md --threads (skipped before the first build)', () => {
  it('writes the files of one thread, also when it is killed and resumed', async () => {
    const whole = await runCli(argsOf('whole', ...settings, '--threads', '1'));
    expect(whole.exitCode).toBe(0);
    const child = spawn(process.execPath, [program, ...argsOf('killed', ...settings, '--threads', '3')]);
    const closed = new Promise((resolve) => child.once('close', (_, signal) => resolve(signal)));
    while ((await rowsOf('killed')) < 4) await setTimeout(5);
    child.kill('SIGKILL');
    expect(await closed).toBe('SIGKILL');
    const resumed = await runCli(argsOf('killed', ...settings, '--threads', '2', '--resume'));
    expect(resumed.exitCode).toBe(0);
    expect(JSON.parse(resumed.stdout)).toMatchObject({ steps: 15 });
    expect(await filesOf('killed')).toEqual(await filesOf('whole'));
  });
});
