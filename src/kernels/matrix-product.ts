import { madd } from './lanes';

/**
 * Rows times a matrix: out = start + a W, four rows and eight columns at a time.
 *
 * `a` is [rows x depth], `start` and `out` are [rows x columns], all with a stride in bytes from row to row; `rows` and `depth` are multiples
 * of 4, `columns` is one of 4.  `start` may be one row for all, a bias with a stride of 0, or `out` itself, to which the product is added then.
 * `weights` are panels of eight columns, [depth x 8] each, and one of four where four are left: they are read in the order in which they lie.
 */
export function multiplyRows(
  rows: i32,
  depth: i32,
  columns: i32,
  a: usize,
  aStride: usize,
  weights: usize,
  start: usize,
  startStride: usize,
  out: usize,
  outStride: usize,
): void {
  const depthBytes = <usize>depth * 4;
  for (let panel = 8; panel <= columns; panel += 8) {
    let from = start;
    let to = out;
    for (let row = 0, first = a; row < rows; row += 4, first += 4 * aStride) {
      let a0 = first;
      let a1 = a0 + aStride;
      let a2 = a1 + aStride;
      let a3 = a2 + aStride;
      let c00 = v128.load(from);
      let c01 = v128.load(from, 16);
      from += startStride;
      let c10 = v128.load(from);
      let c11 = v128.load(from, 16);
      from += startStride;
      let c20 = v128.load(from);
      let c21 = v128.load(from, 16);
      from += startStride;
      let c30 = v128.load(from);
      let c31 = v128.load(from, 16);
      from += startStride;
      let w = weights;
      const end = w + 8 * depthBytes;
      while (w < end) {
        let w0 = v128.load(w);
        let w1 = v128.load(w, 16);
        let s = v128.load_splat<f32>(a0);
        c00 = madd(s, w0, c00);
        c01 = madd(s, w1, c01);
        s = v128.load_splat<f32>(a1);
        c10 = madd(s, w0, c10);
        c11 = madd(s, w1, c11);
        s = v128.load_splat<f32>(a2);
        c20 = madd(s, w0, c20);
        c21 = madd(s, w1, c21);
        s = v128.load_splat<f32>(a3);
        c30 = madd(s, w0, c30);
        c31 = madd(s, w1, c31);
        // Never true.  Engines move all loads of a straight run to its front, and would have no registers left for the sums.
        if (w === 0) break;
        w0 = v128.load(w, 32);
        w1 = v128.load(w, 48);
        s = v128.load_splat<f32>(a0, 4);
        c00 = madd(s, w0, c00);
        c01 = madd(s, w1, c01);
        s = v128.load_splat<f32>(a1, 4);
        c10 = madd(s, w0, c10);
        c11 = madd(s, w1, c11);
        s = v128.load_splat<f32>(a2, 4);
        c20 = madd(s, w0, c20);
        c21 = madd(s, w1, c21);
        s = v128.load_splat<f32>(a3, 4);
        c30 = madd(s, w0, c30);
        c31 = madd(s, w1, c31);
        a0 += 8;
        a1 += 8;
        a2 += 8;
        a3 += 8;
        w += 64;
      }
      v128.store(to, c00);
      v128.store(to, c01, 16);
      to += outStride;
      v128.store(to, c10);
      v128.store(to, c11, 16);
      to += outStride;
      v128.store(to, c20);
      v128.store(to, c21, 16);
      to += outStride;
      v128.store(to, c30);
      v128.store(to, c31, 16);
      to += outStride;
    }
    weights += depthBytes * 8;
    start += 32;
    out += 32;
  }
  if (columns & 4) multiplyLastPanel(rows, depthBytes, a, aStride, weights, start, startStride, out, outStride);
}

/** The same for four columns. */
function multiplyLastPanel(
  rows: i32,
  depthBytes: usize,
  a: usize,
  aStride: usize,
  weights: usize,
  start: usize,
  startStride: usize,
  out: usize,
  outStride: usize,
): void {
  for (let row = 0; row < rows; row += 4) {
    const a1 = a + aStride;
    const a2 = a1 + aStride;
    const a3 = a2 + aStride;
    let c0 = v128.load(start);
    start += startStride;
    let c1 = v128.load(start);
    start += startStride;
    let c2 = v128.load(start);
    start += startStride;
    let c3 = v128.load(start);
    start += startStride;
    for (let at: usize = 0; at < depthBytes; at += 4) {
      const w = v128.load(weights + 4 * at);
      c0 = madd(v128.load_splat<f32>(a + at), w, c0);
      c1 = madd(v128.load_splat<f32>(a1 + at), w, c1);
      c2 = madd(v128.load_splat<f32>(a2 + at), w, c2);
      c3 = madd(v128.load_splat<f32>(a3 + at), w, c3);
    }
    v128.store(out, c0);
    out += outStride;
    v128.store(out, c1);
    out += outStride;
    v128.store(out, c2);
    out += outStride;
    v128.store(out, c3);
    out += outStride;
    a = a3 + aStride;
  }
}
