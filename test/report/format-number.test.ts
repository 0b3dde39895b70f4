import { expect, it } from 'vitest';
import { digitsOf, formatFixed, formatWithError } from '../../src/report/format-number.js';

it('shows two figures of an error and as many digits of its value', () => {
  expect(formatWithError(147.5886, 0.8087, 2)).toBe('147.59 +- 0.81');
  expect(formatWithError(-0.00004, 0.012, 4)).toBe('0.000 +- 0.012');
  expect(formatWithError(12345.6, 234, 2)).toBe('12346 +- 234');
  expect(formatWithError(4.2218, undefined, 2)).toBe('4.22');
  expect([digitsOf(0), digitsOf(undefined), digitsOf(1e-20)]).toEqual([6, 6, 8]);
});

it('writes a zero without a sign', () => {
  expect([-0.0001, -0.0006, 0].map((value) => formatFixed(value, 3))).toEqual(['0.000', '-0.001', '0.000']);
});
