import { lengthOf } from './vectors';

/** Scalars and lengths of vectors side by side: out = x, sqrt(|v|^2 + added), from rows of x, [width], and of v, [3 x width]. */
export function joinLengths(atoms: i32, width: i32, added: f32, x: usize, v: usize, out: usize): void {
  const row = <usize>width * 4;
  for (let atom = 0; atom < atoms; atom++) {
    for (let at: usize = 0; at < row; at += 16) {
      v128.store(out + at, v128.load(x + at));
      v128.store(out + row + at, lengthOf(v + at, row, added));
    }
    x += row;
    v += 3 * row;
    out += 2 * row;
  }
}

/** Vectors times the number of their channel, v *= gate: rows of v are [3 x width], rows of `gates` [width]. */
export function gateVectors(atoms: i32, width: i32, gates: usize, v: usize): void {
  const row = <usize>width * 4;
  for (let atom = 0; atom < atoms; atom++, gates += row) {
    for (let axis = 0; axis < 3; axis++, v += row) {
      for (let at: usize = 0; at < row; at += 16) {
        v128.store(v + at, f32x4.mul(v128.load(v + at), v128.load(gates + at)));
      }
    }
  }
}

/** The first channel of vectors, [3 x width] each, to [3] each. */
export function takeFirst(atoms: i32, width: i32, v: usize, out: usize): void {
  const row = <usize>width * 4;
  for (let place = 0; place < 3 * atoms; place++, v += row, out += 4) store<f32>(out, load<f32>(v));
}
