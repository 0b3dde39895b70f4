import { randomUUID } from 'node:crypto';
import { closeSync, openSync, rmSync, writeSync } from 'node:fs';
import { lstat, readFile, realpath, rm, stat, utimes } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { LammError } from '../errors.js';
import { writeError, writeFileAtomic } from '../io/bytes/atomic-file.js';
import { shortName } from '../io/bytes/temporary-file.js';
import { fateOf, type ProcessIdentity, thisProcess } from '../process-identity.js';

/** The right to write a file, which one process has at a time. */
export interface FileLock extends AsyncDisposable {
  /**
   * @throws {LammError} `locked` when another process has taken the file over in the belief that this one had ended.
   */
  assertHeld(): Promise<void>;
}

export interface LockOptions {
  /** Told when the file is taken over from a process that ended without giving it back. */
  readonly tell?: (text: string) => void;
  /**
   * Milliseconds between signs of life, for processes that cannot look whether this one runs, on another machine for
   * instance.
   */
  readonly beatMs?: number;
  /** Milliseconds without a sign of life after which such a process takes over. */
  readonly patienceMs?: number;
}

const defaultPatienceMs = 20_000;

/** Who holds a lock, as its file says. */
interface Holder extends ProcessIdentity {
  /** No two locks have the same. */
  readonly id: string;
  /** Time of the day when it was taken, ISO 8601. */
  readonly since: string;
}

/**
 * Takes the right to write `path`: a small file `.NAME.lock` beside it names the process that has it.
 * The lock of a process that has ended, by `kill -9` for instance, is taken over.
 *
 * @throws {LammError} `locked` when another process has it; `file-write` where no file can be made.
 */
export async function lockFile(path: string, options: LockOptions = {}): Promise<FileLock> {
  const { beatMs = 5000 } = options;
  const file = await lockPath(path);
  if (file === undefined) return { assertHeld: async () => undefined, [Symbol.asyncDispose]: async () => undefined };
  const own: Holder = { id: randomUUID(), ...thisProcess(), since: new Date().toISOString() };
  await acquire(file, own, { ...options, path });
  const timer = setInterval(() => void beat(file), beatMs);
  timer.unref();
  return {
    async assertHeld() {
      const holder = await readHolder(file);
      if (holder?.id === own.id || (holder === undefined && tryCreate(file, own, path))) return;
      throw lockedBy(holder, path, 'has had the run');
    },
    async [Symbol.asyncDispose]() {
      clearInterval(timer);
      if ((await readHolder(file))?.id === own.id) await rm(file, { force: true });
    },
  };
}

/** Locks a file like `lockFile`; undefined when another process has it. */
export async function lockUnlessHeld(path: string, options: LockOptions = {}): Promise<FileLock | undefined> {
  try {
    return await lockFile(path, options);
  } catch (error) {
    if (error instanceof LammError && error.code === 'locked') return undefined;
    throw error;
  }
}

/**
 * Takes the right to write several files, or none of them; names that mean the same file count once.
 *
 * @throws {LammError} see `lockFile`.
 */
export async function lockFiles(paths: readonly string[], options: LockOptions = {}): Promise<FileLock> {
  const named = await Promise.all(paths.map(async (path) => ({ path, lock: await lockPath(path) })));
  const distinct = named.filter(({ lock }, index) => named.findIndex((other) => other.lock === lock) === index);
  distinct.sort((a, b) => (a.path < b.path ? -1 : 1)); // in one order, so that two processes never wait for each other
  const locks: FileLock[] = [];
  const release = async () => {
    for (const lock of locks.splice(0)) await lock[Symbol.asyncDispose]();
  };
  try {
    for (const { path } of distinct) locks.push(await lockFile(path, options));
  } catch (error) {
    await release();
    throw error;
  }
  return {
    async assertHeld() {
      for (const lock of locks) await lock.assertHeld();
    },
    [Symbol.asyncDispose]: release,
  };
}

/**
 * Looks at locks of others again and again without waiting for signs of life, and says which of them may be taken over:
 * of a process that has ended, or, where that cannot be known, of one that gave no sign of life for `patienceMs`.
 */
export function createLockWatch({ patienceMs = defaultPatienceMs }: Pick<LockOptions, 'patienceMs'> = {}) {
  const seen = new Map<string, { readonly beat: number | undefined; readonly since: number }>();
  return {
    /** Whether the lock of `path` is worth a `lockFile`, which makes sure. */
    async mayHaveEnded(path: string): Promise<boolean> {
      const file = await lockPath(path);
      const holder = file === undefined ? undefined : await readHolder(file);
      if (file === undefined || holder === undefined || holder.pid === 0) return true;
      const fate = fateOf(holder);
      if (fate !== 'unknown') return fate !== 'runs';
      const beat = await lastBeat(file);
      const before = seen.get(path);
      if (before !== undefined && before.beat === beat) return performance.now() - before.since > patienceMs;
      seen.set(path, { beat, since: performance.now() });
      return false;
    },
  };
}

