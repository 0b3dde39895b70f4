import { rmdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { makeFolder } from '../io/bytes/atomic-file.js';
import { type FileLock, type LockOptions, lockFile } from './run-lock.js';

/**
 * Takes the right to write a folder by the lock of `name`, the file that counts in it.  The folder is made where there
 * is none, and is gone again when the lock is given back and nothing was written.
 *
 * @throws {LammError} `locked` when another process has it; `file-write` where no folder can be made.
 */
export async function lockFolder(folder: string, name: string, options: LockOptions = {}): Promise<FileLock> {
  const made = await makeFolder(folder);
  const withdraw = async () => {
    if (made !== undefined) await removeEmpty(folder, made);
  };
  const lock = await lockFile(join(folder, name), options).catch(async (error: unknown) => {
    await withdraw();
    throw error;
  });
  return {
    assertHeld: () => lock.assertHeld(),
    async [Symbol.asyncDispose]() {
      await lock[Symbol.asyncDispose]();
      await withdraw();
    },
  };
}

/** Removes a folder, and those above it up to `highest`, as far as they are empty. */
async function removeEmpty(folder: string, highest: string): Promise<void> {
  try {
    for (let path = folder; path.length >= highest.length; path = dirname(path)) await rmdir(path);
  } catch {
    // it is in use
  }
}
