import { nmadd } from './lanes';

/**
 * What is known of an edge, 32 bytes:
 * sender, interval of the filter tables, place t in it from 0 to 1, unit vector u from receiver to sender (3), 1/r, kind of the sender.
 */
export const edgeBytes: usize = 32;

export function senderOf(edge: usize): usize {
  return <usize>load<u32>(edge);
}

export function intervalOf(edge: usize): usize {
  return <usize>load<u32>(edge, 4);
}

export function kindOf(edge: usize): usize {
  return <usize>load<u32>(edge, 28);
}

/**
 * Adds dE/dr u - (p - (p . u) u) / r to the gradient of an edge, the derivative by r_ij: e depends on the length, with the derivative by t in
 * the last lane of `sums`, and on the direction -u from sender to receiver, with the derivative p in the others.
 */
export function addGradient(edge: usize, gradient: usize, sums: v128, intervalsPerLength: f32): void {
  const u = v128.load(edge, 12); // and 1/r
  const inverse = f32x4.extract_lane(u, 3);
  const products = f32x4.mul(sums, u);
  const along = f32x4.extract_lane(products, 0) + f32x4.extract_lane(products, 1) + f32x4.extract_lane(products, 2);
  const radial = f32x4.extract_lane(sums, 3) * intervalsPerLength + along * inverse;
  const change = nmadd(sums, f32x4.splat(inverse), f32x4.mul(u, f32x4.splat(radial)));
  const gradients = f32x4.add(v128.load(gradient), change);
  v128.store_lane<u64>(gradient, gradients, 0);
  v128.store_lane<u32>(gradient, gradients, 2, 8);
}
