import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { LammError } from '../errors.js';
import { makeFolder, writeFileAtomic } from '../io/bytes/atomic-file.js';
import { removeAbandoned } from '../io/bytes/temporary-file.js';
import { type ProcessIdentity, thisProcess } from '../process-identity.js';
import { createRandom } from '../random.js';
import { createLockWatch, type FileLock, lockUnlessHeld } from './run-lock.js';
import { assertSameOptions, type RunOptions } from './same-run.js';
import { parseSealed, type SealedPlace, sealText, unsealText } from './sealed-text.js';
import { openPlan, type Plan, writePlan } from './work-plan.js';

/** Work in pieces that any number of processes share through a folder, on one machine or many. */
export interface WorkFolder<Piece> {
  readonly path: string;
  readonly pieceCount: number;
  /**
   * Takes a piece that nobody works on, also one whose worker has died; undefined when all that are not done are being
   * worked on.
   */
  take(): Promise<TakenPiece<Piece> | undefined>;
  /** The piece that `take` will try first, as far as is known now; others may have it by then. */
  expected(): Promise<{ readonly number: number; readonly piece: Piece } | undefined>;
  /** Number of the pieces that are done, as a look at the folder says that is at most `maxAgeMs` old. */
  done(maxAgeMs?: number): Promise<number>;
  /** A piece by its number. */
  piece(number: number): Promise<Piece>;
  /**
   * The result of a piece that is done.
   *
   * @throws {LammError} `checkpoint` when it is missing or damaged.
   */
  read(number: number, ending?: string): Promise<string>;
  /**
   * The lines of JSON of the result of a piece that is done.
   *
   * @throws {LammError} `checkpoint` when it is missing or damaged.
   */
  readRows<Row>(number: number, schema: z.ZodType<Row>): Promise<Row[]>;
  /**
   * The right to write beside the pieces, waited for while others have it; what workers left behind that died is
   * removed.  Undefined when it turns out, at once or meanwhile, not to be needed.
   */
  takeTurn(isNeeded?: () => Promise<boolean>): Promise<AsyncDisposable | undefined>;
}

export interface TakenPiece<Piece> {
  readonly number: number;
  readonly piece: Piece;
  /** Keeps the result, further files of it by their endings first; the piece is done when this returns. */
  finish(result: string, others?: Readonly<Record<string, string>>): Promise<void>;
  /** Leaves the piece to others. */
  release(): Promise<void>;
}

export interface WorkFolderOptions<Piece> {
  /** What kind of work it is, for messages. */
  readonly what: string;
  /** What all workers must agree on. */
  readonly options: RunOptions;
  /** Divides the work, in the process that comes first. */
  readonly plan: () => AsyncIterable<Piece>;
  /** What a piece looks like. */
  readonly pieceSchema: z.ZodType<Piece>;
  /** Told what a user should know. */
  readonly tell?: (text: string) => void;
  /**
   * Milliseconds without a sign of life after which a piece is taken from a worker of which nothing else can be known.
   */
  readonly patienceMs?: number;
}

const runSchema = z.strictObject({
  what: z.string(),
  options: z.record(z.string(), z.unknown()),
  pieceCount: z.int().min(0),
});

type RunFile = Readonly<z.infer<typeof runSchema>>;

/**
 * Joins the work in a folder, or begins it where there is none.
 *
 * A piece is taken by making a lock file that shows signs of life, and done when its result has been renamed into
 * place: two workers that should ever do the same piece write the same result twice, and a worker that dies loses the
 * piece it was at, and nothing else.
 *
 * @throws {LammError} `checkpoint` when the folder holds other work, with the difference; `file-exists` when it holds
 *   something else.
 */
export async function joinWork<Piece>(path: string, options: WorkFolderOptions<Piece>): Promise<WorkFolder<Piece>> {
  const runFile = join(path, 'run.json');
  const planFile = join(path, 'plan.jsonl');
  const results = join(path, 'pieces');
  await makeFolder(path);
  let run = await readRun(runFile);
  let first: number | undefined;
  if (run === undefined) {
    const isNeeded = async () => {
      run = await readRun(runFile);
      return run === undefined;
    };
    await using turn = await waitForTurn(runFile, { tell: options.tell, isNeeded });
    if (turn !== undefined) first = 0;
    run ??= await beginRun({ path, runFile, planFile }, options);
  }
  assertSame(run, options, path);
  await makeFolder(results);
  const plan = await openPlan(planFile, {
    count: run.pieceCount,
    schema: options.pieceSchema,
    remedy: beginAnew,
  });
  return openWork({ path, runFile, results, plan, first: first ?? placeOf(thisProcess(), run.pieceCount) }, options);
}

