import { spawn } from 'node:child_process';
import { mkdir, readFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { calculateEach, defaultBatchAtoms } from '../../../calculators/batching.js';
import { createModelCalculator, type ModelCalculator } from '../../../calculators/model-calculator.js';
import { countOf } from '../../../src/count-of.js';
import { writeStructures } from '../../../src/io/write-structures.js';
import { screen } from '../../../src/tasks/screen/run.js';
import { type Comparison, compare } from '../comparison.js';
import type { BenchContext, BenchGroup } from '../context.js';
import { smallCrystals } from '../small-crystals.js';

/**
 * Crystals of 2 to 8 atoms: in batches and one by one, through the whole of `lamm screen`, as are three times as large
 * ones, and by several workers.
 */
export const screeningBench: BenchGroup = async function* (context) {
  for (const [model, count] of [
    ['lamm-s', 256],
    ['lamm-l', 64],
  ] as const) {
    for (const threads of [1, 2]) yield await batches({ model, count, threads }, context);
  }
  for (const times of [1, 3]) {
    for (const threads of [1, 2]) yield await pipeline({ times, threads }, context);
  }
  yield* workers(context);
};

/** Time of the processor, of all threads, which other work on the machine disturbs least. */
const processorMs = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};
const wallMs = () => performance.now();

interface Batches {
  readonly model: string;
  readonly count: number;
  readonly threads: number;
}

/** Time of each crystal: of the processor in one thread, by the clock where two share the work. */
async function batches({ model, count, threads }: Batches, { rounds }: BenchContext): Promise<Comparison> {
  const crystals = smallCrystals(count);
  await using calculator = createModelCalculator({ model, threads });
  const now = threads === 1 ? processorMs : wallMs;
  const time = (batchAtoms: number) => async () => {
    const start = now();
    for await (const outcome of calculateEach(calculator, crystals, batchAtoms)) {
      if (outcome.status === 'rejected') throw outcome.reason;
    }
    return (now() - start) / count;
  };
  const batchAtoms = calculator.capabilities.batchAtoms ?? defaultBatchAtoms;
  const name = `${model}, ${count} crystals of 2 to 8 atoms, ${countOf(threads, 'thread')}, each`;
  return await compare({ name, ours: time(batchAtoms), peer: { name: 'one by one', timed: time(0) } }, rounds);
}

/**
 * A screening of many crystals in one process, and how much of its time its first thread is not within the calculator:
 * of the processor where there is but one thread, by the clock where another one reads.
 */
async function pipeline(
  { times, threads }: { readonly times: number; readonly threads: number },
  { folder, rounds }: BenchContext,
): Promise<Comparison> {
  const count = 2000;
  const file = join(folder, `pipeline-${times}.extxyz`);
  await writeStructures(file, smallCrystals(count, times));
  await using calculator = createModelCalculator({ model: 'lamm-s', threads: 1 });
  const now = threads === 1 ? processorMs : wallMs;
  const watched = watch(calculator, now);
  const shares: number[] = [];
  let run = 0;
  const ours = async () => {
    const out = join(folder, `pipeline-${times}-${threads}-${run++}`);
    const [start, before] = [now(), watched.ms()];
    for await (const _ of screen(watched.calculator, {
      ...{ paths: [file], out, options: {}, calculator: {}, top: 10, threads },
    }));
    const total = now() - start;
    shares.push(1 - (watched.ms() - before) / total);
    return total / count;
  };
  const where = threads === 1 ? 'all in one thread' : 'reading and symmetries in a thread beside';
  const row = await compare(
    { name: `lamm screen of ${count} crystals of ${2 * times} to ${8 * times} atoms, ${where}, each`, ours },
    rounds,
  );
  const share = shares.slice(1).sort((a, b) => a - b)[shares.length >> 1] ?? shares[0];
  return { ...row, note: `outside the calculator ${(100 * share).toFixed(1)} % of the time` };
}

/** A calculator that counts the time within it; its calculations do not overlap. */
function watch(calculator: ModelCalculator, now: () => number) {
  let ms = 0;
  async function counted<Result>(work: () => Promise<Result>): Promise<Result> {
    const start = now();
    try {
      return await work();
    } finally {
      ms += now() - start;
    }
  }
  return {
    ms: () => ms,
    calculator: {
      ...calculator,
      calculate: (system) => counted(() => calculator.calculate(system)),
      calculateMany: (systems) => counted(() => calculator.calculateMany(systems)),
      uncertaintyOf(system, result) {
        const start = now();
        const uncertainty = calculator.uncertaintyOf(system, result); // it waits for nothing
        ms += now() - start;
        return uncertainty;
      },
    } satisfies ModelCalculator,
  };
}

/**
 * One screening by 1, 2 and 4 workers of one thread each, and by one that is left to itself, from the start of the
 * program to its end.
 */
async function* workers({ folder }: BenchContext): AsyncGenerator<Comparison> {
  const count = 8000;
  const file = join(folder, 'workers.extxyz');
  await writeStructures(file, smallCrystals(count));
  const cases = [
    ...[1, 2, 4].map((workerCount) => ({ workerCount, threads: 1, how: 'of one thread' })),
    { workerCount: 1, threads: undefined, how: 'with its own choice of threads' },
  ];
  let alone: Measured | undefined;
  for (const { workerCount, threads, how } of cases) {
    const out = join(folder, `workers-${workerCount}-${threads}`);
    const measured = await measure(workerCount, { file, out, threads });
    alone ??= measured;
    const cores = threads === undefined ? availableParallelism() : Math.min(workerCount, availableParallelism());
    const efficiency = (100 * alone.wallMs) / (cores * measured.wallMs);
    const perCrystal = (measured.processorMs / count).toFixed(2);
    yield {
      name: `lamm screen of ${count} crystals by ${countOf(workerCount, 'worker')} ${how}`,
      ours: { median: measured.wallMs, samples: [measured.wallMs] },
      note: `efficiency ${efficiency.toFixed(0)} % of ${countOf(cores, 'core')}; ${perCrystal} ms of a processor each, ${((100 * measured.processorMs) / alone.processorMs).toFixed(0)} % of one worker`,
    };
  }
}

interface Measured {
  readonly wallMs: number;
  /** Of all workers. */
  readonly processorMs: number;
}

const main = fileURLToPath(new URL('../../../src/cli/main.js', import.meta.url));

async function measure(
  workerCount: number,
  { file, out, threads }: { readonly file: string; readonly out: string; readonly threads: number | undefined },
): Promise<Measured> {
  await mkdir(out);
  const started = performance.now();
  const run = async (worker: number): Promise<number> => {
    const usage = `${out}-usage-${worker}.txt`;
    const atExit = `process.on('exit', () => fs.writeFileSync(${JSON.stringify(usage)}, JSON.stringify(process.cpuUsage())))`;
    const hook = `data:text/javascript,${encodeURIComponent(`import fs from 'node:fs'; ${atExit}`)}`;
    const ofThreads = threads === undefined ? [] : ['--threads', String(threads)];
    const args = ['--import', hook, main, 'screen', file, '--out', out, ...ofThreads];
    const child = spawn(process.execPath, args, { stdio: 'ignore' });
    const code = await new Promise((resolve) => child.once('exit', resolve));
    if (code !== 0) throw new Error(`a worker ended with code ${code}`);
    const { user, system } = JSON.parse(await readFile(usage, 'utf8'));
    return (user + system) / 1000;
  };
  const times = await Promise.all(Array.from({ length: workerCount }, (_, worker) => run(worker)));
  return { wallMs: performance.now() - started, processorMs: times.reduce((sum, time) => sum + time, 0) };
}
