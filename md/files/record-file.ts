import { type FileHandle, open } from 'node:fs/promises';
import { LammError } from '../../src/errors.js';
import { writeError } from '../../src/io/bytes/atomic-file.js';

/** A file that grows at its end; a device or pipe takes the text as it comes. */
export interface RecordFile extends AsyncDisposable {
  append(text: string): Promise<void>;
  /** Returns when the disk has it all. */
  flush(): Promise<void>;
  /** Length in bytes. */
  length(): number;
}

/**
 * Opens a new file, or with `keptBytes` an existing one cut back to that length.
 *
 * @throws {LammError} `checkpoint` when the existing file is shorter; `file-write` when it cannot be written.
 */
export async function openRecord(path: string, keptBytes?: number): Promise<RecordFile> {
  const { handle, isFile } = await openHandle(path, keptBytes);
  let length = keptBytes ?? 0;
  return {
    append: async (text) => {
      const bytes = Buffer.from(text);
      await writeAll(handle, { bytes, position: isFile ? length : null, path });
      length += bytes.length;
    },
    flush: async () => {
      try {
        if (isFile) await handle.datasync();
      } catch (cause) {
        throw writeError(path, cause); // some disks say only now that they are full
      }
    },
    length: () => length,
    [Symbol.asyncDispose]: () => handle.close(),
  };
}

interface OpenedFile {
  readonly handle: FileHandle;
  /** Rather than a device or pipe, which has no length, no places and nothing to flush. */
  readonly isFile: boolean;
}

async function openHandle(path: string, keptBytes = 0): Promise<OpenedFile> {
  try {
    const handle = await open(path, keptBytes === 0 ? 'w' : 'r+');
    const stats = await handle.stat();
    const { size } = stats;
    if (!stats.isFile()) return { handle, isFile: false };
    if (size >= keptBytes) {
      await handle.truncate(keptBytes);
      return { handle, isFile: true };
    }
    await handle.close();
    throw new LammError(
      'checkpoint',
      `expected at least the ${keptBytes} bytes that the checkpoint knows, found ${size}`,
      { file: path },
    );
  } catch (cause) {
    if (cause instanceof LammError) throw cause;
    throw writeError(path, cause);
  }
}

async function writeAll(
  handle: FileHandle,
  { bytes, position, path }: { bytes: Buffer; position: number | null; path: string },
): Promise<void> {
  let done = 0;
  try {
    while (done < bytes.length) {
      const { bytesWritten } = await handle.write(
        bytes,
        done,
        bytes.length - done,
        position === null ? null : position + done,
      );
      done += bytesWritten;
    }
  } catch (cause) {
    throw writeError(path, cause);
  }
}
