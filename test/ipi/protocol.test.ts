import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createEmt } from '../../calculators/emt.js';
import { createSocketCalculator } from '../../calculators/socket.js';
import { type IpiAddress, parseIpiAddress } from '../../src/ipi/address.js';
import { type ServeOptions, serveForces } from '../../src/ipi/client.js';
import { formatForces, formatHeader, formatInit, formatPositions, headerLength } from '../../src/ipi/messages.js';
import { acceptEngine } from '../../src/ipi/server.js';
import type { AtomicSystem } from '../../src/structure/structure.js';
import { createStructure } from '../../src/structure/structure.js';
import { bohr, hartree } from '../../src/units.js';
import { largestDifference } from '../helpers/compare.js';
import { rattledCopper } from '../helpers/copper.js';

const newPath = () => join(tmpdir(), `lamm-${randomUUID().slice(0, 8)}`);
const unix = (path: string): IpiAddress => ({ kind: 'unix', path });
const emt = createEmt();
const calculate = (system: AtomicSystem) => emt.calculate(system);

/** Our client with EMT, for the structure that gives the elements. */
const serve = (system: AtomicSystem, path: string, more: Partial<ServeOptions> = {}) =>
  serveForces(system, calculate, { address: unix(path), connectTimeoutS: 5, ...more });

/** Copper in a cell that is neither upright nor right-handed. */
function skewedCopper(): AtomicSystem {
  const { numbers, positions, pbc } = rattledCopper(1);
  return createStructure({ numbers, positions, cell: [0.2, 3.6, 0.1, 3.5, 0.3, 0.4, 0.1, 0.2, 3.7], pbc });
}

describe('our server and our client', () => {
  it.each<[string, () => AtomicSystem]>([
    ['a crystal', () => rattledCopper(1)],
    ['a skewed, left-handed cell', skewedCopper],
    [
      'a molecule without cell',
      () => createStructure({ symbols: ['Cu', 'Cu', 'Au'], positions: [0, 0, 0, 2.3, 0.1, 0, 1, 2, 0.2] }),
    ],
  ])('bring energy, forces and stress of %s over the wire unchanged', async (_, createSystem) => {
    const system = createSystem();
    const path = newPath();
    const served = serve(system, path);
    const calculator = createSocketCalculator({ address: path });
    const direct = await calculate(system);
    for (let call = 0; call < 3; call++) {
      const { energy, energies, forces, stress } = await calculator.calculate(system);
      expect(energy).toBeCloseTo(direct.energy, 12);
      expect(energies.reduce((sum, value) => sum + value)).toBeCloseTo(energy, 12);
      expect(largestDifference(forces, direct.forces)).toBeLessThan(1e-12);
      expect(stress === undefined).toBe(direct.stress === undefined);
      if (stress && direct.stress) expect(largestDifference(stress, direct.stress)).toBeLessThan(1e-12);
    }
    await calculator[Symbol.asyncDispose]();
    expect(await served).toMatchObject({ evaluations: 3, end: 'exit' });
    expect(existsSync(path)).toBe(false);
  });

  it('meet over TCP, and answer calls made at the same time one by one', async () => {
    const port = await freePort();
    const crystals = [rattledCopper(1), rattledCopper(1, { rattle: 0.2 })];
    const address = parseIpiAddress(`localhost:${port}`);
    const served = serveForces(crystals[0], calculate, { address });
    const calculator = createSocketCalculator({ address: `localhost:${port}` });
    const answers = await Promise.all(crystals.map((crystal) => calculator.calculate(crystal)));
    for (const [i, { energy }] of answers.entries())
      expect(energy).toBeCloseTo((await calculate(crystals[i])).energy, 12);
    await calculator[Symbol.asyncDispose]();
    expect((await served).end).toBe('exit');
  });

  it('end when the signal says so, also while waiting for a server', async () => {
    const path = newPath();
    expect(await serve(rattledCopper(1), path, { signal: AbortSignal.timeout(50) })).toMatchObject({
      end: 'interrupted',
    });
    const stop = new AbortController();
    const served = serve(rattledCopper(1), path, { signal: stop.signal });
    const calculator = createSocketCalculator({ address: path });
    await calculator.calculate(rattledCopper(1));
    stop.abort();
    expect(await served).toMatchObject({ end: 'interrupted', evaluations: 1 });
    await expect(calculator.calculate(rattledCopper(1))).rejects.toThrow(/closed/);
    await calculator[Symbol.asyncDispose]();
  });
});

