import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { registerMd } from '../../../src/cli/simulate/command-md.js';
import { writeStructures } from '../../../src/io/write-structures.js';
import { bundleForNode } from '../../helpers/bundle.js';
import { rattledCopper } from '../../helpers/copper.js';
import { runCommand } from '../../helpers/run-command.js';

let folder = '';
let program = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lamm-'));
  program = await bundleForNode('helpers/md-process.ts');
  await writeStructures(join(folder, 'cu.extxyz'), [rattledCopper(1)]);
});
afterAll(() => Promise.all([folder, dirname(program)].map((path) => rm(path, { recursive: true }))));

const ensembles = [
  '--ensemble nve',
  '--ensemble langevin --temperature 300:500 --ramp-steps 50',
  '--ensemble bussi --equilibrate',
  '--ensemble nose-hoover --constrain plane:2:1,1,1',
  '--ensemble berendsen',
  '--ensemble npt-rescale --coupling triclinic --pressure 0:1GPa --ramp-steps 70',
  '--ensemble npt-mtk --coupling anisotropic',
  '--ensemble npt-berendsen --pressure 1kbar',
];

/** Arguments of a simulation into files called `name`. */
function argsOf(name: string, options: string): string[] {
  const files = ['--trajectory', join(folder, `${name}.extxyz`), '--trajectory-every', '7', '--log-every', '3'];
  return ['md', join(folder, 'cu.extxyz'), '-c', 'emt', '--checkpoint-every', '10', ...files, ...options.split(' ')];
}

const results = (name: string) =>
  Promise.all(['extxyz', 'csv', 'checkpoint'].map((ending) => readFile(join(folder, `${name}.${ending}`), 'utf8')));

async function killAfterStart(child: ChildProcess, log: string): Promise<void> {
  const ended = new Promise((resolve) => child.once('close', resolve));
  const sizeOf = async () => (await stat(log).catch(() => undefined))?.size ?? 0;
  while (child.exitCode === null && (await sizeOf()) < 4000) await setTimeout(2);
  child.kill('SIGKILL');
  await ended;
  expect(child.signalCode).toBe('SIGKILL');
}

it.each(ensembles)('a process killed by SIGKILL goes on to bit-identical files: %s', async (options) => {
  const id = options.replace(/\W+/g, '');
  const endless = spawn(process.execPath, [program, ...argsOf(`killed${id}`, `${options} --steps 10000000`)]);
  await killAfterStart(endless, join(folder, `killed${id}.csv`));
  const { step } = JSON.parse((await results(`killed${id}`))[2]);
  expect(step).toBeGreaterThan(0);
  const total = `--steps ${step + 25}`;
  expect((await runCommand(registerMd, argsOf(`killed${id}`, `${options} ${total} --resume`))).exitCode).toBe(0);
  expect((await runCommand(registerMd, argsOf(`whole${id}`, `${options} ${total}`))).exitCode).toBe(0);
  expect(await results(`killed${id}`)).toEqual(await results(`whole${id}`));
});
