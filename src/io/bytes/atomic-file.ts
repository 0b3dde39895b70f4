import { mkdir, open, readlink, realpath, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { LammError } from '../../errors.js';
import { removeAbandoned, temporaryName } from './temporary-file.js';

/** What a file is made of: one piece, or pieces written one after another. */
export type FileData = string | Uint8Array | Iterable<string | Uint8Array> | AsyncIterable<string | Uint8Array>;

interface WriteSteps {
  /** Called when the new file is whole on the disk and the old one still in its place. */
  beforeRename?(): Promise<void>;
}

/**
 * Writes a whole file or nothing, as `createAtomicFile` does.
 *
 * @throws {LammError} as `createAtomicFile`.
 */
export async function writeFileAtomic(path: string, data: FileData, steps?: WriteSteps): Promise<void> {
  await using file = await createAtomicFile(path, steps);
  const pieces = typeof data === 'string' || data instanceof Uint8Array ? [data] : data;
  try {
    for await (const piece of pieces) await file.write(piece);
  } catch (error) {
    throw writeError(path, error);
  }
  await file.keep();
}

/** A file that is written piece by piece.  Disposed before it is kept, it leaves nothing behind. */
export interface AtomicFile extends AsyncDisposable {
  write(piece: string | Uint8Array): Promise<void>;
  /** Puts what was written in its place, as a whole. */
  keep(): Promise<void>;
}

/**
 * Begins a file that will be there as a whole or not at all: the data go to a temporary name in the same folder, are
 * flushed to the disk and renamed into place. A link stays, and what it names is written; a device or pipe
 * (`/dev/stdout`) is written directly. What writers left in the folder that were killed is removed.
 *
 * @throws {LammError} `file-write` when the disk is full, the folder is missing or may not be written; an old file is
 *   then untouched.
 */
export async function createAtomicFile(path: string, { beforeRename }: WriteSteps = {}): Promise<AtomicFile> {
  const old = await stat(path).catch(() => undefined);
  const direct = isDirect(path) || (old !== undefined && !old.isFile());
  const target = direct ? path : await targetOf(path);
  const written = direct ? path : temporaryName(target);
  const orWriteError = (error: unknown) => {
    throw writeError(path, error);
  };
  if (!direct) await tidyOnce(resolve(dirname(target)));
  const handle = await open(written, direct ? 'w' : 'wx', old?.mode).catch(orWriteError);
  let isOpen = true;
  let isTemporary = !direct;

  async function close(): Promise<void> {
    if (!isOpen) return;
    isOpen = false;
    await handle.close();
  }

  async function putInPlace(): Promise<void> {
    if (!direct) await handle.sync();
    await close();
    if (direct) return;
    await beforeRename?.();
    await rename(written, target);
    isTemporary = false;
    await flushFolder(dirname(target));
  }

  return {
    write: (piece) => handle.writeFile(piece).catch(orWriteError),
    keep: () => putInPlace().catch(orWriteError),
    async [Symbol.asyncDispose]() {
      await close().catch(() => undefined);
      if (isTemporary) await rm(written, { force: true }).catch(() => undefined);
    },
  };
}

/** Names of open streams, which lead to files, terminals or pipes that others hold. */
function isDirect(path: string): boolean {
  return /^\/(?:dev|proc)\//.test(resolve(path));
}

const maxLinks = 40;

/** The file that a path names in the end, which need not exist yet. */
export async function targetOf(path: string): Promise<string> {
  let target = path;
  for (let count = 0; count < maxLinks; count++) {
    const link = await readlink(target).catch(() => undefined);
    if (link === undefined) return target;
    const folder = await realpath(dirname(target)).catch(() => dirname(target));
    target = resolve(folder, link);
  }
  throw new LammError('file-write', 'the link leads round in a circle; choose another path', { file: path });
}

/** What tells one output from another: paths that lead to one file have one identity, a device or pipe has none. */
export async function identityOf(path: string): Promise<string | undefined> {
  const stats = await stat(path).catch(() => undefined);
  if (stats !== undefined) return stats.isFile() ? `${stats.dev}:${stats.ino}` : undefined;
  const target = await targetOf(path);
  return join(await realpath(dirname(target)).catch(() => resolve(dirname(target))), basename(target));
}

/**
 * Makes a folder, with those above it, where there is none, and returns the highest that it made.
 *
 * @throws {LammError} `file-write` where there can be none, as a file is there.
 */
export async function makeFolder(path: string): Promise<string | undefined> {
  return mkdir(path, { recursive: true }).catch((error: unknown) => {
    throw writeError(path, error);
  });
}

/** Turns a failed write into one error with its remedy; errors that are not about the file pass through. */
export function writeError(path: string, error: unknown): unknown {
  if (error instanceof LammError || !(error instanceof Error) || !('code' in error)) return error;
  return new LammError('file-write', writeRemedies[String(error.code)] ?? `cannot be written: ${error.message}`, {
    file: path,
    cause: error,
  });
}

const writeRemedies: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full; free some space or choose another path',
  EDQUOT: 'the disk quota is used up; free some space or choose another path',
  EACCES: 'no permission to write here; choose another path',
  EPERM: 'no permission to write here; choose another path',
  EROFS: 'the file system is read-only; choose another path',
  ENOENT: 'the folder does not exist; create it or choose another path',
  ENOTDIR: 'the folder does not exist: a part of the path is a file; choose another path',
  EEXIST: 'expected a folder, found a file; choose another path',
  EISDIR: 'expected a file name, found a folder; choose another path',
  EFBIG: 'the file is too large for this file system; choose another path',
  ERR_INVALID_ARG_VALUE: 'a file name may have no NUL character in it; choose another path',
  ENAMETOOLONG: 'the file name is too long; choose another path',
};

/** Folders that this process has looked through; of very many it forgets, and looks again. */
const tidied = new Set<string>();
const maxTidied = 10_000;

/** Removes what killed writers left in a folder, the first time that something is written there. */
async function tidyOnce(folder: string): Promise<void> {
  if (tidied.has(folder)) return;
  if (tidied.size >= maxTidied) tidied.clear();
  tidied.add(folder);
  await removeAbandoned(folder);
}

/** Makes the rename itself durable; systems that cannot flush a folder need not. */
async function flushFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r').catch(() => undefined);
  await handle?.sync().catch(() => undefined);
  await handle?.close();
}