describe('the wire', () => {
  it('carries headers of 12 characters, bohr, hartree, transposed cells and the virial -V stress', () => {
    const cell = Float64Array.of(2, 0, 0, 1, 4, 0, 0, 0, 5);
    const message = formatPositions({ cell, positions: Float64Array.of(bohr, 0, 0) });
    expect(message.toString('latin1', 0, headerLength)).toBe('POSDATA     ');
    const numbers = (start: number, count: number) =>
      Array.from({ length: count }, (_, i) => message.readDoubleLE(start + 8 * i));
    expect(
      largestDifference(
        numbers(12, 9),
        [2, 1, 0, 0, 4, 0, 0, 0, 5].map((x) => x / bohr),
      ),
    ).toBeLessThan(1e-15);
    expect(
      largestDifference(
        numbers(84, 9),
        [0.5, -0.125, 0, 0, 0.25, 0, 0, 0, 0.2].map((x) => x * bohr),
      ),
    ).toBeLessThan(1e-15);
    expect(message.readInt32LE(156)).toBe(1);
    expect(numbers(160, 3)).toEqual([1, 0, 0]);

    const stress = Float64Array.of(0.1, 0.2, 0.3, 0.4, 0.5, 0.6);
    const forces = formatForces({ energy: hartree, forces: Float64Array.of(hartree / bohr, 0, 0), stress }, 10);
    expect(forces.toString('latin1', 0, headerLength)).toBe('FORCEREADY  ');
    expect(forces.readDoubleLE(12)).toBeCloseTo(1, 15);
    expect(forces.readInt32LE(20)).toBe(1);
    expect(forces.readDoubleLE(24)).toBeCloseTo(1, 15);
    const virial = Array.from({ length: 9 }, (_, i) => forces.readDoubleLE(48 + 8 * i) * hartree);
    expect(largestDifference(virial, [-1, -6, -5, -6, -2, -4, -5, -4, -3])).toBeLessThan(1e-14);
    expect(forces.readInt32LE(120)).toBe(forces.length - 124);
  });
});

/** Plays a server by hand: sends `bytes` once our client is there, then closes. */
async function clientAgainst(bytes: Buffer, system: AtomicSystem = rattledCopper(1)): Promise<unknown> {
  const path = newPath();
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.resume();
    socket.end(bytes);
  }).listen(path);
  try {
    return await serve(system, path).catch((error: unknown) => error);
  } finally {
    server.close();
  }
}

describe('our client', () => {
  const crystal = rattledCopper(1);

  it('ends quietly when the server closes between two messages', async () => {
    expect(await clientAgainst(formatHeader('STATUS'))).toMatchObject({ end: 'closed', evaluations: 0 });
    const asked = Buffer.concat([
      formatInit(),
      formatPositions(crystal),
      formatHeader('GETFORCE'),
      formatHeader('EXIT'),
    ]);
    expect(await clientAgainst(asked)).toMatchObject({ end: 'exit', evaluations: 1 });
  });

  it.each<[string, Buffer, RegExp, string]>([
    ['half a header', Buffer.from('STAT'), /closed the connection in the middle of a message/, 'engine'],
    ['half the positions', formatPositions(crystal).subarray(0, 200), /in the middle of a message/, 'engine'],
    [
      'another protocol',
      Buffer.from('GET / HTTP/1.1\r\n'),
      /expected a header .* found "GET \/ HTTP\/1"; does/,
      'engine',
    ],
    ['forces before positions', formatHeader('GETFORCE'), /sent GETFORCE to a client that expects positions/, 'engine'],
    ['an answer as a question', formatHeader('FORCEREADY'), /sent FORCEREADY/, 'engine'],
    [
      'another number of atoms',
      formatPositions(rattledCopper(2)),
      /sent 32 atoms, the structure that gives the elements has 4/,
      'structure',
    ],
    [
      'positions that are not numbers',
      formatPositions({ cell: crystal.cell, positions: new Float64Array(12).fill(Number.NaN) }),
      /positions must be finite/,
      'structure',
    ],
    [
      'no cell for a crystal',
      formatPositions({ ...crystal, cell: new Float64Array(9) }),
      /periodic along/,
      'structure',
    ],
    ['a remark of a gigabyte', Buffer.from(Int32Array.of(0, 2 ** 30).buffer), /bytes after INIT/, 'engine'],
  ])('refuses %s', async (what, bytes, message, code) => {
    const sent = what.startsWith('a remark') ? Buffer.concat([formatHeader('INIT'), bytes]) : bytes;
    expect(await clientAgainst(sent)).toMatchObject({ code, message: expect.stringMatching(message) });
  });

  it('says when there is no server', async () => {
    const path = newPath();
    await expect(serve(crystal, path, { connectTimeoutS: 0.2 })).rejects.toThrow(
      expect.objectContaining({ code: 'engine', message: expect.stringContaining(`${path} within 0.2 s (ENOENT)`) }),
    );
  });

  it('hands on what the calculator says, and hangs up', async () => {
    const argon = createStructure({ symbols: ['Ar'], positions: [0, 0, 0] });
    const error = await clientAgainst(formatPositions(argon), argon);
    expect(error).toMatchObject({ code: 'unsupported-element' });
  });
});

