import { LammError } from '../../errors.js';

/** A file in a tar archive. */
export interface TarFile {
  readonly name: string;
  readonly bytes: Buffer;
}

const blockSize = 512;
/** A file beyond this is none of many small ones. */
const maxFileBytes = 2 ** 28;

/** Whether the beginning of a file is that of a tar archive. */
export function isTar(head: Buffer): boolean {
  return head.length >= blockSize && head.toString('latin1', 257, 262) === 'ustar' && hasChecksum(head);
}

/**
 * Reads the files of a tar archive whose names fit `pattern`, one after another; the others are passed over.
 *
 * @see POSIX.1-2017, pax, ustar interchange format; GNU's long names are read too.
 * @throws {LammError} `format` when it is cut off or damaged.
 */
export async function* iterateTar(
  chunks: AsyncIterable<Uint8Array>,
  { pattern, file }: { readonly pattern: RegExp; readonly file?: string },
): AsyncGenerator<TarFile> {
  const input = new ByteQueue(chunks);
  let longName: string | undefined;
  for (;;) {
    const header = await input.take(blockSize);
    if (header === undefined) throw damaged(file);
    if (header.every((byte) => byte === 0)) return;
    if (!hasChecksum(header)) throw damaged(file);
    const { name, size, kind } = readHeader(header);
    const isName = kind === 'L' || kind === 'x';
    const isWanted = isName || ((kind === '0' || kind === '\0') && pattern.test(longName ?? name));
    if (!Number.isSafeInteger(size) || (isWanted && size > maxFileBytes)) throw damaged(file);
    const padded = Math.ceil(size / blockSize) * blockSize;
    const content = isWanted ? await input.take(padded) : (await input.skip(padded)) ? Buffer.alloc(0) : undefined;
    if (content === undefined) throw damaged(file);
    const bytes = content.subarray(0, size);
    if (isWanted && !isName) yield { name: longName ?? name, bytes };
    longName = kind === 'L' ? textOf(bytes) : kind === 'x' ? pathOfRecords(bytes) : undefined;
  }
}

function readHeader(header: Buffer): { readonly name: string; readonly size: number; readonly kind: string } {
  const prefix = header.toString('latin1', 257, 263) === 'ustar\0' ? textOf(header.subarray(345, 500)) : '';
  const name = textOf(header.subarray(0, 100));
  const isBinary = (header[124] & 0x80) !== 0;
  const size = isBinary ? Number(header.readBigUInt64BE(128)) : Number.parseInt(textOf(header.subarray(124, 136)), 8);
  return { name: prefix === '' ? name : `${prefix}/${name}`, size, kind: header.toString('latin1', 156, 157) };
}

/** The sum of the bytes of a header, its own field taken as blanks. */
function hasChecksum(header: Buffer): boolean {
  const stored = Number.parseInt(textOf(header.subarray(148, 156)), 8);
  const field = header.subarray(148, 156).reduce((sum, byte) => sum + byte - 32, 0);
  return header.subarray(0, blockSize).reduce((sum, byte) => sum + byte, -field) === stored;
}

/** Up to the first zero. */
function textOf(bytes: Buffer): string {
  const end = bytes.indexOf(0);
  return bytes.toString('utf8', 0, end < 0 ? bytes.length : end).trim();
}

/** `26 path=some/long/name.sdf` among lines of the kind. */
function pathOfRecords(bytes: Buffer): string | undefined {
  return /^\d+ path=(.*)$/m.exec(bytes.toString('utf8'))?.[1];
}

/** Bytes that come in chunks and go in pieces of any size. */
class ByteQueue {
  private readonly chunks: AsyncIterator<Uint8Array>;
  private rest: Uint8Array = new Uint8Array(0);

  constructor(chunks: AsyncIterable<Uint8Array>) {
    this.chunks = chunks[Symbol.asyncIterator]();
  }

  /** The next bytes; undefined when there are fewer. */
  async take(length: number): Promise<Buffer | undefined> {
    const pieces: Uint8Array[] = [];
    return (await this.pass(length, (piece) => pieces.push(piece))) ? Buffer.concat(pieces) : undefined;
  }

  /** Passes over the next bytes; false when there are fewer. */
  skip(length: number): Promise<boolean> {
    return this.pass(length, () => 0);
  }

  private async pass(length: number, use: (piece: Uint8Array) => number): Promise<boolean> {
    for (let missing = length; ; ) {
      const piece = this.rest.subarray(0, missing);
      use(piece);
      this.rest = this.rest.subarray(piece.length);
      missing -= piece.length;
      if (missing === 0) return true;
      const { value, done } = await this.chunks.next();
      if (done) return false;
      this.rest = value;
    }
  }
}

function damaged(file: string | undefined): LammError {
  return new LammError('format', 'the tar archive is cut off or damaged; copy or download it again', { file });
}
