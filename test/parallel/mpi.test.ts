import { rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pieces } from '../../src/parallel/mpi.js';
import { createRandom } from '../../src/random.js';
import { bundleForNode } from '../helpers/bundle.js';
import { type RunResult, runProcess } from '../helpers/cli.js';
import { findLaunchers } from '../helpers/mpi-launchers.js';

const launchers = findLaunchers();
let program: string;

beforeAll(async () => {
  program = await bundleForNode('helpers/mpi-process.ts');
});
afterAll(() => rmSync(dirname(program), { recursive: true }));

it('some MPI is installed', ({ skip }) => {
  if (launchers.length === 0) skip('neither Open MPI nor MPICH is installed here, or koffi is missing');
});

describe.each(launchers)('processes of $family', ({ command, line }) => {
  const run = (count: number, ...args: string[]): Promise<RunResult> =>
    runProcess(command, line(count, [process.execPath, program, ...args]));

  async function results(count: number, ...args: string[]): Promise<Record<string, unknown>[]> {
    const { exitCode, stdout, stderr } = await run(count, ...args);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    const ranks = stdout
      .trim()
      .split('\n')
      .map((text) => JSON.parse(text));
    return ranks.sort((a, b) => a.rank - b.rank);
  }

  it.each([1, 2, 3])('%i of them sum arrays in place, to the same bits on all', async (count) => {
    const ranks = await results(count, 'sum');
    const rankSum = (count * (count - 1)) / 2;
    const exact = [0, 1, 2, 3, 4].map((index) => 10 * rankSum + count * index);
    expect(ranks.map(({ rank, size }) => [rank, size])).toEqual([...Array(count).keys()].map((rank) => [rank, count]));
    for (const { exact: sums, single, sample, hash } of ranks) {
      expect(sums).toEqual(exact);
      expect(single).toEqual([-1, rankSum + count / 2, -1]);
      const [sum, expected] = sample as [number, number];
      expect(sum).toBeCloseTo(expected, 5);
      expect(hash).toBe(ranks[0].hash);
    }
  });

  it('copy the array of rank 0', async () => {
    for (const { values, many } of await results(3, 'broadcast')) {
      expect(values).toEqual([0, Math.PI]);
      expect(many).toEqual([1, 1]);
    }
  });

  it('keep UCX from rewriting memory functions, unless the user has chosen', async () => {
    const chosen = await runProcess(
      command,
      line(1, ['env', 'UCX_MEM_EVENTS=y', process.execPath, program, 'environment']),
    );
    expect(JSON.parse(chosen.stdout)).toMatchObject({ memoryEvents: 'y' });
    for (const { memoryEvents } of await results(2, 'environment')) expect(memoryEvents).toBe('n');
  });

  it('leave the event loop free while they wait', async () => {
    const [{ ticks }] = await results(2, 'wait');
    expect(ticks).toBeGreaterThan(10);
  });

  it('share the cores that they have in common among their threads', async () => {
    const ranks = await results(3, 'threads');
    expect(ranks.map(({ threads, many }) => [threads, many])).toEqual([
      [2, 1],
      [2, 1],
      [3, 1],
    ]);
  });

  it.each(['0', '1', 'all'])('end with one message and an exit code when %s fails', async (who) => {
    const { exitCode, stderr } = await run(3, 'fail', who);
    expect(exitCode).toBe(1);
    expect(stderr.match(/^error: no reason on rank/gm)).toHaveLength(1);
    expect(stderr).toContain(`error: no reason on rank ${who === 'all' ? 0 : who}`);
  });

  it('end when one throws where nobody catches, or leaves', async () => {
    const thrown = await run(2, 'later', '1');
    expect(thrown.exitCode).not.toBe(0);
    expect(thrown.stderr).toContain('error: not caught on rank 1');
    expect((await run(2, 'leave', '1', '0')).exitCode).not.toBe(0);
    expect((await run(2, 'leave', '0', '7')).exitCode).toBe(7);
  });

  it('end when one is killed', async () => {
    const { exitCode, stdout, stderr } = await run(2, 'die', '1');
    expect(exitCode).not.toBe(0);
    expect(stdout + stderr).toMatch(/signal 9|EXIT CODE: 9/); // says the launcher
  });
});

describe('long arrays', () => {
  it('are cut into pieces that make them up', () => {
    const random = createRandom(4);
    for (const length of [0, 1, 6, 7, 8, 100]) {
      const values = Float64Array.from({ length }, () => random.normal());
      const parts = [...pieces(values, 7)];
      expect(parts.flatMap((part) => [...part])).toEqual([...values]);
      expect(parts.every((part) => part.length <= 7 && part.buffer === values.buffer)).toBe(true);
    }
  });
});
