import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { LammError } from '../errors.js';
import { writeFileAtomic } from '../io/bytes/atomic-file.js';
import { removeAbandoned } from '../io/bytes/temporary-file.js';
import { type FileLock, lockFile } from './run-lock.js';
import { assertSameOptions, type RunOptions } from './same-run.js';
import { sealPieces, sealText, unsealText } from './sealed-text.js';

/** Work in pieces that any number of processes share through a folder, on one machine or many. */
export interface WorkFolder<Piece> {
  readonly path: string;
  readonly pieceCount: number;
  /** Takes a piece that nobody works on, also one whose worker has died; undefined when all that are not done are being worked on. */
  take(): Promise<TakenPiece<Piece> | undefined>;
  /** Numbers of the pieces that are done. */
  done(): Promise<ReadonlySet<number>>;
  /**
   * The result of a piece that is done.
   *
   * @throws {LammError} `checkpoint` when it is missing or damaged.
   */
  read(number: number, ending?: string): Promise<string>;
  /** The right to write beside the pieces, waited for while others have it; what workers left behind that died is removed. */
  takeTurn(): Promise<AsyncDisposable>;
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
  /** Told what a user should know. */
  readonly tell?: (text: string) => void;
}

interface RunFile {
  readonly what: string;
  readonly options: RunOptions;
  readonly pieceCount: number;
}

/**
 * Joins the work in a folder, or begins it where there is none.
 *
 * A piece is taken by making a lock file that shows signs of life, and done when its result has been renamed into place: two workers that
 * should ever do the same piece write the same result twice, and a worker that dies loses the piece it was at, and nothing else.
 *
 * @throws {LammError} `checkpoint` when the folder holds other work, with the difference; `file-exists` when it holds something else.
 */
export async function joinWork<Piece>(path: string, options: WorkFolderOptions<Piece>): Promise<WorkFolder<Piece>> {
  const runFile = join(path, 'run.json');
  const planFile = join(path, 'plan.jsonl');
  const results = join(path, 'pieces');
  await mkdir(results, { recursive: true });
  let run = await readRun(runFile);
  if (run === undefined) {
    await using _turn = await waitForTurn(runFile, options.tell);
    run = (await readRun(runFile)) ?? (await beginRun({ path, runFile, planFile }, options));
  }
  assertSame(run, options, path);
  return openWork({ path, runFile, results, pieces: await readPlan<Piece>(planFile), tell: options.tell });
}

/** How far the work in a folder is, for whoever only looks: pieces that are done, and all; undefined where there is no work. */
export async function countWork(path: string): Promise<{ done: number; all: number; options: RunOptions } | undefined> {
  const run = await readRun(join(path, 'run.json'));
  if (run === undefined) return undefined;
  return { done: (await doneIn(join(path, 'pieces'))).size, all: run.pieceCount, options: run.options };
}

async function beginRun<Piece>(
  { path, runFile, planFile }: { readonly path: string; readonly runFile: string; readonly planFile: string },
  { what, options, plan }: WorkFolderOptions<Piece>,
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
  let pieceCount = 0;
  async function* lines() {
    for await (const piece of plan()) {
      pieceCount++;
      yield `${JSON.stringify(piece)}\n`;
    }
  }
  await writeFileAtomic(planFile, sealPieces(lines()));
  const run: RunFile = { what, options, pieceCount };
  await writeFileAtomic(runFile, sealText(`${JSON.stringify(run)}\n`));
  return run;
}

async function readRun(file: string): Promise<RunFile | undefined> {
  const text = await readFile(file, 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  return JSON.parse(unsealText(text, { file, remedy: beginAnew }));
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
  assertSameOptions(options, run.options, { file: path, what });
}

async function readPlan<Piece>(file: string): Promise<Piece[]> {
  const text = await readFile(file, 'utf8').catch(() => '');
  const lines = unsealText(text, { file, remedy: beginAnew }).split('\n').slice(0, -1);
  return lines.map((line) => JSON.parse(line));
}

interface OpenWork<Piece> {
  readonly path: string;
  readonly runFile: string;
  readonly results: string;
  readonly pieces: readonly Piece[];
  readonly tell?: (text: string) => void;
}

function openWork<Piece>({ path, runFile, results, pieces, tell }: OpenWork<Piece>): WorkFolder<Piece> {
  const fileOf = (number: number, ending: string) => join(results, `${nameOf(number)}.${ending}`);

  async function attempt(number: number): Promise<TakenPiece<Piece> | undefined> {
    const file = fileOf(number, resultEnding);
    const lock = await lockFile(file, { tell }).catch(unlessLocked);
    if (lock === undefined) return undefined;
    const release = async () => lock[Symbol.asyncDispose]();
    if (existsSync(file)) return void (await release());
    return {
      number,
      piece: pieces[number],
      async finish(result, others = {}) {
        for (const [ending, text] of Object.entries(others))
          await writeFileAtomic(fileOf(number, ending), sealText(text));
        await writeFileAtomic(file, sealText(result));
        await release();
      },
      release,
    };
  }

  async function take(): Promise<TakenPiece<Piece> | undefined> {
    const present = new Set(await readdir(results));
    const open = pieces.flatMap((_, number) => (present.has(`${nameOf(number)}.${resultEnding}`) ? [] : [number]));
    const isLocked = (number: number) => present.has(`.${nameOf(number)}.${resultEnding}.lock`);
    // Those without a lock first: of the others most are alive, and it takes time to see that one on another machine is not.
    for (const number of [...open.filter((each) => !isLocked(each)), ...open.filter(isLocked)]) {
      const taken = await attempt(number);
      if (taken !== undefined) return taken;
    }
    return undefined;
  }

  async function takeTurn(): Promise<AsyncDisposable> {
    const turn = await waitForTurn(runFile, tell);
    try {
      for (const folder of [path, results]) await removeAbandoned(folder);
      const locked = (await readdir(results)).flatMap((name) => /^\.(\d+)\.jsonl\.lock$/.exec(name)?.[1] ?? []);
      for (const number of locked) await (await attempt(Number(number)))?.release();
      return turn;
    } catch (error) {
      await turn[Symbol.asyncDispose]();
      throw error;
    }
  }

  return {
    path,
    pieceCount: pieces.length,
    take,
    done: () => doneIn(results),
    async read(number, ending = resultEnding) {
      const file = fileOf(number, ending);
      const remedy = `remove ${fileOf(number, resultEnding)}, and the same command calculates the piece again`;
      return unsealText(await readFile(file, 'utf8').catch(() => ''), { file, remedy });
    },
    takeTurn,
  };
}

const resultEnding = 'jsonl';

function nameOf(number: number): string {
  return String(number).padStart(7, '0');
}

async function doneIn(results: string): Promise<Set<number>> {
  const names = await readdir(results).catch(() => []);
  return new Set(names.flatMap((name) => (/^\d+\.jsonl$/.test(name) ? [Number.parseInt(name, 10)] : [])));
}

function unlessLocked(error: unknown): undefined {
  if (error instanceof LammError && error.code === 'locked') return undefined;
  throw error;
}

/** The right to begin; whoever waits for it finds the work begun. */
async function waitForTurn(file: string, tell?: (text: string) => void): Promise<FileLock> {
  for (;;) {
    const lock = await lockFile(file, { tell }).catch(unlessLocked);
    if (lock !== undefined) return lock;
    await sleep(100);
  }
}
