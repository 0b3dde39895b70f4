import { existsSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { createRandom } from '../../src/random.js';
import { createOnnxSession } from '../../src/runtime/onnx-session.js';
import type { TensorData } from '../../src/runtime/session.js';
import * as t from '../../src/tensor/operations.js';
import { largestDifference } from '../helpers/compare.js';

const x = t.input('x', ['n', 2]);
const feeds: Record<string, TensorData> = { x: { data: Float32Array.of(0, 1, 2, 3), shape: [2, 2] } };

test('sums by index are the same bits at every run on two threads, and right', async () => {
  const [edges, atoms, width] = [3200, 64, 512];
  const random = createRandom(1);
  const rows = Float32Array.from({ length: edges * width }, () => random.normal());
  const indices = Int32Array.from({ length: edges }, () => random.integer(atoms));
  const expected = new Float64Array(atoms * width);
  rows.forEach((value, index) => {
    expected[indices[Math.floor(index / width)] * width + (index % width)] += value;
  });
  const output = t.scatterRows(t.input('rows', ['edges', width]), t.input('indices', ['edges'], 'index'), atoms);
  // Beside other work threads that spin would wait long for one another.
  await using session = await createOnnxSession({ output }, { threads: 2, spinning: false });
  const sumFeeds = { rows: { data: rows, shape: [edges, width] }, indices: { data: indices, shape: [edges] } };
  const first = (await session.run(sumFeeds)).output.data;
  expect(largestDifference(first, expected)).toBeLessThan(1e-4); // 50 single-precision terms of order 1
  const bitsOf = ({ buffer, byteOffset, byteLength }: TensorData['data']) =>
    Buffer.from(buffer, byteOffset, byteLength);
  for (let repeat = 0; repeat < 30; repeat++) {
    expect(bitsOf((await session.run(sumFeeds)).output.data).equals(bitsOf(first))).toBe(true);
  }
});

test('a sum without any row is zero', async () => {
  const output = t.scatterRows(t.input('rows', ['edges', 3]), t.input('indices', ['edges'], 'index'), 2);
  await using session = await createOnnxSession({ output });
  const empty = {
    rows: { data: new Float32Array(0), shape: [0, 3] },
    indices: { data: new Int32Array(0), shape: [0] },
  };
  expect(Array.from((await session.run(empty)).output.data)).toEqual([0, 0, 0, 0, 0, 0]);
});

test('an output is written into a given array', async () => {
  const into = { data: new Float32Array(6).subarray(2), shape: [2, 2] };
  await using session = await createOnnxSession({ y: t.multiply(x, 2), z: t.exp(x) });
  const results = await session.run(feeds, { y: into });
  expect(Array.from(into.data)).toEqual([0, 2, 4, 6]);
  expect(results.y).toBe(into);
  expect(results.z.data[1]).toBeCloseTo(Math.E, 6);
});

test('values that are held need not be fed again, make way for others, and bring the plans of their sums along', async () => {
  const output = t.scatterRows(t.multiply(x, t.input('factor', [])), t.input('rows', ['n'], 'index'), 3);
  await using session = await createOnnxSession({ output });
  const factorOf = (value: number) => ({ factor: { data: Float32Array.of(value), shape: [] } });
  const rows = { data: Int32Array.of(2, 2), shape: [2] };
  await using held = await session.hold({ rows, ...factorOf(10) });
  expect(Array.from((await held.run(feeds)).output.data)).toEqual([0, 0, 0, 0, 20, 40]);
  expect(Array.from((await held.run({ ...feeds, ...factorOf(1) })).output.data)).toEqual([0, 0, 0, 0, 2, 4]);
  const others = { ...feeds, rows: { data: Int32Array.of(0, 1), shape: [2] } };
  expect(Array.from((await held.run(others)).output.data)).toEqual([0, 10, 20, 30, 0, 0]);
  await expect(held.run({})).rejects.toThrow(/input "x"/);
});

describe('a device that is not there', () => {
  for (const device of ['cuda', 'webgpu'] as const) {
    test(`${device}: runs there, or on the CPU with a notice that names it`, async () => {
      await using session = await createOnnxSession({ y: t.multiply(x, 2) }, { device });
      expect(Array.from((await session.run(feeds)).y.data)).toEqual([0, 2, 4, 6]);
      if (session.device === 'cpu') expect(session.notices.join()).toContain(`${device} is not available`);
      else expect(session.notices).toEqual([]);
    });
  }
});

test('a missing feed is named', async () => {
  await using session = await createOnnxSession({ y: t.multiply(x, 2) });
  await expect(session.run({})).rejects.toThrow(/input "x"/);
});

const built = new URL('../../dist/src/runtime/worker-session.js', import.meta.url);

describe.skipIf(!existsSync(built))('a session in a worker thread (skipped before the first build)', () => {
  test('gives the same results while timers go on, passes errors on and closes', async () => {
    const { createWorkerSession }: typeof import('../../src/runtime/worker-session.js') = await import(built.href);
    await using session = await createWorkerSession({ y: t.multiply(x, 2) }, { threads: 1 });
    const into = { data: new Float32Array(4), shape: [2, 2] };
    expect(Array.from((await session.run(feeds)).y.data)).toEqual([0, 2, 4, 6]);
    await session.run(feeds, { y: into });
    expect(Array.from(into.data)).toEqual([0, 2, 4, 6]);
    await expect(session.run({})).rejects.toThrow(/input "x"/);
    let ticks = 0;
    const timer = setInterval(() => ticks++, 1);
    const large = { x: { data: new Float32Array(4e6), shape: [2e6, 2] } };
    await session.run(large);
    clearInterval(timer);
    expect(ticks).toBeGreaterThan(0);
  });
});
