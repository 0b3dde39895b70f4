import { Writable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createProgress, formatSeconds } from '../../../src/cli/output/progress.js';

/** A stream that keeps what is written; `isTTY` as a terminal of 80 columns. */
function capture(isTTY: boolean) {
  const written: string[] = [];
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      written.push(chunk.toString());
      done();
    },
  });
  const terminal = { isTTY, columns: 80, cursorTo: () => true, clearLine: () => true, moveCursor: () => true };
  return { written, stream: Object.assign(stream, terminal) as unknown as NodeJS.WriteStream }; // only these members are used
}

describe('progress without a terminal', () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['performance'] }));
  afterEach(() => void vi.useRealTimers());

  it('is a plain line every ten seconds, with the remaining time from the steps of this run', () => {
    const { written, stream } = capture(false);
    const progress = createProgress({ label: 'md', total: 1000, done: 500, stream });
    progress.update(501, 'T 300 K');
    vi.advanceTimersByTime(9_999);
    progress.update(600, 'T 300 K');
    expect(written).toEqual([]);
    vi.advanceTimersByTime(1);
    progress.update(600, 'T 300 K');
    progress.update(601, 'T 300 K');
    expect(written).toEqual(['md: 600 of 1000, 10 s, 40 s left, T 300 K\n']);
  });
});

describe('progress on a terminal', () => {
  it('is a bar with counts, remaining time and note', () => {
    const { written, stream } = capture(true);
    const progress = createProgress({ label: 'relax', total: 4, stream });
    progress.update(4, 'fmax 0.01');
    progress[Symbol.dispose]();
    expect(written.join('')).toMatch(/relax .*100% \| 4\/4 \| .*fmax 0.01/);
  });
});

describe('formatSeconds', () => {
  it.each([
    [0.2, '0 s'],
    [59.4, '59 s'],
    [200, '3 min 20 s'],
    [7500, '2 h 5 min'],
  ])('writes %d s as "%s"', (seconds, text) => {
    expect(formatSeconds(seconds)).toBe(text);
  });
});
