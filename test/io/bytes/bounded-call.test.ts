import { expect, it } from 'vitest';
import { createBoundedCalls } from '../../../src/io/bytes/bounded-call.js';

it('what loops without end is interrupted', () => {
  const calls = createBoundedCalls({ seconds: 0.2, bytes: 0 });
  const module = new WebAssembly.Module(
    Uint8Array.from([
      ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 1, 4, 1, 0x60, 0, 0, 3, 2, 1, 0], // one function () -> ()
      ...[7, 8, 1, 4, ...Buffer.from('spin'), 0, 0, 10, 9, 1, 7, 0, 3, 0x40, 12, 0, 11, 11], // loop br 0
    ]),
  );
  const { spin } = new WebAssembly.Instance(module, {}).exports;
  expect(calls.call(() => (spin as () => void)())).toMatchObject({ end: 'overTime' });
  expect(calls.call(() => 1)).toEqual({ end: 'returned', result: 1 });
  const error = new Error('its own');
  expect(calls.call(() => fail(error))).toEqual({ end: 'failed', error });
});

it.runIf(process.platform === 'linux')('what only waits is told from what loops', () => {
  const calls = createBoundedCalls({ seconds: 1, bytes: 0 });
  const place = new Int32Array(new SharedArrayBuffer(4));
  const wait = () => {
    for (;;) Atomics.wait(place, 0, 0, 50);
  };
  expect(calls.call(wait)).toEqual({ end: 'overTime', wasBusy: false });
});

function fail(error: Error): never {
  throw error;
}

it('memory is granted up to a limit, over all calls', () => {
  const calls = createBoundedCalls({ seconds: 60, bytes: 5 * 2 ** 16 });
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 9, shared: true });
  const grow = (pages: number) => calls.call(() => memory.grow(pages));
  expect(grow(3)).toEqual({ end: 'returned', result: 1 });
  expect(grow(2)).toEqual({ end: 'returned', result: 4 });
  expect(calls.isOverMemory()).toBe(false);
  expect(grow(1)).toEqual({ end: 'failed', error: expect.any(RangeError) });
  expect(calls.isOverMemory()).toBe(true);
  expect(memory.buffer.byteLength).toBe(6 * 2 ** 16);
  expect(memory.grow(1)).toBe(6); // outside of the calls nothing is watched
});
