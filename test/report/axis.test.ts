import { describe, expect, it } from 'vitest';
import { createAxis, logTicks, rangeOf, ticksBetween } from '../../src/report/axis.js';

describe('the ticks of an axis', () => {
  it.each([
    [0, 1, [0, 0.2, 0.4, 0.6, 0.8, 1]],
    [-3, 4, [-2, 0, 2, 4]],
    [0.1301, 0.1312, [0.1302, 0.1304, 0.1306, 0.1308, 0.131, 0.1312]],
    [1e6, 1.1e6, [1e6, 1.02e6, 1.04e6, 1.06e6, 1.08e6, 1.1e6]],
    [5, 5, [5]],
  ])('from %d to %d are round', (start, end, ticks) => {
    expect(ticksBetween(start, end)).toEqual(ticks);
  });

  it.each([
    [1, 100, [1, 2, 5, 10, 20, 50, 100]],
    [0.03, 4, [0.05, 0.1, 0.2, 0.5, 1, 2]],
    [0.001, 1000, [0.001, 0.01, 0.1, 1, 10, 100, 1000]],
    [1e-12, 1e12, [1e-12, 1e-9, 1e-6, 1e-3, 1, 1e3, 1e6, 1e9, 1e12]],
    [2, 8, [2, 3, 4, 5, 6, 7, 8]],
  ])('of a logarithmic axis from %d to %d are round', (start, end, ticks) => {
    expect(logTicks(start, end)).toEqual(ticks);
  });

  it.each([
    [1e-9, 3e-9],
    [7, 4000],
    [0.5, 3.6],
    [99, 101],
  ])('of a logarithmic axis from %d to %d are at least two and at most eleven, within', (start, end) => {
    const ticks = logTicks(start, end);
    expect(ticks.length).toBeGreaterThanOrEqual(2);
    expect(ticks.length).toBeLessThanOrEqual(11);
    expect(ticks.every((tick) => tick >= start * (1 - 1e-9) && tick <= end * (1 + 1e-9))).toBe(true);
  });
});

describe('an axis', () => {
  it('places equal factors at equal distances when it is logarithmic', () => {
    const { place } = createAxis([1, 10_000], [0, 400], { scale: 'log' });
    expect([1, 10, 100, 10_000].map(place)).toEqual([0, 100, 200, 400].map((value) => expect.closeTo(value, 9)));
    expect(place(0)).toBe(Number.NEGATIVE_INFINITY);
    expect(place(-1)).toBeNaN();
  });

  it('keeps some paper free at both ends', () => {
    const { place } = createAxis([0, 10], [100, 0], { spare: 0.1 });
    expect(place(-1)).toBeCloseTo(100, 9);
    expect(place(11)).toBeCloseTo(0, 9);
  });

  it('has a range without what it cannot show, and one for nothing at all', () => {
    expect(rangeOf([[3, Number.NaN, -1], [Number.POSITIVE_INFINITY]])).toEqual([-1, 3]);
    expect(rangeOf([[0, 5, -2, 0.5]], 'log')).toEqual([0.5, 5]);
    for (const scale of ['linear', 'log'] as const) {
      for (const list of [[], [Number.NaN], [4], [0]]) {
        const [low, high] = rangeOf([list], scale);
        expect(low).toBeLessThan(high);
        if (scale === 'log') expect(low).toBeGreaterThan(0);
      }
    }
  });
});
