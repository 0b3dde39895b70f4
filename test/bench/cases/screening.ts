import { spawn } from 'node:child_process';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { calculateEach } from '../../../calculators/batching.js';
import { createModelCalculator, type ModelCalculator } from '../../../calculators/model-calculator.js';
import { countOf } from '../../../src/count-of.js';
import { writeStructures } from '../../../src/io/write-structures.js';
import { screen } from '../../../src/tasks/screen/run.js';
import { type Comparison, compare } from '../comparison.js';
import type { BenchContext, BenchGroup } from '../context.js';
import { smallCrystals } from '../small-crystals.js';

/** Crystals of 2 to 8 atoms: in batches and one by one, through the whole of `lamm screen`, and by several workers. */
export const screeningBench: BenchGroup = async function* (context) {
  for (const [model, count] of [
    ['lamm-s', 256],
    ['lamm-l', 64],
  ] as const)
    yield await batches({ model, count }, context);
  for (const threads of [1, 2]) yield await pipeline(threads, context);
  yield* workers(context);
};

const processorMs = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};

/** Time of the processor, which other work on the machine disturbs least, of each crystal. */
async function batches(
  { model, count }: { readonly model: string; readonly count: number },
  { rounds }: BenchContext,
): Promise<Comparison> {
  const crystals = smallCrystals(count);
  await using calculator = createModelCalculator({ model, threads: 1 });
  const time = (batchAtoms: number) => async () => {
    const start = processorMs();
    for await (const { status } of calculateEach(calculator, crystals, batchAtoms)) {
      if (status === 'rejected') throw new Error(`${model}: a crystal could not be calculated`);
    }
    return (processorMs() - start) / count;
  };
  const name = `${model}, ${count} crystals of 2 to 8 atoms, one thread, each`;
  return compare({ name, ours: time(256), peer: { name: 'one by one', timed: time(0) } }, rounds);
}

/** A screening of many crystals in one process, and how much of its time the calculator takes. */
async function pipeline(threads: number, { folder, rounds }: BenchContext): Promise<Comparison> {
  const count = 2000;
  const file = join(folder, 'pipeline.extxyz');
  await writeStructures(file, smallCrystals(count));
  await using calculator = createModelCalculator({ model: 'lamm-s', threads: 1 });
  const watched = watch(calculator);
  const shares: number[] = [];
  let run = 0;
  const ours = async () => {
    const out = join(folder, `pipeline-${threads}-${run++}`);
    const [start, before] = [performance.now(), watched.seconds()];
    for await (const _ of screen(watched.calculator, {
      ...{ paths: [file], out, options: {}, calculator: {}, top: 10, threads },
    }));
    const total = performance.now() - start;
    shares.push(1 - (1000 * (watched.seconds() - before)) / total);
    return total / count;
  };
  const where = threads === 1 ? 'all in one thread' : 'reading and symmetries in a thread beside';
  const row = await compare({ name: `lamm screen of ${count} crystals, ${where}, each`, ours }, rounds);
  const share = shares.slice(1).sort((a, b) => a - b)[shares.length >> 1] ?? shares[0];
  return { ...row, note: `outside the calculator ${(100 * share).toFixed(1)} % of the time` };
}

/** A calculator that counts the seconds within it; its calls do not overlap. */
function watch(calculator: ModelCalculator) {
  let seconds = 0;
  async function counted<Result>(work: () => Promise<Result>): Promise<Result> {
    const start = performance.now();
    try {
      return await work();
    } finally {
      seconds += (performance.now() - start) / 1000;
    }
  }
  return {
    seconds: () => seconds,
    calculator: {
      ...calculator,
      calculate: (system) => counted(() => calculator.calculate(system)),
      calculateMany: (systems) => counted(() => calculator.calculateMany(systems)),
    } satisfies ModelCalculator,
  };
}

/** One screening by 1, 2 and 4 processes of one thread each. */
async function* workers({ folder }: BenchContext): AsyncGenerator<Comparison> {
  const count = 8000;
  const file = join(folder, 'workers.extxyz');
  await writeStructures(file, smallCrystals(count));
  let alone: Measured | undefined;
  for (const processes of [1, 2, 4]) {
    const measured = await measure(processes, { file, out: join(folder, `workers-${processes}`) });
    alone ??= measured;
    const efficiency = (100 * alone.wallMs) / (processes * measured.wallMs);
    const perCrystal = (measured.processorMs / count).toFixed(2);
    yield {
      name: `lamm screen of ${count} crystals by ${countOf(processes, 'process')}`,
      ours: { median: measured.wallMs, samples: [measured.wallMs] },
      note: `efficiency ${efficiency.toFixed(0)} %; ${perCrystal} ms of a processor each, ${((100 * measured.processorMs) / alone.processorMs).toFixed(0)} % of one process`,
    };
  }
}

interface Measured {
  readonly wallMs: number;
  /** Of all processes. */
  readonly processorMs: number;
}

const main = fileURLToPath(new URL('../../../src/cli/main.js', import.meta.url));

async function measure(
  processes: number,
  { file, out }: { readonly file: string; readonly out: string },
): Promise<Measured> {
  await mkdir(out);
  const started = performance.now();
  const run = async (worker: number): Promise<number> => {
    const usage = join(out, `../usage-${processes}-${worker}.txt`);
    const atExit = `process.on('exit', () => fs.writeFileSync(${JSON.stringify(usage)}, JSON.stringify(process.cpuUsage())))`;
    const hook = `data:text/javascript,${encodeURIComponent(`import fs from 'node:fs'; ${atExit}`)}`;
    const args = ['--import', hook, main, 'screen', file, '--out', out, '--threads', '1'];
    const child = spawn(process.execPath, args, { stdio: 'ignore' });
    const code = await new Promise((resolve) => child.once('exit', resolve));
    if (code !== 0) throw new Error(`a worker ended with code ${code}`);
    const { user, system } = JSON.parse(await readFile(usage, 'utf8'));
    return (user + system) / 1000;
  };
  const times = await Promise.all(Array.from({ length: processes }, (_, worker) => run(worker)));
  return { wallMs: performance.now() - started, processorMs: times.reduce((sum, time) => sum + time, 0) };
}
