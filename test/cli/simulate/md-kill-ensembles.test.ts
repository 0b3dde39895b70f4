import { type ChildProcess, spawn } from 'node:child_process';
import { stat } from 'node:fs/promises';
import { setTimeout } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { readMdCheckpoint } from '../../../md/record/md-checkpoint.js';
import { useCopperMd } from '../../helpers/copper-md.js';
import { useProgram } from '../../helpers/folder.js';

const { inFolder, run: md, ...copper } = useCopperMd('block');
const program = useProgram('helpers/md-process.ts');

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

const common = '--checkpoint-every 10 --trajectory-every 7 --log-every 3'.split(' ');
const argsOf = (options: string) => [...common, ...options.split(' ')];

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
  const endless = argsOf(`${options} --steps 10000000`);
  const child = spawn(process.execPath, [program(), ...copper.argsOf(`killed${id}`, ...endless)]);
  await killAfterStart(child, inFolder(`killed${id}.csv`));
  const step = (await readMdCheckpoint(inFolder(`killed${id}.checkpoint`)))?.progress?.step ?? 0;
  expect(step).toBeGreaterThan(0);
  const total = argsOf(`${options} --steps ${step + 25}`);
  expect((await md(`killed${id}`, ...total, '--resume')).exitCode).toBe(0);
  expect((await md(`whole${id}`, ...total)).exitCode).toBe(0);
  expect(await copper.filesOf(`killed${id}`)).toEqual(await copper.filesOf(`whole${id}`));
});