/** Where the lock of a file lies; undefined for devices and pipes, which many may write. */
async function lockPath(path: string): Promise<string | undefined> {
  const real = await realpath(path).catch(async () => {
    const folder = await realpath(dirname(path)).catch(() => dirname(path));
    return join(folder, basename(path));
  });
  const present = await stat(real).catch(() => undefined);
  const isLockable = present === undefined || present.isFile() || present.isDirectory();
  return isLockable ? join(dirname(real), `.${shortName(real)}.lock`) : undefined;
}

async function acquire(file: string, own: Holder, options: LockOptions & { path: string }): Promise<void> {
  while (!tryCreate(file, own, options.path)) {
    const holder = await readHolder(file);
    if (holder === undefined) continue; // given back meanwhile
    if (await isAlive(file, holder, options)) throw lockedBy(holder, options.path, 'has been writing it');
    await using _turn = await waitForTurn(`${file}.takeover`);
    if ((await readHolder(file))?.id !== holder.id) continue; // another process was faster
    await writeFileAtomic(file, formatHolder(own));
    options.tell?.(`${options.path}: taken over from ${describe(holder)}, which has ended`);
    return;
  }
}

/** Only one process at a time looks at a lock that was left behind; its own lock may be left behind in turn. */
async function waitForTurn(path: string): Promise<FileLock> {
  for (;;) {
    const lock = await lockUnlessHeld(path);
    if (lock !== undefined) return lock;
    await sleep(20);
  }
}

/** Makes the lock of `path` unless there is one. */
function tryCreate(file: string, own: Holder, path: string): boolean {
  let handle: number | undefined;
  try {
    handle = openSync(file, 'wx');
    writeSync(handle, formatHolder(own));
    return true;
  } catch (error) {
    if (handle !== undefined) rmSync(file, { force: true }); // the disk is full
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false; // node's file errors have a code
    throw writeError(path, error);
  } finally {
    if (handle !== undefined) closeSync(handle);
  }
}

function formatHolder(holder: Holder): string {
  return `${JSON.stringify(holder)}\n`;
}

/** Bytes that no lock has. */
const maxLockBytes = 1e5;

/** The text of a lock; undefined when there is none. */
async function readLock(file: string): Promise<string | undefined> {
  try {
    const stats = await lstat(file);
    if (stats.isFile() && stats.size < maxLockBytes) return await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined; // node's file errors have a code
    throw writeError(file, error);
  }
  throw new LammError('file-write', 'expected the lock of a run, a small file, found something else; remove it', {
    file,
  });
}

/** Undefined when there is no lock; one that stays empty was left by a process that ended while it made it. */
async function readHolder(file: string): Promise<Holder | undefined> {
  for (let attempt = 0; ; attempt++) {
    const text = await readLock(file);
    if (text === undefined) return undefined;
    const holder = parseHolder(text);
    if (holder !== undefined) return holder;
    if (attempt === 50) return { id: text, pid: 0, host: thisProcess().host, since: '', place: thisProcess().place };
    await sleep(20);
  }
}

function parseHolder(text: string): Holder | undefined {
  try {
    const holder = JSON.parse(text) as Partial<Holder> | null; // checked next
    return typeof holder?.id === 'string' && typeof holder.pid === 'number' && typeof holder.host === 'string'
      ? { since: '', ...holder, id: holder.id, pid: holder.pid, host: holder.host }
      : undefined;
  } catch {
    return undefined;
  }
}

async function isAlive(
  file: string,
  holder: Holder,
  { tell, path, patienceMs = defaultPatienceMs }: LockOptions & { path: string },
): Promise<boolean> {
  if (holder.pid === 0) return false;
  const fate = fateOf(holder);
  if (fate !== 'unknown') return fate === 'runs';
  tell?.(`${path}: waiting ${patienceMs / 1000} s for a sign of life of ${describe(holder)}, which wrote it last`);
  const last = await lastBeat(file);
  for (const end = performance.now() + patienceMs; performance.now() < end; ) {
    await sleep(Math.min(250, patienceMs / 10));
    const beat = await lastBeat(file);
    if (beat !== last) return beat !== undefined; // or it was given back
  }
  return false;
}

async function beat(file: string): Promise<void> {
  const now = new Date();
  await utimes(file, now, now).catch(() => undefined); // `assertHeld` finds out what has become of it
}

async function lastBeat(file: string): Promise<number | undefined> {
  return (await stat(file).catch(() => undefined))?.mtimeMs;
}

function describe({ pid, host }: Holder): string {
  return host === thisProcess().host ? `process ${pid}` : `process ${pid} on ${host}`;
}

function lockedBy(holder: Holder | undefined, file: string, does: string): LammError {
  const since = holder === undefined || holder.since === '' ? '' : ` since ${holder.since}`;
  const who = holder === undefined ? 'another process' : describe(holder);
  return new LammError('locked', `${who} ${does}${since}; wait until it has ended, or choose other files`, { file });
}
