import { madd } from './lanes';

/** Three vectors of each channel, `stride` bytes apart: sqrt(|v|^2 + added). */
export function lengthOf(v: usize, stride: usize, added: f32): v128 {
  const x = v128.load(v);
  const y = v128.load(v + stride);
  const z = v128.load(v + 2 * stride);
  const square = madd(z, z, madd(y, y, f32x4.mul(x, x)));
  return f32x4.sqrt(f32x4.add(square, f32x4.splat(added)));
}

/** v1 . v2 of each channel of a row of projections, whose halves are `row` bytes long. */
export function product(projected: usize, row: usize): v128 {
  const x = f32x4.mul(v128.load(projected), v128.load(projected + row));
  const y = f32x4.mul(v128.load(projected + 2 * row), v128.load(projected + 3 * row));
  const z = f32x4.mul(v128.load(projected + 4 * row), v128.load(projected + 5 * row));
  return f32x4.add(f32x4.add(x, y), z);
}
