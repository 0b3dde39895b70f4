import { randomUUID } from 'node:crypto';
import { connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { createSocketCalculator } from '../../calculators/socket.js';
import { LammError } from '../../src/errors.js';
import { serveForces } from '../../src/ipi/client.js';
import { type ForceAnswer, formatForces, formatHeader, formatPositions } from '../../src/ipi/messages.js';
import { createRandom, type Random } from '../../src/random.js';
import { createStructure } from '../../src/structure/structure.js';
import type { Effort, Tally } from './tally.js';

const system = createStructure({
  symbols: ['H', 'H', 'O'],
  positions: [0, 0, 0, 1, 0, 0, 0, 1, 0],
  cell: [9, 0, 0, 0, 9, 0, 0, 0, 9],
  pbc: [true, true, true],
});
const sound: ForceAnswer = { energy: -1, forces: new Float64Array(9), stress: new Float64Array(6) };
/** A partner that has not been left within this time, in ms, is waited for without end. */
const patience = 120_000;

/** Speaks the protocol of i-PI wrongly to both of its ends: what comes is finite numbers, or an error of ours. */
export async function attackByLies({ seed, share, folder, deadline }: Effort): Promise<Tally> {
  const faults: string[] = [];
  let attacks = 0;
  const wanted = Math.round(400 * share);
  for (let number = 0; number < wanted && performance.now() < deadline; number++) {
    const random = createRandom(seed + number);
    const path = join(folder, randomUUID().slice(0, 8));
    attacks++;
    const talk = number % 2 === 0 ? lieAsEngine(path, random) : lieAsServer(path, random);
    const fault = await Promise.race([talk, late()]);
    if (fault !== undefined) faults.push(`seed ${seed + number}: ${fault}`);
  }
  return { name: 'partners that lie', attacks, faults, notes: '' };
}

function late(): Promise<string> {
  return new Promise((resolve) => setTimeout(() => resolve('no end'), patience).unref());
}

/** Bytes of an answer of which some are others, or missing, or more. */
function distorted(bytes: Buffer, random: Random): Buffer {
  const copy = Buffer.from(bytes);
  const choice = random.integer(5);
  const special = [Number.NaN, Number.POSITIVE_INFINITY, -1e300, 1e300][random.integer(4)];
  if (choice === 0) return copy.subarray(0, random.integer(bytes.length));
  if (choice === 1) copy.writeDoubleLE(special, random.integer(Math.max(1, bytes.length - 8)));
  if (choice === 2) copy.fill(0xff, random.integer(bytes.length));
  if (choice === 3) copy[random.integer(bytes.length)] ^= 1 << random.integer(8);
  return choice === 4 ? Buffer.concat([copy, copy]) : copy;
}

async function lieAsEngine(path: string, random: Random): Promise<string | undefined> {
  let socket: Socket | undefined;
  const onListening = () => {
    socket = connect(path);
    socket.on('error', () => undefined);
    let asked = 0;
    let silence: NodeJS.Timeout | undefined;
    socket.on('data', () => {
      const answers = [formatHeader('READY'), formatHeader('HAVEDATA'), formatForces(sound, 729)];
      const answer = answers[Math.min(asked++, 2)];
      socket?.write(random.uniform() < 0.5 ? distorted(answer, random) : answer);
      if (asked > 2 || random.uniform() < 0.1) socket?.end();
      clearTimeout(silence);
      silence = setTimeout(() => socket?.end(), 500); // else it would be waited for as long as a message may take
    });
  };
  const calculator = createSocketCalculator({ address: path, connectTimeoutS: 5, answerTimeoutS: 5, onListening });
  try {
    const { energy, forces, stress } = await calculator.calculate(system);
    return [energy, ...forces, ...(stress ?? [])].every(Number.isFinite) ? undefined : 'numbers that are not finite';
  } catch (error) {
    return error instanceof LammError ? undefined : `raw ${String(error)}`;
  } finally {
    await calculator[Symbol.asyncDispose]();
    socket?.destroy();
  }
}

async function lieAsServer(path: string, random: Random): Promise<string | undefined> {
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    const messages = [formatHeader('STATUS'), formatPositions(system), formatHeader('GETFORCE'), formatHeader('EXIT')];
    for (const message of messages) socket.write(random.uniform() < 0.5 ? distorted(message, random) : message);
    socket.end();
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  try {
    await serveForces(system, async () => sound, { address: { kind: 'unix', path }, connectTimeoutS: 5 });
    return undefined;
  } catch (error) {
    return error instanceof LammError ? undefined : `raw ${String(error)}`;
  } finally {
    server.close();
  }
}
