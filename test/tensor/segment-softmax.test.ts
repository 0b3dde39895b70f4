import { expect, test } from 'vitest';
import { createOnnxSession } from '../../src/runtime/onnx-session.js';
import { createTfjsSession } from '../../src/runtime/tfjs-session.js';
import { input, segmentSoftmax } from '../../src/tensor/operations.js';
import { largestDifference } from '../helpers/compare.js';

const x = input('x', ['n', 2, 2]);
const rows = input('rows', ['n'], 'index');
const outputs = { y: segmentSoftmax(x, rows, 3) };

/** Rows 0 and 2 are segment 2, row 1 is segment 0; segment 1 is empty. */
const feeds = {
  x: { data: Float32Array.of(1000, -1, 999, -2, 5, 5, 5, 5, 1000, -3000, -1000, -3), shape: [3, 2, 2] },
  rows: { data: Int32Array.of(2, 0, 2), shape: [3] },
};

/** Shares of exponentials with the given exponents. */
function shares(exponents: readonly number[]): number[] {
  const sum = exponents.reduce((total, exponent) => total + Math.exp(exponent), 0);
  return exponents.map((exponent) => Math.exp(exponent) / sum);
}

const [a, b, c] = shares([0, -1, 0]); // 1000, 999, 1000 and nothing of -1000
const [d, e, f] = shares([-1, -2, -3]);
const expected = [a, d, b, e, 0.5, 0.5, 0.5, 0.5, c, 0, 0, f];

test('a softmax over segments is right for numbers whose exponentials overflow, and with a segment that has no rows', async () => {
  for (const create of [createOnnxSession, createTfjsSession]) {
    await using session = await create(outputs);
    const { y } = await session.run(feeds);
    expect(largestDifference(y.data, expected), create.name).toBeLessThan(1e-6);
  }
});
