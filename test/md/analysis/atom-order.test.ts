import { expect, it } from 'vitest';
import { createOrderKeeper } from '../../../md/analysis/atom-order.js';
import { frameOfStructure } from '../../../md/analysis/frame.js';
import { createStructure } from '../../../src/structure/structure.js';

const symbols = ['Cu', 'O', 'O', 'H'];
/** Four atoms, in the order that `ids` says, 0.1 A further in each frame. */
function frameWith(ids: readonly number[], frame: number) {
  const rows = (width: number, value: (id: number, axis: number) => number) =>
    ids.flatMap((id) => Array.from({ length: width }, (_, axis) => value(id, axis)));
  return createStructure({
    symbols: ids.map((id) => symbols[id - 1]),
    positions: rows(3, (id, axis) => id + 10 * axis + 0.1 * frame),
    velocities: rows(3, (id) => id),
    masses: rows(1, (id) => 10 * id),
    arrays: { id: { width: 1, values: Float64Array.from(ids), integer: true } },
  });
}

it('follows atoms by their ids, in whatever order a frame has them', () => {
  const inFirstOrder = createOrderKeeper();
  const orders = [
    [1, 2, 3, 4],
    [4, 2, 1, 3],
    [3, 4, 2, 1],
  ];
  const frames = orders.map((ids, frame) => {
    const structure = frameWith(ids, frame);
    return inFirstOrder(frameOfStructure(structure, frame), structure);
  });
  frames.forEach((found, frame) => {
    const { numbers, positions, velocities, masses } = frameOfStructure(frameWith(orders[0], frame), frame);
    expect(found).toMatchObject({ numbers, positions, velocities, masses });
  });
});

it('refuses a frame with ids of other atoms, and leaves frames without them as they are', () => {
  const inFirstOrder = createOrderKeeper();
  const [first, other] = [frameWith([1, 2, 3, 4], 0), frameWith([1, 2, 4, 3], 5)];
  inFirstOrder(frameOfStructure(first, 0), first);
  const strange = { ...other, arrays: { id: { width: 1, values: Float64Array.of(1, 2, 3, 5) } } };
  expect(() => inFirstOrder(frameOfStructure(strange, 5), strange)).toThrow('at 5 fs have other ids');
  const plain = frameOfStructure(other, 1);
  expect(createOrderKeeper()(plain, { ...other, arrays: {} })).toBe(plain);
});
