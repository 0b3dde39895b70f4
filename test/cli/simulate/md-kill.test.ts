import { type ChildProcess, spawn } from 'node:child_process';
import { stat } from 'node:fs/promises';
import { setTimeout } from 'node:timers/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { readMdCheckpoint } from '../../../md/record/md-checkpoint.js';
import { createRandom } from '../../../src/random.js';
import { useCopperMd } from '../../helpers/copper-md.js';
import { useProgram } from '../../helpers/folder.js';

const { inFolder, argsOf, filesOf: results } = useCopperMd('block', 2);
const program = useProgram('helpers/md-process.ts');
beforeAll(() => finished(start('whole')));

const settings = [
  '--steps',
  '600',
  '--ensemble',
  'langevin',
  '--trajectory-every',
  '7',
  '--log-every',
  '3',
  '--checkpoint-every',
  '20',
];

function start(name: string, ...more: string[]): ChildProcess {
  return spawn(process.execPath, [program(), ...argsOf(name, ...settings, ...more)], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

async function finished(child: ChildProcess): Promise<{ code: number | null; signal: string | null }> {
  return new Promise((resolve) => child.once('close', (code, signal) => resolve({ code, signal })));
}

/** Waits until the process has begun to write, or has said where it goes on, then a while longer. */
async function afterStart(
  name: string,
  { child, milliseconds }: { child: ChildProcess; milliseconds: number },
): Promise<void> {
  let hasSpoken = false;
  child.stderr?.once('data', () => {
    hasSpoken = true;
  });
  const isNew = (await sizeOf(name)) === 0;
  while (isNew ? (await sizeOf(name)) === 0 : !hasSpoken) await setTimeout(2);
  await setTimeout(milliseconds);
}

async function sizeOf(name: string): Promise<number> {
  return (await stat(inFolder(`${name}.csv`)).catch(() => undefined))?.size ?? 0;
}

describe('lamm md as a process', () => {
  it('gives bit-identical files when it is killed at random moments and resumed', async () => {
    const random = createRandom(6);
    const ends: unknown[] = [];
    let child = start('killed');
    for (let death = 0; death < 3; death++) {
      await afterStart('killed', { child, milliseconds: 120 * random.uniform() });
      child.kill('SIGKILL');
      ends.push((await finished(child)).signal);
      child = start('killed', '--resume');
    }
    expect(await finished(child)).toEqual({ code: 0, signal: null });
    expect(ends).toContain('SIGKILL'); // at least one of them was still running
    expect(await results('killed')).toEqual(await results('whole'));
  });

  it.each(['SIGINT', 'SIGTERM'] as const)(
    'finishes the step on %s, saves, ends with 130, and goes on from there',
    async (signal) => {
      const child = start(signal);
      await afterStart(signal, { child, milliseconds: 10 });
      child.kill(signal);
      expect(await finished(child)).toEqual({ code: 130, signal: null });
      const step = (await readMdCheckpoint(inFolder(`${signal}.checkpoint`)))?.progress?.step;
      expect(step).toBeGreaterThan(0);
      expect(step).toBeLessThan(500);
      expect(await finished(start(signal, '--resume'))).toEqual({ code: 0, signal: null });
      expect(await results(signal)).toEqual(await results('whole'));
    },
  );
});