/** Where a worker begins to look for pieces: if all began at the first, most would find it taken. */
function placeOf({ host, pid }: ProcessIdentity, count: number): number {
  const hash = createHash('sha256').update(`${host} ${pid}`).digest();
  return count === 0 ? 0 : hash.readUInt32LE() % count;
}

/**
 * How far the work in a folder is, for whoever only looks: pieces that are done, and all; undefined where there is no
 * work.
 */
export async function countWork(path: string): Promise<{ done: number; all: number; options: RunOptions } | undefined> {
  const run = await readRun(join(path, 'run.json'));
  if (run === undefined) return undefined;
  return {
    done: (await lookAt(join(path, 'pieces'), run.pieceCount)).done.size,
    all: run.pieceCount,
    options: run.options,
  };
}

async function beginRun<Piece>(
  { path, runFile, planFile }: { readonly path: string; readonly runFile: string; readonly planFile: string },
  { what, options, plan }: Pick<WorkFolderOptions<Piece>, 'what' | 'options' | 'plan'>,
): Promise<RunFile> {
  const strangers = (await readdir(path)).filter(
    (name) => !name.startsWith('.') && name !== 'pieces' && name !== 'plan.jsonl',
  );
  if (strangers.length > 0) {
    throw new LammError(
      'file-exists',
      `expected an empty folder or one of a ${what}, found ${strangers[0]}; choose another folder`,
      {
        file: path,
      },
    );
  }
  const pieceCount = await writePlan(planFile, plan());
  const run: RunFile = { what, options, pieceCount };
  await writeFileAtomic(runFile, sealText(`${JSON.stringify(run)}\n`));
  return run;
}

