import type { Socket } from 'node:net';
import { LammError } from '../errors.js';
import { headerLength, type IpiHeader, parseHeader } from './messages.js';

/** A connection that is read by exact numbers of bytes. */
export interface Channel {
  /** The program at the other end, for messages. */
  readonly peer: string;
  /**
   * The next header; undefined when the other side has closed the connection between two messages.  Waits at most
   * `timeoutS` seconds for it to begin.
   */
  readHeader(timeoutS?: number): Promise<IpiHeader | undefined>;
  /** The next `count` bytes of a message that has begun. */
  read(count: number): Promise<Buffer>;
  /** Passes over the next `count` bytes. */
  skip(count: number): Promise<void>;
  /** The next 32-bit integer. */
  readInteger(): Promise<number>;
  write(bytes: Buffer): Promise<void>;
  close(): void;
}

/** A message that has begun must be whole after this. */
const maxMessageS = 60;

/** How much is held of what is passed over. */
const pieceLength = 2 ** 16;

/**
 * Takes over a connected socket.
 *
 * Reading and writing throw {LammError} `engine` when the other side leaves in the middle of a message, stops for too
 * long, or sends no protocol.
 */
export function createChannel(socket: Socket, peer: string, messageTimeoutS = maxMessageS): Channel {
  socket.setNoDelay();
  socket.on('error', () => undefined); // it comes out of reading or writing as well
  const chunks: AsyncIterator<Buffer> = socket[Symbol.asyncIterator]();
  let held: Buffer = Buffer.alloc(0);

  /** Whether `count` bytes could be held before the other side closed. */
  async function fill(count: number, timeoutS: number): Promise<boolean> {
    const pieces = [held];
    let length = held.length;
    const timer = startTimer(() => socket.destroy(stalled(peer, timeoutS)), timeoutS);
    try {
      while (length < count) {
        const next = await chunks.next();
        if (next.done) break;
        pieces.push(next.value);
        length += next.value.length;
      }
    } catch (cause) {
      throw cause instanceof LammError ? cause : broken(peer, cause);
    } finally {
      clearTimeout(timer);
      held = Buffer.concat(pieces);
    }
    return length >= count;
  }

  function take(count: number): Buffer {
    const bytes = held.subarray(0, count);
    held = held.subarray(count);
    return bytes;
  }

  async function read(count: number): Promise<Buffer> {
    if (!(await fill(count, messageTimeoutS))) throw broken(peer);
    return take(count);
  }

  return {
    peer,
    read,
    async readHeader(timeoutS = Number.POSITIVE_INFINITY) {
      const hasBegun = await fill(1, timeoutS);
      if (hasBegun && (await fill(headerLength, messageTimeoutS))) return parseHeader(take(headerLength), peer);
      if (held.length > 0) throw broken(peer);
      return undefined;
    },
    async skip(count) {
      for (let left = count; left > 0; left -= Math.min(left, pieceLength)) await read(Math.min(left, pieceLength));
    },
    readInteger: async () => (await read(4)).readInt32LE(),
    write: (bytes) =>
      new Promise((resolve, reject) => {
        socket.write(bytes, (error) => (error ? reject(broken(peer, error)) : resolve()));
      }),
    close: () => socket.destroySoon(),
  };
}

function startTimer(act: () => void, seconds: number): NodeJS.Timeout | undefined {
  return Number.isFinite(seconds) ? setTimeout(act, 1000 * seconds) : undefined;
}

function broken(peer: string, cause?: unknown): LammError {
  return new LammError('engine', `${peer} closed the connection in the middle of a message; look at its own output`, {
    cause,
  });
}

function stalled(peer: string, seconds: number): LammError {
  return new LammError(
    'engine',
    `${peer} sent nothing for ${seconds} s where an answer was due; look at its own output`,
  );
}
