import { madd } from './lanes';

/** Bytes of the coefficients of one cubic for four channels: constant, linear, quadratic, cubic. */
export const cubicBytes: usize = 64;

/** c0 + t (c1 + t (c2 + t c3)). */
export function cubicAt(t: v128, c0: v128, c1: v128, c2: v128, c3: v128): v128 {
  const quadratic = madd(t, c3, c2);
  const linear = madd(t, quadratic, c1);
  return madd(t, linear, c0);
}
