import type { TensorData } from './session.js';

/**
 * For sums of rows by index: the rows that each sum takes, padded to equal number, and a mask that leaves out the
 * padding.
 */
export interface SummationPlan {
  /** Row of the updates in each slot, [rowCount x slots]; 0 in unused slots. */
  readonly slots: TensorData;
  /** 1 in used slots, 0 in the rest, [rowCount x 1 x slots]. */
  readonly mask: TensorData;
}

/** Lists for each of `rowCount` sums the positions in `indices` that name it, in rising order. */
export function planSummation(indices: ArrayLike<number>, rowCount: number): SummationPlan {
  const used = new Int32Array(rowCount);
  for (let position = 0; position < indices.length; position++) used[indices[position]]++;
  const width = used.reduce((most, count) => Math.max(most, count), 0);
  const slots = new Int32Array(rowCount * width);
  const mask = new Float32Array(rowCount * width);
  used.fill(0);
  for (let position = 0; position < indices.length; position++) {
    const row = indices[position];
    const slot = row * width + used[row]++;
    slots[slot] = position;
    mask[slot] = 1;
  }
  return { slots: { data: slots, shape: [rowCount, width] }, mask: { data: mask, shape: [rowCount, 1, width] } };
}
