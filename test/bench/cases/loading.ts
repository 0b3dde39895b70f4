import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { parsePretrainConfig } from '../../../pretrain/config/pretrain-config.js';
import { openPrepared } from '../../../pretrain/dataset/prepared/open-prepared.js';
import { prepareFolder } from '../../../pretrain/dataset/prepared/prepare-folder.js';
import type { SampleList } from '../../../pretrain/dataset/sample/sample.js';
import { pretrain } from '../../../pretrain/pretrain.js';
import { prepareTraining } from '../../../pretrain/setup.js';
import { writeFileAtomic } from '../../../src/io/bytes/atomic-file.js';
import { formatExtxyz } from '../../../src/io/xyz/extxyz.js';
import { createRandom, shuffle } from '../../../src/random.js';
import { createStructure } from '../../../src/structure/structure.js';
import { compare } from '../comparison.js';
import type { BenchContext, BenchGroup } from '../context.js';
import { findPython, startPeer, timedByPeer } from '../peer.js';

const moleculeCount = 5000;
const moleculeAtoms = 12;

/**
 * What feeds a training: samples from the prepared form in random order, and batches from a thread beside the steps.
 */
export const loadingBench: BenchGroup = async function* (context) {
  yield* readingBench(context);
  yield* waitingBench(context);
};

/** Random access to small molecules, against ASE's data base and its reading of the whole file. */
async function* readingBench(context: BenchContext): ReturnType<BenchGroup> {
  const file = await writeMolecules(context.folder);
  const folder = join(context.folder, 'prepared');
  const config = parsePretrainConfig(
    `{ data: { train: [${file}] }, training: { batch: { atoms: 1 }, length: 1 epoch }, out: x }`,
  );
  const options = { directory: context.folder, energyReduction: config.training.energyReduction, cutoff: 5 };
  await prepareFolder(folder, config.data, options);
  const { training } = await openPrepared(folder, config.data, options);
  using _ = training;
  const order = shuffle(
    Uint32Array.from({ length: moleculeCount }, (_, index) => index),
    createRandom(1),
  );
  const ours = () => {
    const start = performance.now();
    readAll(training, order);
    return performance.now() - start;
  };
  const name = `read ${moleculeCount} molecules of ${moleculeAtoms} atoms in random order`;
  const note = (median: number) => `${Math.round((1000 * moleculeCount) / median)} structures/s`;
  const python = findPython('ase');
  if (python === undefined) {
    context.skip('prepared data against ASE: no Python with ase was found');
    const row = await compare({ name, ours }, context.rounds);
    yield { ...row, note: note(row.ours.median) };
    return;
  }
  using peer = startPeer(python, 'ase_peer.py', context.threads);
  const database = join(context.folder, 'molecules.db');
  await peer.ask({ do: 'write_database', path: file, database });
  const rounds = Math.min(context.rounds, 3);
  const contenders = [
    ['ASE data base (sqlite)', { do: 'read_database', database, order: [...order] }],
    ['ASE extxyz, whole file in its order', { do: 'read_files', paths: [file], format: 'extxyz' }],
  ] as const;
  for (const [peerName, request] of contenders) {
    const row = await compare({ name, ours, peer: { name: peerName, timed: timedByPeer(peer, request) } }, rounds);
    yield { ...row, note: note(row.ours.median) };
  }
}

function readAll(samples: SampleList, order: Uint32Array): number {
  let sum = 0;
  for (const index of order) sum += samples.at(index)?.forces?.[0] ?? 0;
  return sum;
}

async function writeMolecules(folder: string): Promise<string> {
  const random = createRandom(4);
  const numbers = Array.from({ length: moleculeAtoms }, (_, atom) => [1, 6, 8][atom % 3]);
  const noise = (size: number) => Float64Array.from({ length: 3 * moleculeAtoms }, () => size * random.normal());
  const frames = Array.from({ length: moleculeCount }, () => {
    const labels = { energy: -80 + 0.1 * random.normal(), forces: noise(1) };
    return formatExtxyz(
      createStructure({ numbers, positions: noise(2).map((x, index) => x + 3 * Math.floor(index / 3)), labels }),
    );
  });
  const file = join(folder, 'molecules.extxyz');
  await writeFileAtomic(file, frames.join(''));
  return file;
}

const mlearn = new URL('../../../../../shared/data/mlearn_elemental/', import.meta.url).pathname;
const steps = 30;

/** Steps of a training on mlearn whose batches a thread makes, against those that make their batches themselves. */
async function* waitingBench(context: BenchContext): ReturnType<BenchGroup> {
  if (!existsSync(mlearn)) {
    context.skip(`the waiting of a training for its batches: ${mlearn} is not there`);
    return;
  }
  const config = (workers: number, out: string) =>
    parsePretrainConfig(`
model: { channels: 64, layers: 3, cutoff: 5, forces: conservative }
data: { train: [${mlearn}train.extxyz.gz], graphMemory: 0.001 }
training: { batch: { structures: 4 }, length: ${steps} steps, threads: 1, workers: ${workers}, checkpointEvery: 100000, validateEvery: 100000 }
out: ${out}
`);
  const { data, model, training } = config(0, 'x');
  const options = { directory: context.folder, energyReduction: training.energyReduction, cutoff: model.cutoff };
  const folder = join(context.folder, 'mlearn');
  await prepareFolder(folder, data, options);
  const shares = new Map<number, number>();
  const timed = (workers: number) => async () => {
    const settings = config(workers, 'run');
    const prepared = await openPrepared(folder, settings.data, options);
    await using run = await prepareTraining(settings, prepared, {
      ...{ directory: context.folder, out: join(context.folder, 'run') },
      existing: 'replace',
    });
    const start = performance.now();
    for await (const _ of pretrain(run.setup));
    const milliseconds = performance.now() - start;
    shares.set(workers, (1000 * run.setup.batches.waited) / milliseconds);
    return milliseconds / steps;
  };
  const row = await compare(
    {
      name: 'step of PaiNN on mlearn, conservative, 64 channels, 1 thread + 1 that makes batches',
      ours: timed(1),
      peer: { name: 'batches made between the steps', timed: timed(0) },
    },
    Math.min(context.rounds, 3),
  );
  const share = (workers: number) => `${(100 * (shares.get(workers) ?? Number.NaN)).toFixed(1)} %`;
  yield { ...row, note: `waiting for batches: ${share(1)} of the time, without the thread ${share(0)}` };
}
