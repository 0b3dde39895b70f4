import { madd, nmadd, total } from './lanes';

/** Added to the variance of a row before its root is taken. */
const added: f32 = 1e-5;

/** Rows of `channels` numbers to mean 0 and variance 1, then an affine map: out = (x - mean) / deviation * weight + bias. */
export function normalizeRows(rows: i32, channels: i32, x: usize, weight: usize, bias: usize, out: usize): void {
  const rowBytes = <usize>channels * 4;
  for (let row = 0; row < rows; row++, x += rowBytes, out += rowBytes) {
    const mean = f32x4.splat(meanOf(x, rowBytes));
    const inverse = f32x4.splat(inverseDeviation(x, rowBytes, mean));
    for (let at: usize = 0; at < rowBytes; at += 16) {
      const unit = f32x4.mul(f32x4.sub(v128.load(x + at), mean), inverse);
      v128.store(out + at, madd(unit, v128.load(weight + at), v128.load(bias + at)));
    }
  }
}

/**
 * The adjoint of rows by that of their normalised form, added to `adjoint`:
 * (g - mean(g) - unit mean(g unit)) / deviation, with g = outAdjoint * weight and unit = (x - mean) / deviation.
 */
export function normalizeRowsAdjoint(
  rows: i32,
  channels: i32,
  x: usize,
  weight: usize,
  outAdjoint: usize,
  adjoint: usize,
): void {
  const rowBytes = <usize>channels * 4;
  const share = f32x4.splat(<f32>1 / <f32>channels);
  for (let row = 0; row < rows; row++, x += rowBytes, outAdjoint += rowBytes, adjoint += rowBytes) {
    const mean = f32x4.splat(meanOf(x, rowBytes));
    const inverse = f32x4.splat(inverseDeviation(x, rowBytes, mean));
    let sum = f32x4.splat(0);
    let along = f32x4.splat(0);
    for (let at: usize = 0; at < rowBytes; at += 16) {
      const unit = f32x4.mul(f32x4.sub(v128.load(x + at), mean), inverse);
      const g = f32x4.mul(v128.load(outAdjoint + at), v128.load(weight + at));
      sum = f32x4.add(sum, g);
      along = madd(g, unit, along);
    }
    const meanG = f32x4.mul(f32x4.splat(total(sum)), share);
    const meanAlong = f32x4.mul(f32x4.splat(total(along)), share);
    for (let at: usize = 0; at < rowBytes; at += 16) {
      const unit = f32x4.mul(f32x4.sub(v128.load(x + at), mean), inverse);
      const g = f32x4.mul(v128.load(outAdjoint + at), v128.load(weight + at));
      const change = f32x4.mul(nmadd(unit, meanAlong, f32x4.sub(g, meanG)), inverse);
      v128.store(adjoint + at, f32x4.add(v128.load(adjoint + at), change));
    }
  }
}

function meanOf(x: usize, rowBytes: usize): f32 {
  let sum = f32x4.splat(0);
  for (let at: usize = 0; at < rowBytes; at += 16) sum = f32x4.add(sum, v128.load(x + at));
  return total(sum) / <f32>(rowBytes / 4);
}

function inverseDeviation(x: usize, rowBytes: usize, mean: v128): f32 {
  let sum = f32x4.splat(0);
  for (let at: usize = 0; at < rowBytes; at += 16) {
    const centred = f32x4.sub(v128.load(x + at), mean);
    sum = madd(centred, centred, sum);
  }
  return <f32>1 / sqrt<f32>(total(sum) / <f32>(rowBytes / 4) + added);
}
