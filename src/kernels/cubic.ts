/** Bytes of the coefficients of one cubic for four channels: constant, linear, quadratic, cubic. */
export const cubicBytes: usize = 64;

/** c0 + t (c1 + t (c2 + t c3)). */
export function cubicAt(t: v128, c0: v128, c1: v128, c2: v128, c3: v128): v128 {
  const quadratic = f32x4.add(c2, f32x4.mul(t, c3));
  const linear = f32x4.add(c1, f32x4.mul(t, quadratic));
  return f32x4.add(c0, f32x4.mul(t, linear));
}
