import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { LammError } from '../../src/errors.js';
import { writeError, writeFileAtomic } from '../../src/io/bytes/atomic-file.js';
import { openAppendFile } from '../../src/journal/append-file.js';
import { lockFolder } from '../../src/journal/folder-lock.js';
import type { FileLock } from '../../src/journal/run-lock.js';
import { type Checkpoint, formatCheckpoint, parseCheckpoint, type RunCheckpoint } from './training-checkpoint.js';

/** Files of one training: `checkpoint-STEP.safetensors`, the last two, and `metrics.jsonl`. */
export interface RunFolder extends AsyncDisposable {
  /** Adds one line to the metrics. */
  appendMetrics(record: object): Promise<void>;
  /** Writes a checkpoint, removes all but the last two, and returns its path. */
  saveCheckpoint(checkpoint: Checkpoint): Promise<string>;
}

const checkpointName = /^checkpoint-(\d+)\.safetensors$/;
const keptCheckpoints = 2;
const metricsName = 'metrics.jsonl';

export interface RunFolderOptions {
  /** The checkpoint that the training goes on from: later ones are damaged, and are removed. */
  readonly from?: RunCheckpoint;
  /** Whether to remove the checkpoints that are there. */
  readonly replace?: boolean;
}

/**
 * Opens the folder of a training; what a killed run added to the metrics after its last checkpoint is cut off.
 *
 * @throws {LammError} `checkpoint` when the metrics are shorter than the checkpoint says; `file-write`.
 */
export async function openRunFolder(path: string, options: RunFolderOptions = {}): Promise<RunFolder> {
  const { from, replace = false } = options;
  const done = from?.state.progress.step ?? Number.POSITIVE_INFINITY;
  makeFolder(path);
  for (const old of listCheckpoints(path)) if (replace || stepOf(basename(old)) > done) rmSync(old);
  const metrics = await openAppendFile(join(path, metricsName), from?.metricsBytes);
  return {
    appendMetrics: (record) => metrics.append(`${JSON.stringify(record)}\n`),
    async saveCheckpoint(checkpoint) {
      await metrics.flush();
      const step = String(checkpoint.state.progress.step).padStart(8, '0');
      const file = join(path, `checkpoint-${step}.safetensors`);
      await writeFileAtomic(file, formatCheckpoint({ ...checkpoint, metricsBytes: metrics.length }));
      for (const old of listCheckpoints(path).slice(0, -keptCheckpoints)) rmSync(old);
      return file;
    },
    [Symbol.asyncDispose]: () => metrics[Symbol.asyncDispose](),
  };
}

/**
 * Takes the right to write a training.
 *
 * @throws {LammError} `locked` when another process has it.
 */
export function lockRunFolder(path: string, tell: (text: string) => void): Promise<FileLock> {
  return lockFolder(path, metricsName, { tell });
}

/** Paths of the checkpoints in a folder, oldest first. */
export function listCheckpoints(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => checkpointName.test(name))
    .sort((a, b) => stepOf(a) - stepOf(b))
    .map((name) => join(folder, name));
}

/** A checkpoint that was read, and where it lay. */
export interface NewestCheckpoint {
  readonly file: string;
  readonly checkpoint: RunCheckpoint;
  /** What the user should know: newer ones that are damaged. */
  readonly notices: readonly string[];
}

/**
 * The newest checkpoint of a folder that is whole; undefined where there is none at all.
 *
 * @throws {LammError} `checkpoint` when all are damaged, or of an earlier version.
 */
export function readNewestCheckpoint(folder: string): NewestCheckpoint | undefined {
  const notices: string[] = [];
  let newest: unknown;
  for (const file of listCheckpoints(folder).reverse()) {
    try {
      return { file, checkpoint: readCheckpoint(file), notices };
    } catch (error) {
      if (!(error instanceof LammError)) throw error;
      newest ??= error;
      notices.push(`${error.message}; the checkpoint before it is used`);
    }
  }
  if (newest !== undefined) throw newest;
  return undefined;
}

/** @throws {LammError} `file-not-found` or `checkpoint`. */
export function readCheckpoint(file: string): RunCheckpoint {
  if (!existsSync(file)) throw new LammError('file-not-found', 'there is no such checkpoint', { file });
  return parseCheckpoint(readFileSync(file), { file });
}

function stepOf(name: string): number {
  return Number(checkpointName.exec(name)?.[1]);
}

function makeFolder(path: string): void {
  try {
    mkdirSync(path, { recursive: true });
  } catch (cause) {
    throw writeError(path, cause);
  }
}