/** Plays a client by hand that answers every STATUS with the next of `answers`, closing after the last. */
async function serverAgainst(answers: readonly Buffer[], answerTimeoutS?: number): Promise<unknown> {
  const path = newPath();
  const engine = await acceptFrom(
    path,
    (socket) => {
      const left = [...answers];
      socket.on('error', () => undefined);
      socket.on('data', (data) => {
        const questions = data.toString('latin1').match(/STATUS {6}|GETFORCE {4}/g) ?? [];
        for (const _ of questions) {
          const answer = left.shift();
          if (answer !== undefined) socket.write(answer);
          if (left.length === 0 && answerTimeoutS === undefined) socket.end();
        }
      });
    },
    answerTimeoutS,
  );
  const result = await engine.evaluate(rattledCopper(1)).catch((error: unknown) => error);
  await engine.close();
  return result;
}

function acceptFrom(path: string, play: (socket: Socket) => void, answerTimeoutS?: number) {
  return acceptEngine({ address: unix(path), answerTimeoutS, onListening: () => play(connect(path)) });
}

const [ready, needInit, haveData] = (['READY', 'NEEDINIT', 'HAVEDATA'] as const).map(formatHeader);
const answerFor = (atomCount: number) => formatForces({ energy: 1, forces: new Float64Array(3 * atomCount) }, 0);

describe('our server', () => {
  it('sends INIT to a client that needs it', async () => {
    expect(await serverAgainst([needInit, ready, haveData, answerFor(4)])).toMatchObject({
      energy: expect.closeTo(1, 12),
    });
  });

  it.each<[string, Buffer[], RegExp]>([
    ['leaves before the first answer', [Buffer.alloc(0)], /expected READY or NEEDINIT .* found a closed connection/],
    ['leaves while it calculates', [ready, Buffer.alloc(0)], /expected HAVEDATA .* found a closed connection/],
    ['leaves in the middle of its forces', [ready, haveData, answerFor(4).subarray(0, 60)], /middle of a message/],
    ['speaks another protocol', [Buffer.from('HTTP/1.1 400 Bad')], /found "HTTP\/1.1 400"; does that program/],
    ['has other atoms', [ready, haveData, answerFor(5)], /sent forces on 5 atoms, expected 4/],
  ])('gives one clear error when the engine %s', async (_, answers, message) => {
    expect(await serverAgainst(answers)).toMatchObject({ message: expect.stringMatching(message) });
  });

  it('does not wait for ever', async () => {
    expect(await serverAgainst([ready], 0.1)).toMatchObject({ message: expect.stringContaining('nothing for 0.1 s') });
    const path = newPath();
    const calculator = createSocketCalculator({ address: path, connectTimeoutS: 0.1 });
    await expect(calculator.calculate(rattledCopper(1))).rejects.toThrow(/no force engine connected .* within 0.1 s/);
    expect(existsSync(path)).toBe(false);
  });

  it('refuses an address that another server holds', async () => {
    const path = newPath();
    const other = createServer().listen(path);
    await expect(acceptEngine({ address: unix(path) })).rejects.toThrow(/cannot listen at .* the socket file exists/);
    other.close();
  });
});

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}
