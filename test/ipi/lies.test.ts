import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { getEventListeners } from 'node:events';
import { rmSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createSocketCalculator } from '../../calculators/socket.js';
import { createChannel } from '../../src/ipi/channel.js';
import { serveForces } from '../../src/ipi/client.js';
import { formatForces, formatHeader } from '../../src/ipi/messages.js';
import { rattledCopper } from '../helpers/copper.js';

const newPath = () => join(tmpdir(), `lamm-${randomUUID().slice(0, 8)}`);
const copper = rattledCopper(1);
const atomCount = copper.numbers.length;
const good = { energy: -1, forces: new Float64Array(3 * atomCount), stress: new Float64Array(6) };

/** An engine that answers every question as it should, but with these numbers. */
function startEngine(path: string, answer: typeof good): Socket {
  const socket = connect(path);
  let hasPositions = false;
  socket.on('data', (bytes) => {
    const text = bytes.toString('latin1');
    if (text.startsWith('POSDATA')) hasPositions = true;
    if (text.includes('GETFORCE')) socket.write(formatForces(answer, 46));
    else if (text.includes('STATUS')) socket.write(formatHeader(hasPositions ? 'HAVEDATA' : 'READY'));
  });
  socket.on('error', () => undefined);
  return socket;
}

describe('an engine', () => {
  it.each([
    ['energy', { ...good, energy: Number.NaN }],
    ['forces', { ...good, forces: good.forces.map((_, index) => (index === 7 ? Number.NaN : 0)) }],
    ['virial', { ...good, stress: Float64Array.of(0, 0, 0, 0, Number.POSITIVE_INFINITY, 0) }],
  ])('that sends no number for the %s is refused as a model is', async (quantity, answer) => {
    const path = newPath();
    let engine: Socket | undefined;
    const calculator = createSocketCalculator({
      address: path,
      onListening: () => {
        engine = startEngine(path, answer);
      },
    });
    const result = calculator.calculate(copper);
    await expect(result).rejects.toMatchObject({ code: 'non-finite', details: { quantity } });
    await expect(result).rejects.toThrow(/the force engine sent (NaN|-?Infinity) for the/);
    await calculator[Symbol.asyncDispose]();
    await calculator[Symbol.asyncDispose]();
    engine?.destroy();
  });
});

it('a server that is not there yet is tried again without a trace of the attempts before', async () => {
  const { signal } = new AbortController();
  let [most, isWaiting] = [0, true];
  const look = () => {
    most = Math.max(most, getEventListeners(signal, 'abort').length);
    if (isWaiting) setTimeout(look, 20);
  };
  look();
  const serving = serveForces(copper, async () => good, {
    address: { kind: 'unix', path: newPath() },
    connectTimeoutS: 1.5,
    signal,
  });
  await expect(serving).rejects.toThrow(/no i-PI server answered/);
  isWaiting = false;
  expect(most).toBeGreaterThan(0);
  expect(most).toBeLessThan(4);
});

/** Both ends of a connection. */
async function connected(): Promise<{ ours: Socket; theirs: Socket; close(): void }> {
  const path = newPath();
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(path, resolve));
  const accepted = new Promise<Socket>((resolve) => server.once('connection', resolve));
  const theirs = connect(path);
  theirs.on('error', () => undefined);
  const ours = await accepted;
  return {
    ours,
    theirs,
    close() {
      ours.destroy();
      theirs.destroy();
      server.close();
    },
  };
}

/** Whether the system takes a connection into the queue of its server. */
function isLetIn(socket: Socket, kept: Socket[]): Promise<boolean> {
  kept.push(socket);
  return new Promise((resolve) => {
    socket.once('connect', () => resolve(true));
    socket.once('error', () => resolve(false));
    setTimeout(() => resolve(false), 2000);
  });
}

describe('a partner', () => {
  it('that stops in the midst of a header is not waited for', async () => {
    const { ours, theirs, close } = await connected();
    const channel = createChannel(ours, 'the server', 0.1);
    theirs.write('STAT');
    await expect(channel.readHeader()).rejects.toThrow(/the server sent nothing for 0.1 s/);
    close();
  });

  it('may be silent between two messages', async () => {
    const { ours, theirs, close } = await connected();
    const channel = createChannel(ours, 'the server', 0.05);
    setTimeout(() => theirs.write(formatHeader('STATUS')), 200);
    expect(await channel.readHeader()).toBe('STATUS');
    close();
  });

  it('that talks at length is passed over in pieces', async () => {
    const { ours, theirs, close } = await connected();
    const channel = createChannel(ours, 'the server');
    const passed = channel.skip(3_000_000);
    theirs.write(Buffer.concat([Buffer.alloc(3_000_000), formatHeader('EXIT')]));
    await passed;
    expect(await channel.readHeader()).toBe('EXIT');
    close();
  });

  it.skipIf(process.platform !== 'linux').each([
    ['tcp', { port: 0, host: '127.0.0.1', backlog: 1 }],
    ['unix', { path: newPath(), backlog: 1 }],
  ] as const)(
    'that takes nobody in, its queue being full, is not waited for longer than asked (%s)',
    async (kind, listening) => {
      const program = `const server = require('net').createServer();
        server.listen(${JSON.stringify(listening)}, () => console.log(server.address().port ?? 0));`;
      const child = spawn(process.execPath, ['-e', program], { stdio: ['ignore', 'pipe', 'inherit'] });
      const waiting: Socket[] = [];
      try {
        const port = await new Promise<number>((resolve) => child.stdout.once('data', (text) => resolve(Number(text))));
        child.kill('SIGSTOP');
        const path = 'path' in listening ? listening.path : '';
        const address = kind === 'tcp' ? { kind, host: '127.0.0.1', port } : { kind, path };
        while (await isLetIn(connect(kind === 'tcp' ? { host: '127.0.0.1', port } : { path }), waiting));
        const served = serveForces(copper, async () => good, { address, connectTimeoutS: 1 });
        await expect(served).rejects.toThrow(/no i-PI server answered at .* within 1 s/);
      } finally {
        for (const socket of waiting) socket.destroy();
        child.kill('SIGKILL');
        if ('path' in listening) rmSync(listening.path, { force: true });
      }
    },
    120_000,
  );

  it('that is not there within the time is said to be missing', async () => {
    const started = performance.now();
    const served = serveForces(copper, async () => good, {
      address: { kind: 'tcp', host: '192.0.2.1', port: 9 },
      connectTimeoutS: 1,
    });
    await expect(served).rejects.toThrow(/no i-PI server answered at 192.0.2.1:9 within 1 s/);
    expect(performance.now() - started).toBeLessThan(20_000);
  });
});
