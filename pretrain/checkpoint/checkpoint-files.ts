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
import { join } from 'node:path';
import { LammError } from '../../src/errors.js';
import { writeError, writeFileAtomic } from '../../src/io/bytes/atomic-file.js';
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
  /** Whether to remove the checkpoints that are there. */
  readonly replace?: boolean;
}

/**
 * Opens the folder of a training that has written `metricsBytes` of metrics; what a killed run wrote after its last
 * checkpoint is cut off.
 *
 * @throws {LammError} `checkpoint` when the metrics are shorter than the checkpoint says; `file-write`.
 */
export function openRunFolder(path: string, { metricsBytes, replace = false }: RunFolderOptions): RunFolder {
  const metricsPath = join(path, 'metrics.jsonl');
  guardWrite(path, () => mkdirSync(path, { recursive: true }));
  if (replace) for (const old of listCheckpoints(path)) rmSync(old);
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

/** Paths of the checkpoints in a folder, oldest first. */
export function listCheckpoints(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => checkpointName.test(name))
    .sort((a, b) => stepOf(a) - stepOf(b))
    .map((name) => join(folder, name));
}

/** @throws {LammError} `file-not-found`, `format` or `checkpoint`. */
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
