import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import type { CalculationResult } from '../../calculators/calculator.js';
import { LammError, type LammErrorCode } from '../../src/errors.js';
import { removeFile, removeTemporaries, writeFileAtomic } from '../../src/io/bytes/atomic-file.js';
import type { Structure } from '../../src/structure/structure.js';
import { formatWithArrays, parseWithArrays } from '../files/array-text.js';
import { structureIdentity } from '../files/structure-identity.js';
import type { RelaxPoint } from './relax.js';
import type { RelaxOptions } from './settings.js';

/** What a relaxed structure is written from. */
export interface RelaxedState {
  readonly step: number;
  readonly energy: number;
  readonly fmax: number;
  readonly converged: boolean;
  readonly positions: Float64Array;
  readonly cell: Float64Array;
  readonly result: CalculationResult;
}

/** A structure that could not be relaxed, and why. */
export interface RelaxFailure {
  readonly failure: { readonly code: LammErrorCode; readonly message: string };
}

/** How a relaxation ended. */
export type RelaxOutcome = RelaxedState | RelaxFailure;

/** Where the relaxation of several structures is: those that are done, and points of those that are under way. */
export interface RelaxCheckpoint {
  /** Fingerprint of all structures. */
  readonly structures: string;
  /** What structures and calculator were made of, as the user wrote it. */
  readonly origin: Readonly<Record<string, string>>;
  readonly options: RelaxOptions;
  /** Structures are relaxed side by side up to so many atoms. */
  readonly batchAtoms: number;
  readonly trajectoryBytes: number;
  /** Rising by index, like `underWay`. */
  readonly finished: readonly { readonly index: number; readonly outcome: RelaxOutcome }[];
  readonly underWay: readonly { readonly index: number; readonly point: RelaxPoint }[];
}

const fileSchema = z.strictObject({
  format: z.literal('lamm-relax-checkpoint'),
  version: z.literal(2),
  sha256: z.string(),
  body: z.string(),
});

export function identityOf(structures: readonly Structure[]): string {
  return sha256(structures.map(structureIdentity).join());
}

export async function saveRelaxCheckpoint(path: string, checkpoint: RelaxCheckpoint): Promise<void> {
  const body = formatWithArrays(checkpoint);
  const file = { format: 'lamm-relax-checkpoint', version: 2, sha256: sha256(body), body };
  await writeFileAtomic(path, `${JSON.stringify(file)}\n`);
}

/**
 * Reads a checkpoint; undefined when there is none.
 *
 * @throws {LammError} `checkpoint` when the file is not one, is damaged, or belongs to other structures.
 */
export async function loadRelaxCheckpoint(
  path: string,
  structures: readonly Structure[],
): Promise<RelaxCheckpoint | undefined> {
  const text = await readFile(path, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT') return undefined;
    throw new LammError('checkpoint', `cannot be read: ${cause.message}`, { file: path, cause });
  });
  if (text === undefined) return undefined;
  const checkpoint = parseCheckpoint(text, path);
  if (checkpoint.structures === identityOf(structures)) return checkpoint;
  const message = `the checkpoint belongs to other structures than those given; resume with the same input files, or ${startOver}`;
  throw new LammError('checkpoint', message, { file: path });
}

/** Removes the checkpoint of a relaxation that needs it no more, and what killed writers of it left. */
export async function removeRelaxCheckpoint(path: string): Promise<void> {
  await removeTemporaries(path);
  await removeFile(path);
}

function parseCheckpoint(text: string, file: string): RelaxCheckpoint {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new LammError(
      'checkpoint',
      `expected a checkpoint of lamm relax, found text that is not JSON; ${startOver}`,
      { file, cause },
    );
  }
  const { success, data } = fileSchema.safeParse(json);
  if (success && sha256(data.body) === data.sha256) return parseWithArrays(data.body) as RelaxCheckpoint; // as it was written
  throw new LammError('checkpoint', `not a whole checkpoint of lamm relax; ${startOver}`, { file });
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

const startOver = 'start over without --resume';
