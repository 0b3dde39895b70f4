import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { LammError } from '../../errors.js';
import { InputBudget } from './input-budget.js';
import { readError } from './read-file.js';

/** Bytes that can be read in any order.  Whoever opens one disposes it. */
export interface ByteSource extends Disposable {
  readonly file: string | undefined;
  readonly size: number;
  /** What reading it may cost. */
  readonly budget: InputBudget;
  /** @throws {LammError} `format` when the bytes do not all exist. */
  read(offset: number, length: number): Buffer;
}

/** Opens a file. */
export function openByteSource(path: string): ByteSource {
  try {
    const handle = openSync(path, 'r');
    const size = fstatSync(handle).size;
    return {
      file: path,
      size,
      budget: new InputBudget(path, size),
      read(offset, length) {
        assertRange(offset, length, { size, file: path });
        const bytes = Buffer.allocUnsafe(length);
        try {
          for (let done = 0; done < length; ) {
            const count = readSync(handle, bytes, done, length - done, offset + done);
            if (count === 0) failShort(offset, length, path);
            done += count;
          }
        } catch (error) {
          throw readError(path, error);
        }
        return bytes;
      },
      [Symbol.dispose]: () => closeSync(handle),
    };
  } catch (error) {
    throw readError(path, error);
  }
}

/** Bytes that are in memory. */
export function byteSourceOf(
  bytes: Uint8Array,
  file?: string,
  budget = new InputBudget(file, bytes.length),
): ByteSource {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const size = buffer.length;
  return {
    file,
    size,
    budget,
    read(offset, length) {
      assertRange(offset, length, { size, file });
      return buffer.subarray(offset, offset + length);
    },
    [Symbol.dispose]: () => undefined,
  };
}

function assertRange(
  offset: number,
  length: number,
  { size, file }: { readonly size: number; readonly file?: string },
): void {
  const isSafe = Number.isSafeInteger(offset) && Number.isSafeInteger(length) && offset >= 0 && length >= 0;
  if (!isSafe || offset + length > size) failShort(offset, length, file);
}

function failShort(offset: number, length: number, file: string | undefined): never {
  throw new LammError(
    'format',
    `expected ${length} bytes from byte ${offset} on, which the file does not have; it is damaged or cut off`,
    { file },
  );
}

/** The bytes from `offset` on, up to `length` of them: the last line end of a file may be missing. */
export function readUpTo(source: ByteSource, offset: number, length: number): Buffer {
  return source.read(offset, Math.min(length, source.size - offset));
}
