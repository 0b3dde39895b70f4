import { expect, it } from 'vitest';
import { cellFromParameters, cellParameters } from '../../src/structure/cell.js';

it('finds lengths and angles of a cell again', () => {
  const { lengths, angles } = cellParameters(cellFromParameters([3, 4.5, 7], [80, 95, 110]));
  [3, 4.5, 7].forEach((length, i) => expect(lengths[i]).toBeCloseTo(length, 12));
  [80, 95, 110].forEach((angle, i) => expect(angles[i]).toBeCloseTo(angle, 10));
});
