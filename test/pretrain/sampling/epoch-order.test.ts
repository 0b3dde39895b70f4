import { describe, expect, it } from 'vitest';
import { epochLength, epochOrder } from '../../../pretrain/sampling/epoch-order.js';

describe('epochOrder', () => {
  it('is the same for the same seed and epoch and another for another of either', () => {
    const order = (seed: number, epoch: number) => epochOrder(50, { seed, epoch });
    expect(order(1, 2)).toEqual(order(1, 2));
    expect(order(1, 2)).not.toEqual(order(1, 3));
    expect(order(1, 2)).not.toEqual(order(2, 2));
    expect(order(1, 2).toSorted()).toEqual(Uint32Array.from({ length: 50 }, (_, index) => index));
  });

  it('puts every sample first about equally often', () => {
    const counts = new Array<number>(5).fill(0);
    for (let epoch = 0; epoch < 5000; epoch++) counts[epochOrder(5, { seed: 7, epoch })[0]]++;
    // Standard deviation of a count is sqrt(5000 x 0.2 x 0.8) = 28.
    for (const count of counts) expect(Math.abs(count - 1000)).toBeLessThan(4 * 28);
  });

  it('is as long as is said beforehand, repeats included', () => {
    const mixture = { counts: [40, 10], temperature: 2 };
    expect(epochOrder(50, { seed: 1, epoch: 3, mixture })).toHaveLength(epochLength(50, mixture));
    expect(epochLength(50, mixture)).toBe(60);
    expect(epochLength(50, undefined)).toBe(50);
  });
});
