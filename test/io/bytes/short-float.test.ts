import { describe, expect, it } from 'vitest';
import { halfBits, shortFloat } from '../../../src/io/bytes/short-float.js';

describe('half-precision floats', () => {
  it('come back with the same bits, all of them', () => {
    for (let bits = 0; bits < 0x10000; bits++) {
      const value = shortFloat(bits, 10);
      if (Number.isNaN(value)) expect(halfBits(value) & 0x7fff).toBeGreaterThan(0x7c00);
      else expect(halfBits(value)).toBe(bits);
    }
  });

  it.each([
    [1, 0x3c00],
    [-2, 0xc000],
    [65504, 0x7bff], // the largest
    [65519.99, 0x7bff],
    [65520, 0x7c00], // infinity
    [2 ** -14, 0x0400], // the smallest normal one
    [2 ** -24, 0x0001], // the smallest
    [2 ** -25, 0x0000], // a tie, to even
    [1 + 2 ** -11, 0x3c00], // a tie, to even
    [1 + 3 * 2 ** -11, 0x3c02], // a tie, to even
    [1 + 2 ** -11 + 2 ** -30, 0x3c01],
    [2 - 2 ** -20, 0x4000], // rounded up into the next exponent
    [1 / 3, 0x3555],
  ])('of %s are %i', (value, bits) => {
    expect(halfBits(value)).toBe(bits);
  });
});
