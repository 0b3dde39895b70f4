import { afterEach, describe, expect, it, vi } from 'vitest';
import { createStopSignal } from '../../../src/cli/output/stop-signal.js';

afterEach(() => void vi.restoreAllMocks());

describe('createStopSignal', () => {
  it.each(['SIGINT', 'SIGTERM'] as const)('answers polls with true after %s', async (signal) => {
    vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    using stop = createStopSignal();
    expect(await stop.poll()).toBe(false);
    process.emit(signal);
    expect(stop.requested).toBe(true);
    expect(await stop.poll()).toBe(true);
  });

  it('says what happens, or leaves that to others', () => {
    const write = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    for (const quiet of [true, false]) {
      using _stop = createStopSignal({ quiet });
      process.emit('SIGINT');
      expect(write).toHaveBeenCalledTimes(quiet ? 0 : 1);
    }
  });

  it('ends the process at the second signal with exit code 130', () => {
    vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    const exit = vi.spyOn(process, 'exit').mockReturnValue(undefined as never); // the test goes on
    using _stop = createStopSignal();
    process.emit('SIGINT');
    expect(exit).not.toHaveBeenCalled();
    process.emit('SIGINT');
    expect(exit).toHaveBeenCalledWith(130);
  });

  it('lets signals in during a loop that never leaves the event loop to others', async () => {
    using stop = createStopSignal();
    let arrived = false;
    setImmediate(() => {
      arrived = true;
    });
    const end = performance.now() + 2000;
    while (!arrived && performance.now() < end) await stop.poll();
    expect(arrived).toBe(true);
  });

  it('takes its handlers back when it is disposed of', () => {
    const before = process.listenerCount('SIGINT');
    createStopSignal()[Symbol.dispose]();
    expect(process.listenerCount('SIGINT')).toBe(before);
  });
});
