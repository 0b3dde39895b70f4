import { createServer, type Server, type Socket } from 'node:net';
import { countOf } from '../count-of.js';
import { LammError } from '../errors.js';
import { cellVolume } from '../structure/cell.js';
import type { AtomicSystem } from '../structure/structure.js';
import { formatIpiAddress, type IpiAddress, netAddress } from './address.js';
import { type Channel, createChannel } from './channel.js';
import {
  type ForceAnswer,
  formatHeader,
  formatInit,
  formatPositions,
  type IpiHeader,
  parseEnergy,
  parseForces,
  parseStress,
} from './messages.js';
import { standardOrientation, turnRows, turnRowsBack, turnStressBack } from './orientation.js';

export interface EngineOptions {
  readonly address: IpiAddress;
  /** How long to wait in s for the force engine to connect. */
  readonly connectTimeoutS?: number;
  /** How long to wait in s for the answer to one structure. */
  readonly answerTimeoutS?: number;
  /** Called when the socket is open: now the engine can be started. */
  readonly onListening?: () => void;
}

export interface EngineConnection {
  /** Energy, forces and (where there is a volume) stress of the engine for a structure. */
  evaluate(system: AtomicSystem): Promise<ForceAnswer>;
  /** Tells the engine to end and closes the connection. */
  close(): Promise<void>;
}

/**
 * Opens a socket at which a force engine (LAMMPS `fix ipi`, a DFT program, `lamm serve`) may connect, and waits for it.
 * The socket is closed and its file removed as soon as the engine is there, or does not come.
 *
 * @throws {LammError} `engine` when the address is taken or not ours, or nobody comes.
 */
export async function acceptEngine(options: EngineOptions): Promise<EngineConnection> {
  const { address, connectTimeoutS = 60, answerTimeoutS = Number.POSITIVE_INFINITY, onListening } = options;
  const server = createServer();
  await listen(server, address);
  try {
    onListening?.();
    const socket = await firstConnection(server, { address, connectTimeoutS });
    return createConnection(createChannel(socket, 'the force engine'), answerTimeoutS);
  } finally {
    server.close();
  }
}

function createConnection(channel: Channel, answerTimeoutS: number): EngineConnection {
  return {
    evaluate: async (system) => {
      const turn = standardOrientation(system.cell);
      if (turn === undefined) return ask(channel, system, answerTimeoutS);
      const turned = { ...system, cell: turnRows(system.cell, turn), positions: turnRows(system.positions, turn) };
      for (const i of [1, 2, 5]) turned.cell[i] = 0; // rounding
      const { energy, forces, stress } = await ask(channel, turned, answerTimeoutS);
      return { energy, forces: turnRowsBack(forces, turn), ...(stress && { stress: turnStressBack(stress, turn) }) };
    },
    close: async () => {
      await channel.write(formatHeader('EXIT')).catch(() => undefined); // it may be gone already
      channel.close();
    },
  };
}

async function ask(channel: Channel, system: AtomicSystem, answerTimeoutS: number): Promise<ForceAnswer> {
  await channel.write(formatHeader('STATUS'));
  let status = await expectHeader(channel, ['READY', 'NEEDINIT'], answerTimeoutS);
  if (status === 'NEEDINIT') {
    await channel.write(Buffer.concat([formatInit(), formatHeader('STATUS')]));
    status = await expectHeader(channel, ['READY'], answerTimeoutS);
  }
  await channel.write(Buffer.concat([formatPositions(system), formatHeader('STATUS')]));
  await expectHeader(channel, ['HAVEDATA'], answerTimeoutS);
  await channel.write(formatHeader('GETFORCE'));
  await expectHeader(channel, ['FORCEREADY'], answerTimeoutS);
  return readForces(channel, system);
}

async function expectHeader(channel: Channel, expected: readonly IpiHeader[], timeoutS: number): Promise<IpiHeader> {
  const header = await channel.readHeader(timeoutS);
  if (header !== undefined && expected.includes(header)) return header;
  const found = header === undefined ? 'a closed connection; look at its own output' : header;
  throw new LammError('engine', `expected ${expected.join(' or ')} from ${channel.peer}, found ${found}`, {
    quantity: 'header',
    expected: expected.join(' or '),
    actual: header,
  });
}

const maxExtrasLength = 2 ** 28;

async function readForces(channel: Channel, { numbers, cell }: AtomicSystem): Promise<ForceAnswer> {
  const energy = parseEnergy(await channel.read(8));
  const atomCount = await channel.readInteger();
  if (atomCount !== numbers.length) {
    throw new LammError(
      'structure',
      `${channel.peer} sent forces on ${countOf(atomCount, 'atom')}, expected ${numbers.length}; start it with the structure of the simulation`,
      { quantity: 'atoms', expected: String(numbers.length), actual: String(atomCount) },
    );
  }
  const forces = parseForces(await channel.read(24 * atomCount));
  const virial = await channel.read(72);
  const extrasLength = await channel.readInteger();
  if (!(extrasLength >= 0 && extrasLength <= maxExtrasLength)) {
    throw new LammError(
      'engine',
      `expected a text after the virial of ${channel.peer}, found one of ${extrasLength} bytes`,
    );
  }
  await channel.skip(extrasLength);
  assertFinite(channel.peer, { energy: [energy], forces, virial: parseStress(virial, 1) });
  const volume = cellVolume(cell);
  return { energy, forces, ...(volume > 0 && { stress: parseStress(virial, volume) }) };
}

/** A program that has failed may send what is no number rather than nothing. */
function assertFinite(peer: string, answer: Readonly<Record<string, ArrayLike<number>>>): void {
  for (const [quantity, values] of Object.entries(answer)) {
    const bad = Array.from(values).find((value) => !Number.isFinite(value));
    if (bad === undefined) continue;
    const message = `${peer} sent ${bad} for the ${quantity}, where finite numbers are due; look at its own output and at the structure`;
    throw new LammError('non-finite', message, { quantity, actual: String(bad) });
  }
}

function listen(server: Server, address: IpiAddress): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      reject(
        new LammError('engine', `cannot listen at ${formatIpiAddress(address)}: ${reasonOf(cause, address)}`, {
          cause,
        }),
      );
    });
    server.listen(netAddress(address), resolve);
  });
}

function reasonOf({ code, message }: NodeJS.ErrnoException, { kind }: IpiAddress): string {
  if (code !== 'EADDRINUSE') return code === 'EACCES' ? 'permission denied' : message;
  return kind === 'tcp'
    ? 'another program listens there'
    : 'the socket file exists; another program listens there, or left it behind: then remove it';
}

function firstConnection(
  server: Server,
  { address, connectTimeoutS }: { address: IpiAddress; connectTimeoutS: number },
): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      reject(
        new LammError(
          'engine',
          `no force engine connected to ${formatIpiAddress(address)} within ${connectTimeoutS} s; start it, or compare the addresses`,
          { quantity: 'address' },
        ),
      );
    }, 1000 * connectTimeoutS);
    server.once('connection', (socket) => {
      clearTimeout(timer);
      resolve(socket);
    });
  });
}
