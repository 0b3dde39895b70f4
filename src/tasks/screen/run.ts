import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Calculator } from '../../../calculators/calculator.js';
import { labelledStructure } from '../../../calculators/labelled-structure.js';
import { countOf } from '../../count-of.js';
import { type InputFile, listInputFiles } from '../../io/input-files.js';
import { formatExtxyz } from '../../io/xyz/extxyz.js';
import { joinWork, type TakenPiece, type WorkFolder } from '../../journal/work-folder.js';
import { type ChunkResult, type ChunkTools, evaluateChunk } from './evaluate-chunk.js';
import { type Chunk, chunkSchema, planChunks, type Role } from './inventory.js';
import { mergeResults, type ScreenResult } from './merge.js';
import { createPreparer, type PreparedFrame, type Preparer } from './prepare-chunk.js';
import { createPreparingThread } from './preparing-thread.js';
import { formatRows } from './row.js';
import { type ResolvedScreenOptions, resolveScreenOptions, type ScreenOptions } from './schema.js';

export interface ScreenRequest {
  /** Files, folders, patterns, `@LIST`. */
  readonly paths: readonly string[];
  /** Folder that all workers share. */
  readonly out: string;
  readonly options: ScreenOptions;
  /** The calculator as the user wrote it: all workers must have the same. */
  readonly calculator: Readonly<Record<string, unknown>>;
  /** Further models, whose disagreement with the calculator becomes columns. */
  readonly committee?: readonly Calculator[];
  /** Number of the best candidates that are told at the end. */
  readonly top: number;
  /** Those of the calculator; with 1, structures are read and their symmetries found in this thread, too. */
  readonly threads?: number;
  /** Asked after every chunk: once true, the others are left to other workers. */
  readonly shouldStop?: () => Promise<boolean> | boolean;
  readonly tell?: (text: string) => void;
}

export type ScreenEvent =
  | { readonly kind: 'start'; readonly chunks: number; readonly done: number }
  | {
      readonly kind: 'chunk';
      readonly chunks: number;
      readonly done: number;
      readonly structures: number;
      readonly failed: number;
    }
  /** All that is left is being worked on by others. */
  | { readonly kind: 'waiting'; readonly chunks: number; readonly done: number };

/** Milliseconds between looks at what others work on: at first, and at last when nothing changes. */
const [shortestWaitMs, longestWaitMs] = [250, 5000];
/** Milliseconds for which the count of chunks is good enough to be told. */
const countAgeMs = 5000;

/**
 * Screens structures as one of any number of workers: takes chunks until all are done, then joins the results.
 *
 * Returns nothing when it was stopped before.
 *
 * @throws {LammError} `file-not-found`; `checkpoint` when the folder holds another screening; `file-write` for a full
 *   disk.
 */
export async function* screen(
  calculator: Calculator,
  request: ScreenRequest,
): AsyncGenerator<ScreenEvent, ScreenResult | undefined> {
  const options = resolveScreenOptions(request.options);
  const work = await join(request, options);
  await using preparer = openPreparer(request.threads, options);
  const ahead = createLookahead(work, preparer);
  const tools = { preparer, calculator, committee: request.committee ?? [], options };
  yield { kind: 'start', ...(await progressOf(work)) };
  // Results are written while the next chunk is calculated.
  let finishing = Promise.resolve();
  try {
    for (let waitMs = shortestWaitMs; ; ) {
      if ((await request.shouldStop?.()) === true) {
        await finishing;
        return undefined;
      }
      const taken = await work.take();
      if (taken === undefined) {
        await finishing;
        const progress = await progressOf(work);
        if (progress.done === progress.chunks) break;
        yield { kind: 'waiting', ...progress };
        await sleep(waitMs);
        waitMs = Math.min(longestWaitMs, 1.5 * waitMs);
        continue;
      }
      waitMs = shortestWaitMs;
      const results = await calculateTaken(taken, { tools, ahead, before: finishing });
      finishing = keep(taken, results, options);
      finishing.catch(() => undefined); // whoever awaits it is told
      const failed = results.filter(({ row }) => row.energy === undefined).length;
      yield { kind: 'chunk', structures: results.length, failed, ...(await progressOf(work, countAgeMs)) };
    }
  } finally {
    await finishing.catch(() => undefined);
  }
  return mergeResults(work, { top: request.top, withStructures: options.structures, occupancy: options.occupancy });
}

