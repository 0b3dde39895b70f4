import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import { LammError } from '../../src/errors.js';
import { writeError, writeFileAtomic } from '../../src/io/bytes/atomic-file.js';
import { lockFolder } from '../../src/journal/folder-lock.js';
import type { FileLock } from '../../src/journal/run-lock.js';
import { type Checkpoint, formatCheckpoint, parseCheckpoint } from './checkpoint.js';

/** Files of one training: `checkpoint-STEP.safetensors`, the last two, and `metrics.jsonl`. */
export interface RunFolder {
  readonly path: string;
  readonly metricsPath: string;
  /** Adds one line to the metrics and returns the length of the file. */
  appendMetrics(record: object): number;
  /** Writes a checkpoint, removes all but the last two, and returns its path. */
  saveCheckpoint(checkpoint: Checkpoint): Promise<string>;
}

const checkpointName = /^checkpoint-(\d+)\.safetensors$/;
const keptCheckpoints = 2;

export interface RunFolderOptions {
  /** Length of the metrics that the training has written so far. */
  readonly metricsBytes: number;
  /** Updates that it has done: checkpoints of later ones are damaged, and are removed. */
  readonly step?: number;
  /** Whether to remove the checkpoints that are there. */
  readonly replace?: boolean;
}

/**
 * Opens the folder of a training that has written `metricsBytes` of metrics; what a killed run wrote after its last
 * checkpoint is cut off.
 *
 * @throws {LammError} `checkpoint` when the metrics are shorter than the checkpoint says; `file-write`.
 */
export function openRunFolder(path: string, options: RunFolderOptions): RunFolder {
  const { metricsBytes, step: done = Number.POSITIVE_INFINITY, replace = false } = options;
  const metricsPath = join(path, 'metrics.jsonl');
  guardWrite(path, () => mkdirSync(path, { recursive: true }));
  for (const old of listCheckpoints(path)) if (replace || stepOf(basename(old)) > done) rmSync(old);
  const present = existsSync(metricsPath) ? statSync(metricsPath).size : 0;
  if (present < metricsBytes) {
    throw new LammError(
      'checkpoint',
      `expected at least ${metricsBytes} bytes of metrics, found ${present}; restore the file`,
      {
        file: metricsPath,
      },
    );
  }
  if (present > metricsBytes) guardWrite(metricsPath, () => truncateSync(metricsPath, metricsBytes));
  let length = metricsBytes;

  function appendMetrics(record: object): number {
    const line = `${JSON.stringify(record)}\n`;
    guardWrite(metricsPath, () => appendFileSync(metricsPath, line));
    length += Buffer.byteLength(line);
    return length;
  }

  async function saveCheckpoint(checkpoint: Checkpoint): Promise<string> {
    const step = String(checkpoint.state.progress.step).padStart(8, '0');
    const file = join(path, `checkpoint-${step}.safetensors`);
    await writeFileAtomic(file, formatCheckpoint(checkpoint));
    for (const old of listCheckpoints(path).slice(0, -keptCheckpoints)) rmSync(old);
    return file;
  }

  return { path, metricsPath, appendMetrics, saveCheckpoint };
}

/**
 * Takes the right to write a training.
 *
 * @throws {LammError} `locked` when another process has it.
 */
export function lockRunFolder(path: string, tell: (text: string) => void): Promise<FileLock> {
  return lockFolder(path, 'metrics.jsonl', { tell });
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
  readonly checkpoint: Checkpoint;
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
export function readCheckpoint(file: string): Checkpoint {
  if (!existsSync(file)) throw new LammError('file-not-found', 'there is no such checkpoint', { file });
  return parseCheckpoint(readFileSync(file), { file });
}

function stepOf(name: string): number {
  return Number(checkpointName.exec(name)?.[1]);
}

function guardWrite(path: string, write: () => void): void {
  try {
    write();
  } catch (error) {
    throw writeError(path, error);
  }
}
