import { type FileHandle, open } from 'node:fs/promises';
import { LammError } from '../errors.js';
import { writeError } from '../io/bytes/atomic-file.js';

/** A file that grows at its end and knows its own length. */
export interface AppendFile extends AsyncDisposable {
  readonly path: string;
  /** Length in bytes. */
  readonly length: number;
  append(text: string): Promise<void>;
  /**
   * Returns when the disk has it all.
   *
   * @throws {LammError} `checkpoint` when somebody else has cut the file or written to it.
   */
  flush(): Promise<void>;
}

/**
 * Opens a new file, or with `keptBytes` an existing one cut back to that length.  A device or pipe takes what comes and
 * is not cut.
 *
 * @throws {LammError} `checkpoint` when the existing file is missing or shorter; `file-write` when it cannot be
 *   written.
 */
export async function openAppendFile(path: string, keptBytes = 0): Promise<AppendFile> {
  const { handle, isRegular } = await openHandle(path, keptBytes);
  let length = keptBytes;
  return {
    path,
    get length() {
      return length;
    },
    async append(text) {
      const bytes = Buffer.from(text);
      await writeAll(handle, { bytes, position: isRegular ? length : null, path });
      length += bytes.length;
    },
    async flush() {
      if (!isRegular) return;
      const { size } = await handle.stat();
      if (size !== length) throw disturbed(path, length, size);
      try {
        await handle.datasync();
      } catch (cause) {
        throw writeError(path, cause); // some disks say only now that they are full
      }
    },
    [Symbol.asyncDispose]: () => handle.close(),
  };
}

async function openHandle(path: string, keptBytes: number): Promise<{ handle: FileHandle; isRegular: boolean }> {
  let handle: FileHandle | undefined;
  try {
    handle = await open(path, keptBytes === 0 ? 'w' : 'r+');
    const stats = await handle.stat();
    const isRegular = stats.isFile();
    if (isRegular && stats.size < keptBytes) throw tooShort(path, keptBytes, `${stats.size}`);
    if (isRegular) await handle.truncate(keptBytes);
    return { handle, isRegular };
  } catch (cause) {
    await handle?.close();
    if (keptBytes > 0 && (cause as NodeJS.ErrnoException).code === 'ENOENT') throw tooShort(path, keptBytes, 'no file'); // node's file errors have a code
    throw writeError(path, cause);
  }
}

function tooShort(path: string, kept: number, found: string): LammError {
  const message = `expected at least the ${kept} bytes that the checkpoint knows, found ${found}; restore the file, or start over without resuming`;
  return new LammError('checkpoint', message, { file: path, expected: `${kept} bytes`, actual: found });
}

function disturbed(path: string, length: number, size: number): LammError {
  const message = `expected the ${length} bytes that this run has written, found ${size}: another program has changed the file; resume to go on from the last checkpoint`;
  return new LammError('checkpoint', message, { file: path, expected: `${length} bytes`, actual: `${size} bytes` });
}

async function writeAll(
  handle: FileHandle,
  { bytes, position, path }: { bytes: Buffer; position: number | null; path: string },
): Promise<void> {
  let done = 0;
  try {
    while (done < bytes.length) {
      const place = position === null ? null : position + done;
      const { bytesWritten } = await handle.write(bytes, done, bytes.length - done, place);
      done += bytesWritten;
    }
  } catch (cause) {
    throw writeError(path, cause);
  }
}