async function readRun(file: string): Promise<RunFile | undefined> {
  const text = await readFile(file, 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  const place = { file, remedy: beginAnew };
  return parseSealed(unsealText(text, place), runSchema, place);
}

const beginAnew = 'begin anew in another folder';

function assertSame(
  run: RunFile,
  { what, options }: Pick<WorkFolderOptions<never>, 'what' | 'options'>,
  path: string,
): void {
  if (run.what !== what) {
    throw new LammError('checkpoint', `expected a ${what} in the folder, found a ${run.what}; choose another folder`, {
      file: path,
    });
  }
  const remedy = 'ask for the same as the first worker, or choose another folder';
  assertSameOptions(options, run.options, { file: path, what, remedy });
}

interface OpenWork<Piece> {
  readonly path: string;
  readonly runFile: string;
  readonly results: string;
  readonly plan: Plan<Piece>;
  /** The piece where this worker begins to look. */
  readonly first: number;
}

function openWork<Piece>(
  { path, runFile, results, plan, first }: OpenWork<Piece>,
  { tell, patienceMs }: Pick<WorkFolderOptions<Piece>, 'tell' | 'patienceMs'>,
): WorkFolder<Piece> {
  const fileOf = (number: number, ending = resultEnding) => join(results, `${nameOf(number)}.${ending}`);
  const watch = createLockWatch({ patienceMs });
  const random = createRandom(first + 1);
  let known = nothingKnown;
  let next = first;

  async function look(): Promise<void> {
    known = await lookAt(results, plan.count);
  }

  async function attempt(number: number): Promise<TakenPiece<Piece> | undefined> {
    const file = fileOf(number);
    const piece = await plan.read(number);
    const lock = await lockUnlessHeld(file, { tell, patienceMs });
    if (lock === undefined) return undefined;
    const release = async () => lock[Symbol.asyncDispose]();
    if (existsSync(file)) return void (await release());
    return {
      number,
      piece,
      async finish(result, others = {}) {
        for (const [ending, text] of Object.entries(others))
          await writeFileAtomic(fileOf(number, ending), sealText(text));
        await writeFileAtomic(file, sealText(result));
        known.done.add(number);
        await release();
      },
      release,
    };
  }

  /** The next piece from where this worker is, round to there, that is not known to be done or taken. */
  function nextFree(): number | undefined {
    for (let count = 0; count < plan.count; count++) {
      const number = (next + count) % plan.count;
      if (!known.done.has(number) && !known.taken.has(number)) return number;
    }
    return undefined;
  }

  /** One of those that others have taken, if its worker has died. */
  async function takeOver(): Promise<TakenPiece<Piece> | undefined> {
    for (const number of known.taken) {
      if (known.done.has(number) || !(await watch.mayHaveEnded(fileOf(number)))) continue;
      const taken = await attempt(number);
      if (taken !== undefined) return taken;
    }
    return undefined;
  }

  async function take(): Promise<TakenPiece<Piece> | undefined> {
    if (known === nothingKnown) await look();
    let isFresh = false;
    for (let losses = 0; ; ) {
      const number = nextFree();
      if (number === undefined) {
        if (isFresh) return takeOver();
        await look();
        isFresh = true;
        continue;
      }
      next = number + 1;
      const taken = await attempt(number);
      if (taken !== undefined) return taken;
      known.taken.add(number);
      // Where one piece is gone its neighbours are, too.  With many workers a look at the folder costs more than some
      // attempts elsewhere.
      next = random.integer(plan.count);
      if (++losses % lossesBeforeLook === 0) await look();
    }
  }

  /** Removes what workers left behind that died. */
  async function removeLeft(): Promise<void> {
    for (const folder of [path, results]) await removeAbandoned(folder);
    for (const number of (await lookAt(results, plan.count)).taken) await (await attempt(number))?.release();
  }

  async function takeTurn(isNeeded: () => Promise<boolean> = async () => true): Promise<AsyncDisposable | undefined> {
    const turn = (await isNeeded()) ? await waitForTurn(runFile, { tell, isNeeded }) : undefined;
    if (turn === undefined) {
      await using lock = await lockUnlessHeld(runFile, { tell, patienceMs });
      if (lock !== undefined) await removeLeft();
      return undefined;
    }
    try {
      await removeLeft();
      return turn;
    } catch (error) {
      await turn[Symbol.asyncDispose]();
      throw error;
    }
  }

  function placeOfResult(number: number, ending?: string): SealedPlace {
    const remedy = `remove ${fileOf(number)}, and the same command calculates the piece again`;
    return { file: fileOf(number, ending), remedy };
  }

  async function read(number: number, ending?: string): Promise<string> {
    const place = placeOfResult(number, ending);
    return unsealText(await readFile(place.file, 'utf8').catch(() => ''), place);
  }

  return {
    path,
    pieceCount: plan.count,
    piece: plan.read,
    take,
    async expected() {
      const number = nextFree();
      return number === undefined ? undefined : { number, piece: await plan.read(number) };
    },
    async done(maxAgeMs = 0) {
      if (performance.now() - known.atMs >= maxAgeMs) await look();
      return known.done.size;
    },
    read,
    async readRows(number, schema) {
      const lines = (await read(number)).split('\n');
      return lines.filter((line) => line !== '').map((line) => parseSealed(line, schema, placeOfResult(number)));
    },
    takeTurn,
  };
}

const resultEnding = 'jsonl';
/** Pieces that turn out to be taken before the folder is looked at again. */
const lossesBeforeLook = 8;

function nameOf(number: number): string {
  return String(number).padStart(7, '0');
}

/** What a look at the results says. */
interface Known {
  readonly done: Set<number>;
  /** Pieces with a lock. */
  readonly taken: Set<number>;
  readonly atMs: number;
}

const nothingKnown: Known = { done: new Set(), taken: new Set(), atMs: Number.NEGATIVE_INFINITY };

/** What others may have put beside the results of `count` pieces does not count. */
async function lookAt(results: string, count: number): Promise<Known> {
  const atMs = performance.now();
  const names = await readdir(results).catch(() => []);
  const numbersOf = (pattern: RegExp) => {
    const digits = names.flatMap((name) => pattern.exec(name)?.slice(1) ?? []);
    return new Set(digits.map(Number).filter((number, index) => number < count && nameOf(number) === digits[index]));
  };
  return { done: numbersOf(/^(\d+)\.jsonl$/), taken: numbersOf(/^\.(\d+)\.jsonl\.lock$/), atMs };
}

/** The right to begin, or to end; undefined when others have done meanwhile what it was needed for. */
async function waitForTurn(
  file: string,
  { tell, isNeeded }: { readonly tell?: (text: string) => void; readonly isNeeded: () => Promise<boolean> },
): Promise<FileLock | undefined> {
  for (let waitMs = 50; ; waitMs = Math.min(2000, 1.5 * waitMs)) {
    const lock = await lockUnlessHeld(file, { tell });
    if (await isNeeded()) {
      if (lock !== undefined) return lock;
    } else {
      await lock?.[Symbol.asyncDispose]();
      return undefined;
    }
    await sleep(waitMs);
  }
}
