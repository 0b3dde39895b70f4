import { randomUUID } from 'node:crypto';
import { type FileHandle, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { LammError } from '../../errors.js';

/** What a file is made of: one piece, or pieces written one after another. */
export type FileData = string | Uint8Array | Iterable<string | Uint8Array> | AsyncIterable<string | Uint8Array>;

/**
 * Writes a whole file or nothing: the data go to a temporary name in the same folder, are flushed to the disk and renamed into place.
 * A device or pipe (`/dev/stdout`) is written directly.
 *
 * @throws {LammError} `file-write` when the disk is full, the folder is missing or may not be written; an old file is then untouched.
 */
export async function writeFileAtomic(
  path: string,
  data: FileData,
  {
    beforeRename,
  }: {
    /** Called when the new file is whole on the disk and the old one still in its place. */ beforeRename?: () => Promise<void>;
  } = {},
): Promise<void> {
  const old = await stat(path).catch(() => undefined);
  const direct = old !== undefined && !old.isFile();
  const target = direct ? path : temporaryName(path);
  try {
    await writePieces(await open(target, direct ? 'w' : 'wx', old?.mode), data, !direct);
    if (direct) return;
    await beforeRename?.();
    await rename(target, path);
    await flushFolder(dirname(path));
  } catch (error) {
    if (!direct) await rm(target, { force: true }).catch(() => undefined);
    throw writeError(path, error);
  }
}

/** Removes what writers of `path` left behind that were killed before they could rename it; for whoever is about to become its only writer. */
export async function removeTemporaries(path: string): Promise<void> {
  const prefix = temporaryPrefix(path);
  const names = await readdir(dirname(path)).catch(() => []);
  const strays = names.filter(
    (name) => name.startsWith(prefix) && /^[0-9a-f]{8}\.tmp$/.test(name.slice(prefix.length)),
  );
  await Promise.all(strays.map((name) => rm(join(dirname(path), name), { force: true })));
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
  ENOSPC: 'the disk is full; free some space or choose another --out',
  EDQUOT: 'the disk quota is used up; free some space or choose another --out',
  EACCES: 'no permission to write here; choose another --out',
  EPERM: 'no permission to write here; choose another --out',
  EROFS: 'the file system is read-only; choose another --out',
  ENOENT: 'the folder does not exist; create it or choose another --out',
  ENOTDIR: 'the folder does not exist: a part of the path is a file; choose another --out',
  EISDIR: 'expected a file name, found a folder; choose another --out',
  EFBIG: 'the file is too large for this file system; choose another --out',
  ENAMETOOLONG: 'the file name is too long; choose another --out',
};

function temporaryName(path: string): string {
  return join(dirname(path), `${temporaryPrefix(path)}${randomUUID().slice(0, 8)}.tmp`);
}

function temporaryPrefix(path: string): string {
  return `.${basename(path).slice(0, 200)}.`;
}

async function writePieces(handle: FileHandle, data: FileData, flush: boolean): Promise<void> {
  try {
    const pieces = typeof data === 'string' || data instanceof Uint8Array ? [data] : data;
    for await (const piece of pieces) await handle.writeFile(piece);
    if (flush) await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Makes the rename itself durable; systems that cannot flush a folder need not. */
async function flushFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r').catch(() => undefined);
  await handle?.sync().catch(() => undefined);
  await handle?.close();
}