interface Calculating {
  readonly tools: ChunkTools;
  readonly ahead: Lookahead;
  /** The writing of what was calculated before. */
  readonly before: Promise<void>;
}

/**
 * The results of a chunk, when those of the one before are written; when anything fails the chunk is left to others.
 */
async function calculateTaken(taken: TakenPiece<Chunk>, { tools, ahead, before }: Calculating): Promise<ChunkResult[]> {
  try {
    const results = await evaluateChunk(await ahead.prepared(taken), tools);
    await before;
    return results;
  } catch (error) {
    await taken.release();
    throw error;
  }
}

function openPreparer(
  threads: number | undefined,
  { spaceGroups, symmetryTolerance, occupancy, structures }: ResolvedScreenOptions,
): Preparer {
  const options = { occupancy, ...(spaceGroups && { symmetryTolerance }) };
  return threads === 1 ? createPreparer(options) : createPreparingThread({ ...options, whole: structures });
}

interface Lookahead {
  /** The frames of a chunk; those of the one that will probably be next are read from now on. */
  prepared(taken: TakenPiece<Chunk>): Promise<readonly PreparedFrame[]>;
}

function createLookahead(work: WorkFolder<Chunk>, preparer: Preparer): Lookahead {
  let next: { readonly number: number; readonly frames: Promise<readonly PreparedFrame[]> } | undefined;

  function prepare(piece: Chunk): Promise<readonly PreparedFrame[]> {
    const frames = preparer.prepare(piece);
    frames.catch(() => undefined); // whoever takes the chunk is told
    return frames;
  }

  return {
    async prepared({ number, piece }) {
      const frames = next?.number === number ? next.frames : prepare(piece);
      next = undefined;
      const expected = preparer.isAside ? await work.expected() : undefined;
      if (expected !== undefined) next = { number: expected.number, frames: prepare(expected.piece) };
      return frames;
    },
  };
}

async function keep(
  taken: TakenPiece<Chunk>,
  results: readonly ChunkResult[],
  options: ResolvedScreenOptions,
): Promise<void> {
  const rows = formatRows(results.map(({ row }) => row));
  const structures = () => results.map((each) => formatStructure(each, options)).join('');
  try {
    await taken.finish(rows, options.structures ? { extxyz: structures() } : undefined);
  } catch (error) {
    await taken.release();
    throw error;
  }
}

function join(
  { paths, out, calculator, tell }: ScreenRequest,
  options: ResolvedScreenOptions,
): Promise<WorkFolder<Chunk>> {
  const files = [
    ...withRole(listInputFiles(paths), 'candidate'),
    ...withRole(listInputFiles(options.references), 'reference'),
  ];
  return joinWork<Chunk>(out, {
    what: 'screening',
    options: { calculator, ...options, inputs: summarize(files) },
    plan: () => planChunks(files, options),
    pieceSchema: chunkSchema,
    tell,
  });
}

function withRole(files: readonly InputFile[], role: Role) {
  return files.map((file) => ({ ...file, role }));
}

/** The inputs in a form that shows a difference: how many, the first, and a hash of all. */
function summarize(files: readonly (InputFile & { readonly role: Role })[]): string {
  const hash = createHash('sha256');
  const nameOf = ({ role, path, frame, bytes }: (typeof files)[number]) =>
    `${role} ${path}${frame === undefined ? '' : `@${frame}`} ${bytes}`;
  for (const file of files) hash.update(`${nameOf(file)}\n`);
  const [first] = files;
  const firstName = first === undefined ? 'none' : nameOf(first);
  return `${countOf(files.length, 'file')}, ${firstName} first, ${hash.digest('hex').slice(0, 16)}`;
}

async function progressOf(work: WorkFolder<Chunk>, maxAgeMs?: number): Promise<{ chunks: number; done: number }> {
  return { chunks: work.pieceCount, done: await work.done(maxAgeMs) };
}

function formatStructure({ row, structure, result }: ChunkResult, { resultKeys }: ResolvedScreenOptions): string {
  if (structure === undefined || result === undefined) return '';
  const labelled = labelledStructure(structure, result, resultKeys);
  return formatExtxyz({ ...labelled, info: { ...labelled.info, screen_id: row.id } });
}
