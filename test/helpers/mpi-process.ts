/** One of several processes of an MPI job; what it does is its first argument. */
import { createHash } from 'node:crypto';
import { argv, env, exit, kill, pid, stdout } from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { runOnRanks } from '../../src/cli/input/ranks.js';
import type { Communicator } from '../../src/parallel/communicator.js';
import { threadsPerRank } from '../../src/parallel/threads.js';
import { createRandom } from '../../src/random.js';

const [, , action, who = '-1', option] = argv;

const actions: Readonly<Record<string, (communicator: Communicator) => Promise<unknown>>> = {
  /** Sums whole numbers, whose sum is exact, and random ones; tells what came out. */
  async sum(communicator) {
    const { rank, size } = communicator;
    const random = createRandom(rank);
    const exact = Float64Array.from({ length: 5 }, (_, index) => 10 * rank + index);
    const single = Float32Array.of(-1, rank + 0.5, -1).subarray(1, 2);
    const noise = Float32Array.from({ length: 200_003 }, () => random.normal());
    const small = noise.slice(0, 7);
    const own = noise[100_000];
    await Promise.all([exact, single, noise, small, new Float32Array(0)].map((values) => communicator.sum(values)));
    const all = new Float64Array(size);
    all[rank] = own;
    await communicator.sum(all);
    return {
      exact: [...exact],
      single: [...new Float32Array(single.buffer)],
      sample: [noise[100_000], all.reduce((sum, value) => sum + value)],
      hash: createHash('sha256').update(noise).update(small).digest('hex'),
    };
  },
  async broadcast(communicator) {
    const values = Float64Array.of(communicator.rank, Math.PI + communicator.rank);
    const many = new Float32Array(100_000).fill(communicator.rank + 1);
    await communicator.broadcast(values);
    await communicator.broadcast(many);
    return { values: [...values], many: [many[0], many[99_999]] };
  },
  /** Counts turns of the event loop while it waits for a rank that is late. */
  async wait(communicator) {
    let ticks = 0;
    const timer = setInterval(() => ticks++, 5);
    if (communicator.rank === 1) await sleep(400);
    const before = ticks;
    await communicator.sum(new Float32Array(100_000));
    clearInterval(timer);
    return { ticks: ticks - before };
  },
  /** Ranks 0 and 1 share 5 cores, the others have 3 each. */
  async threads(communicator) {
    const { rank } = communicator;
    const cores = rank < 2 ? { count: 5, name: 'node 0-4' } : { count: 3, name: `node ${rank}` };
    return {
      threads: await threadsPerRank(communicator, cores),
      many: await threadsPerRank(communicator, { count: 2, name: 'one' }),
    };
  },
  async environment() {
    return { memoryEvents: env.UCX_MEM_EVENTS };
  },
  async fail({ rank, sum }) {
    if (who === 'all' || rank === Number(who)) throw new Error(`no reason on rank ${rank}`);
    await sum(new Float64Array(1));
  },
  async later({ rank, sum }) {
    if (rank === Number(who)) {
      setTimeout(() => {
        throw new Error(`not caught on rank ${rank}`);
      }, 1);
      await sleep(10_000);
    }
    await sum(new Float32Array(100_000));
  },
  async leave({ rank, sum }) {
    if (rank === Number(who)) exit(Number(option));
    await sum(new Float32Array(100_000));
  },
  async die({ rank, sum }) {
    if (rank === Number(who)) kill(pid, 'SIGKILL');
    await sum(new Float32Array(100_000));
  },
};

await runOnRanks({}, async (communicator) => {
  const result = await actions[action](communicator);
  const { rank, size } = communicator;
  if (result !== undefined) stdout.write(`${JSON.stringify({ rank, size, ...result })}\n`);
});
