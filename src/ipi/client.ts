import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { countOf } from '../count-of.js';
import { LammError } from '../errors.js';
import { cellVolume } from '../structure/cell.js';
import { type AtomicSystem, createStructure } from '../structure/structure.js';
import { formatIpiAddress, type IpiAddress, netAddress } from './address.js';
import { type Channel, createChannel } from './channel.js';
import { cellsLength, type ForceAnswer, formatForces, formatHeader, parseCell, parsePositions } from './messages.js';

export interface ServeOptions {
  readonly address: IpiAddress;
  /** How long to wait in s for a server to be there. */
  readonly connectTimeoutS?: number;
  /** Leaves at once, also in the midst of a message. */
  readonly signal?: AbortSignal;
  /** Called once connected. */
  readonly onConnect?: () => void;
  /** Called after each calculation with their number. */
  readonly onAnswer?: (evaluations: number) => void;
}

export interface ServeSummary {
  readonly evaluations: number;
  /** Seconds spent calculating. */
  readonly seconds: number;
  /** Who ended it: the server with EXIT, the server by closing the connection between two messages, or our signal. */
  readonly end: 'exit' | 'closed' | 'interrupted';
}

/**
 * Connects to an i-PI server and answers with energies, forces and virials until the server has enough.
 *
 * The protocol carries no elements: `system` gives numbers and periodicity, the server positions and cell.
 *
 * @throws {LammError} `engine` when there is no server, or it breaks off or breaks the protocol; `structure` for
 *   another number of atoms; what `calculate` throws.
 */
export async function serveForces(
  system: AtomicSystem,
  calculate: (system: AtomicSystem) => Promise<ForceAnswer>,
  options: ServeOptions,
): Promise<ServeSummary> {
  const total = { evaluations: 0, seconds: 0 };
  let channel: Channel | undefined;
  try {
    channel = await openChannel(options);
    options.onConnect?.();
    const end = await answerAll(channel, async () => {
      const frame = await readFrame(channel as Channel, system); // open, just above
      const started = performance.now();
      const answer = await calculate(frame);
      total.seconds += (performance.now() - started) / 1000;
      total.evaluations++;
      options.onAnswer?.(total.evaluations);
      return formatForces(answer, cellVolume(frame.cell));
    });
    return { ...total, end };
  } catch (error) {
    if (options.signal?.aborted) return { ...total, end: 'interrupted' };
    throw error;
  } finally {
    channel?.close();
  }
}

async function answerAll(channel: Channel, answerFrame: () => Promise<Buffer>): Promise<'exit' | 'closed'> {
  let answer: Buffer | undefined;
  for (;;) {
    const header = await channel.readHeader();
    if (header === undefined) return 'closed';
    if (header === 'EXIT') return 'exit';
    if (header === 'STATUS') {
      await channel.write(formatHeader(answer === undefined ? 'READY' : 'HAVEDATA'));
    } else if (header === 'INIT') {
      await skipInit(channel);
    } else if (header === 'POSDATA' && answer === undefined) {
      answer = await answerFrame();
    } else if (header === 'GETFORCE' && answer !== undefined) {
      await channel.write(answer);
      answer = undefined;
    } else {
      const state = answer === undefined ? 'expects positions' : 'has forces waiting';
      throw new LammError(
        'engine',
        `${channel.peer} sent ${header} to a client that ${state}; it breaks the protocol`,
        {
          quantity: 'header',
          actual: header,
        },
      );
    }
  }
}

const maxRemarkLength = 2 ** 20;

// A bead number and a remark for the client, which has no use for either.
async function skipInit(channel: Channel): Promise<void> {
  await channel.readInteger();
  const length = await channel.readInteger();
  if (!(length >= 0 && length <= maxRemarkLength)) {
    throw new LammError(
      'engine',
      `expected at most ${maxRemarkLength} bytes after INIT from ${channel.peer}, found ${length}`,
    );
  }
  await channel.skip(length);
}

async function readFrame(channel: Channel, { numbers, pbc }: AtomicSystem): Promise<AtomicSystem> {
  const cell = parseCell(await channel.read(cellsLength));
  const atomCount = await channel.readInteger();
  if (atomCount !== numbers.length) {
    throw new LammError(
      'structure',
      `${channel.peer} sent ${countOf(atomCount, 'atom')}, the structure that gives the elements has ${numbers.length}; start it with the structure of the simulation`,
      { quantity: 'atoms', expected: String(numbers.length), actual: String(atomCount) },
    );
  }
  const positions = parsePositions(await channel.read(24 * atomCount));
  return createStructure({ numbers, positions, cell, pbc });
}

const retryMs = 100;

/** Connects, again and again while there is no server yet: the order in which two programs start is left to chance. */
async function openChannel({ address, connectTimeoutS = 60, signal }: ServeOptions): Promise<Channel> {
  const deadline = performance.now() + 1000 * connectTimeoutS;
  for (;;) {
    signal?.throwIfAborted();
    try {
      const socket = await connectOnce(address, { timeoutMs: deadline - performance.now(), signal });
      signal?.addEventListener('abort', () => socket.destroy(), { once: true });
      if (signal?.aborted) socket.destroy();
      return createChannel(socket, `the server at ${formatIpiAddress(address)}`);
    } catch (cause) {
      if (performance.now() + retryMs > deadline) throw noServer(address, connectTimeoutS, cause);
      await sleep(retryMs, undefined, { signal });
    }
  }
}

/** A server that is there but takes nobody in is waited for, too, but no longer than `timeoutMs`. */
function connectOnce(
  address: IpiAddress,
  { timeoutMs, signal }: { timeoutMs: number; signal?: AbortSignal },
): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(netAddress(address));
    const leave = () => socket.destroy(new Error('interrupted'));
    signal?.addEventListener('abort', leave, { once: true });
    const timer = setTimeout(
      () => socket.destroy(new Error('the server takes nobody in')),
      Math.max(timeoutMs, retryMs),
    );
    const settle = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', leave);
    };
    socket.once('error', (error) => {
      settle();
      reject(error);
    });
    socket.once('connect', () => {
      settle();
      socket.removeAllListeners('error');
      resolve(socket);
    });
  });
}

function noServer(address: IpiAddress, seconds: number, cause: unknown): LammError {
  const reason = cause instanceof Error && 'code' in cause ? ` (${cause.code})` : '';
  return new LammError(
    'engine',
    `no i-PI server answered at ${formatIpiAddress(address)} within ${seconds} s${reason}; start it, or compare the addresses`,
    { quantity: 'address', cause },
  );
}
