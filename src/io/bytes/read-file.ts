import { closeSync, createReadStream, openSync, type ReadStream, readFileSync, readSync, statSync } from 'node:fs';
import { pipeline, Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { LammError } from '../../errors.js';
import { InputBudget } from './input-budget.js';
import { unpackXz } from './unpack-xz.js';

/**
 * The bytes of a file (`-`: standard input) in chunks, unpacked when they are gzip or xz, whatever the name says;
 * `budget` bounds to how many.
 *
 * @throws {LammError} `file-not-found` or, for a damaged or otherwise packed file, `format`.
 */
export async function* readChunks(
  path: string,
  budget = new InputBudget(path === '-' ? 'standard input' : path),
): AsyncGenerator<Uint8Array> {
  let source: ReadStream | undefined;
  try {
    const size = path === '-' ? 0 : statSync(path).size; // of a pipe 0: it is counted as it comes
    source =
      path === '-'
        ? createReadStream('', { fd: 0, autoClose: false })
        : createReadStream(path, { highWaterMark: chunkSizeOf(size) });
    budget.take(size);
    const { head, chunks } = await peek(counted(source, (bytes) => budget.take(size > 0 ? 0 : bytes)));
    const packing = packingOf(head);
    if (packing === undefined) yield* chunks;
    else if (packing === 'gzip') yield* counted(unpack(chunks), (bytes) => budget.unpack(bytes));
    else if (packing === 'xz') yield* counted(unpackXz(chunks, path), (bytes) => budget.unpack(bytes));
    else throw unknownPacking(packing, path);
  } catch (error) {
    throw readError(path, error);
  } finally {
    source?.destroy();
  }
}

/**
 * A chunk costs a turn of the event loop and, however little it holds, new memory: large files are read in few, small
 * ones in small ones.
 */
function chunkSizeOf(size: number): number {
  return Math.min(Math.max(Math.ceil(size / 8), 1 << 16), 1 << 20);
}

/** The whole text of a file, unpacked. */
export async function readText(path: string): Promise<string> {
  if (path !== '-' && statSync(path, { throwIfNoEntry: false })?.isCharacterDevice()) throw deviceError(path);
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of readChunks(path)) {
    chunks.push(chunk);
    size += chunk.length;
    if (size > maxTextBytes) throw tooLarge(path);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/**
 * The bytes of a file, or of a pipe, at once.
 *
 * @throws {LammError} `file-not-found`, also for a device, which may have no end; `format` for a pipe with more than
 *   fits a file.
 */
export function readBytesSync(path: string): Buffer {
  try {
    const stats = statSync(path);
    if (stats.isCharacterDevice()) throw deviceError(path);
    return stats.isFIFO() ? readPipe(path) : readFileSync(path);
  } catch (error) {
    throw readError(path, error);
  }
}

/** The text of a file at once; see `readBytesSync`. */
export function readTextSync(path: string): string {
  const bytes = readBytesSync(path);
  if (bytes.length <= maxTextBytes) return bytes.toString('utf8');
  throw tooLarge(path);
}

function deviceError(file: string): LammError {
  return new LammError('file-not-found', 'expected a file, found a device; check the path', { file });
}

function tooLarge(file: string): LammError {
  return new LammError('format', 'the text is larger than 500 MB, more than is read at once; split it', { file });
}

/** No string is much longer. */
const maxTextBytes = 5e8;
/** Bytes of a pipe; of files no more are read at once either. */
const maxPipeBytes = 2 ** 31;

function readPipe(path: string): Buffer {
  const handle = openSync(path, 'r');
  const pieces: Buffer[] = [];
  let size = 0;
  try {
    for (;;) {
      const piece = Buffer.allocUnsafe(1 << 20);
      const count = readSync(handle, piece);
      if (count === 0) return Buffer.concat(pieces);
      size += count;
      if (size > maxPipeBytes) throw new LammError('format', 'the pipe brings more than 2 GB', { file: path });
      pieces.push(count < piece.length ? Buffer.from(piece.subarray(0, count)) : piece);
    }
  } finally {
    closeSync(handle);
  }
}

/** Turns a failed read into one error with its remedy; errors that are not about the file pass through. */
export function readError(path: string, error: unknown): unknown {
  if (error instanceof LammError || !(error instanceof Error) || !('code' in error)) return error;
  const code = String(error.code);
  if (code.startsWith('Z_')) {
    return new LammError('format', 'the gzip data are damaged or cut off; copy or download the file again', {
      file: path,
      cause: error,
    });
  }
  if (code === 'ENOENT' && path.includes('\ufffd')) return new LammError('format', mangledName, { file: path }); // of one file: others can be read
  return new LammError('file-not-found', readRemedies[code] ?? `cannot be read: ${error.message}`, {
    file: path,
    cause: error,
  });
}

/** Of a file that a folder lists: what stands for the bytes that are no text does not lead back to it. */
const mangledName = 'the name of this file is not valid UTF-8, and such files cannot be opened; rename it';

const readRemedies: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file; check the path',
  ENOTDIR: 'there is no such file: a part of the path is not a folder; check the path',
  EISDIR: 'expected a file, found a folder; name a file in it',
  EACCES: 'no permission to read this file',
  ERR_INVALID_ARG_VALUE: 'there is no such file: its name has a NUL character in it; check the path',
};

async function* counted(chunks: AsyncIterable<Uint8Array>, count: (bytes: number) => void): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) {
    count(chunk.length);
    yield chunk;
  }
}

/** Looks at the first bytes of a stream without losing them. */
async function peek(
  iterator: AsyncIterator<Uint8Array>,
): Promise<{ head: Uint8Array; chunks: AsyncGenerator<Uint8Array> }> {
  const first: Uint8Array[] = [];
  let size = 0;
  while (size < 6) {
    const next = await iterator.next();
    if (next.done) break;
    first.push(next.value);
    size += next.value.length;
  }
  const head = Buffer.concat(first);
  return { head, chunks: prepend(head, iterator) };
}

async function* prepend(head: Uint8Array, iterator: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield head;
  for (let next = await iterator.next(); !next.done; next = await iterator.next()) yield next.value;
}

function unpack(chunks: AsyncGenerator<Uint8Array>): AsyncIterable<Uint8Array> {
  const gunzip = createGunzip({ chunkSize: 1 << 18 });
  pipeline(Readable.from(chunks), gunzip, () => undefined); // an error comes out of the iteration of `gunzip` as well
  return gunzip;
}

const packings = [
  ['gzip', 0x1f, 0x8b],
  ['xz', 0xfd, 0x37, 0x7a, 0x58, 0x5a],
  ['bzip2', 0x42, 0x5a, 0x68],
  ['zstd', 0x28, 0xb5, 0x2f, 0xfd],
  ['zip', 0x50, 0x4b, 0x03, 0x04],
] as const;

/** How a file is packed that begins so, if it is; 6 bytes tell. */
export function packingOf(head: Uint8Array): (typeof packings)[number][0] | undefined {
  return packings.find(([, ...magic]) => magic.every((byte, index) => head[index] === byte))?.[0];
}

function unknownPacking(packing: string, file: string): LammError {
  return new LammError(
    'format',
    `the file is packed with ${packing}; unpack it first (only gzip and xz are unpacked here)`,
    { file },
  );
}
