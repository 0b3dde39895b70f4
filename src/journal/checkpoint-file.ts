import { link, readFile, rename, rm, stat } from 'node:fs/promises';
import { LammError } from '../errors.js';
import { writeError, writeFileAtomic } from '../io/bytes/atomic-file.js';
import { formatState, parseState, type StateKind } from './state-file.js';

/** A state that was read from a checkpoint or, where that one is damaged or missing, from the one before it. */
export interface LoadedState<State> {
  readonly state: State;
  /** Why it is the one before the last; absent when it is the last. */
  readonly fallback?: string;
}

/** Name of the checkpoint before the last. */
function previousPath(path: string): string {
  return `${path}.previous`;
}

/**
 * Reads the last whole checkpoint at `path`; undefined when there is none.
 *
 * @throws {LammError} `checkpoint` when there are only damaged ones, or those of something else.
 */
export async function loadCheckpoint<State>(
  path: string,
  kind: StateKind<State>,
): Promise<LoadedState<State> | undefined> {
  const last = await attempt(path, kind);
  if (last !== undefined && !(last instanceof LammError)) return last;
  const before = await attempt(previousPath(path), kind);
  if (before !== undefined && !(before instanceof LammError)) {
    return { ...before, fallback: last?.message ?? `${path} is not there` };
  }
  if (last !== undefined) throw last;
  return undefined;
}

/**
 * Writes a checkpoint; the one that was there becomes the one before the last.
 * Whenever the process dies, `loadCheckpoint` finds one of them whole.
 */
export async function saveCheckpoint<State>(path: string, kind: StateKind<State>, state: State): Promise<void> {
  await assertRegular(path);
  await writeFileAtomic(path, formatState(kind, state), { beforeRename: () => keepPrevious(path) });
}

// The last checkpoint gets a second name, so that it is never missing; where a file can have but one, it is renamed.
async function keepPrevious(path: string): Promise<void> {
  const previous = previousPath(path);
  await rm(previous, { force: true });
  const isGone = (error: NodeJS.ErrnoException) => error.code === 'ENOENT';
  await link(path, previous).catch(async (error: NodeJS.ErrnoException) => {
    if (!isGone(error)) await rename(path, previous);
  });
}

/** Puts the checkpoint before the last in the place of the last, which is damaged or missing. */
export async function restorePrevious(path: string): Promise<void> {
  await guard(path, () => rename(previousPath(path), path));
}

/** Removes the checkpoints of a run that needs them no more, the last one last. */
export async function removeCheckpoint(path: string): Promise<void> {
  await guard(path, async () => {
    await rm(previousPath(path), { force: true });
    await rm(path, { force: true });
  });
}

/** @throws {LammError} `usage` for devices, pipes and folders, which can neither be replaced nor read back. */
export async function assertRegular(path: string): Promise<void> {
  const present = await stat(path).catch(() => undefined);
  if (present === undefined || present.isFile()) return;
  const found = present.isDirectory() ? 'a folder' : 'a device or pipe';
  throw new LammError('usage', `expected a file for the checkpoint, found ${found}; choose another path`, {
    file: path,
  });
}

async function attempt<State>(
  path: string,
  kind: StateKind<State>,
): Promise<LoadedState<State> | LammError | undefined> {
  try {
    await assertRegular(path); // others may have no end
    return { state: parseState(await readFile(path), kind, { file: path }) };
  } catch (error) {
    if (error instanceof LammError) return error;
    const { code, message } = error as NodeJS.ErrnoException; // node's file errors have both
    if (code === 'ENOENT') return undefined;
    return new LammError('checkpoint', `cannot be read: ${message}`, { file: path, cause: error });
  }
}

async function guard(path: string, write: () => Promise<void>): Promise<void> {
  try {
    await write();
  } catch (error) {
    throw writeError(path, error);
  }
}
