import type { NodeOf } from '../node.js';
import type { GraphWriter } from './graph-writer.js';

/** What masked places get before the largest is looked for. */
const farBelow = 1e30;

/**
 * Writes a softmax over segments; the largest of each segment is subtracted before the exponential, so that none
 * overflows.
 */
export function emitSegmentSoftmax(
  { inputs: [, indices], rowCount, shape }: NodeOf<'segmentSoftmax'>,
  [x, owners]: readonly string[],
  { emit, integers, scalar, summation }: GraphWriter,
): string {
  const { slots, mask } = summation(indices, rowCount);
  const over = (operator: string, name: string) =>
    emit(operator, [name, integers([1])], { attributes: { keepdims: 0 } });
  const ofRows = (values: string) => emit('Unsqueeze', [emit('Gather', [values, owners]), integers([1])]);

  const absence = emit('Mul', [emit('Sub', [mask, scalar(1)]), scalar(farBelow)]);
  const absent = emit('Transpose', [absence], { attributes: { perm: [0, 2, 1] } });
  const candidates = emit('Add', [emit('Gather', [over('ReduceMax', x), slots]), absent]);
  const exponentials = emit('Exp', [emit('Sub', [x, ofRows(over('ReduceMax', candidates))])]);
  const products = emit('MatMul', [mask, emit('Gather', [over('ReduceSum', exponentials), slots])]);
  const sums = emit('Reshape', [products, integers([-1, Number(shape[2])])]); // `segmentSoftmax` asserts a known length
  return emit('Div', [exponentials, ofRows(sums)]);
}
