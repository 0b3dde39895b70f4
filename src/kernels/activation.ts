import { madd, nmadd } from './lanes';

// x sigmoid(x) / 0.6, as all layers of the networks have it, and its derivative.  Counts of numbers are multiples of 8: two packets at a time
// share the loading of constants.

/** out = silu(x). */
export function activate(count: i32, x: usize, out: usize): void {
  for (const end = x + <usize>count * 4; x < end; x += 32, out += 32) {
    const first = v128.load(x);
    const second = v128.load(x, 16);
    v128.store(out, silu(first));
    v128.store(out, silu(second), 16);
  }
}

/** adjoint *= silu'(x). */
export function activateAdjoint(count: i32, x: usize, adjoint: usize): void {
  for (const end = x + <usize>count * 4; x < end; x += 32, adjoint += 32) {
    const first = v128.load(x);
    const second = v128.load(x, 16);
    v128.store(adjoint, f32x4.mul(v128.load(adjoint), slope(first)));
    v128.store(adjoint, f32x4.mul(v128.load(adjoint, 16), slope(second)), 16);
  }
}

function silu(x: v128): v128 {
  return f32x4.mul(f32x4.mul(x, sigmoid(x)), f32x4.splat(<f32>(1 / 0.6)));
}

/** silu'(x) = s (1 + x (1 - s)) / 0.6 with s = sigmoid(x). */
function slope(x: v128): v128 {
  const one = f32x4.splat(1);
  const s = sigmoid(x);
  return f32x4.mul(f32x4.mul(s, madd(x, f32x4.sub(one, s), one)), f32x4.splat(<f32>(1 / 0.6)));
}

function sigmoid(x: v128): v128 {
  const one = f32x4.splat(1);
  return f32x4.div(one, f32x4.add(one, exponential(f32x4.neg(x))));
}

/**
 * exp(x) = 2^n exp(r) with n = round(x / ln 2); r is at most ln 2 / 2, where the series up to r^7 leaves less than rounding does.
 *
 * At 3/2 2^23 the numbers of single precision are 1 apart: added to it x / ln 2 is rounded, and n stands in the lowest bits, from where
 * a shift takes it to the exponent.
 */
function exponential(x: v128): v128 {
  const bounded = f32x4.pmin(f32x4.pmax(x, f32x4.splat(-87)), f32x4.splat(87));
  const shifter = f32x4.splat(12582912);
  const shifted = madd(bounded, f32x4.splat(<f32>Math.LOG2E), shifter);
  const n = f32x4.sub(shifted, shifter);
  // ln 2 in two parts, the first of which has zeros at its end: n times it is exact.
  const high = nmadd(n, f32x4.splat(<f32>0.693359375), bounded);
  const r = nmadd(n, f32x4.splat(<f32>-2.1219444e-4), high);
  let series = f32x4.splat(<f32>(1.0 / 5040));
  series = madd(series, r, f32x4.splat(<f32>(1.0 / 720)));
  series = madd(series, r, f32x4.splat(<f32>(1.0 / 120)));
  series = madd(series, r, f32x4.splat(<f32>(1.0 / 24)));
  series = madd(series, r, f32x4.splat(<f32>(1.0 / 6)));
  series = madd(series, r, f32x4.splat(<f32>0.5));
  series = madd(series, r, f32x4.splat(1));
  series = madd(series, r, f32x4.splat(1));
  return i32x4.add(series, i32x4.shl(shifted, 23));
}
