import { cubicAt, cubicBytes } from './cubic';
import { addGradient, edgeBytes, intervalOf, kindOf } from './edges';
import { madd, nmadd, totals } from './lanes';

/**
 * Moments of the neighbours j of one kind around an atom i, over its edges from `edge` to `end`, for functions b_k of the distance:
 *
 *   m_k = sum_j b_k(r_ij)
 *   M_k = sum_j u_ij b_k(r_ij)
 *
 * What the atoms of a kind send in the first layer is the same for all of them, so that these few sums say all of their messages.
 * Packets hold four functions: their cubics in an interval of `functions`; m in the row `scalars`, Mx, My, Mz in three rows of `vectors`, which are
 * overwritten.
 */
export function sumMoments(
  edge: usize,
  end: usize,
  kind: usize,
  packets: usize,
  functions: usize,
  scalars: usize,
  vectors: usize,
): void {
  const row = packets * 16;
  memory.fill(scalars, 0, row);
  memory.fill(vectors, 0, 3 * row);
  for (; edge < end; edge += edgeBytes) {
    if (kindOf(edge) !== kind) continue;
    const t = v128.load_splat<f32>(edge, 8);
    const ux = v128.load_splat<f32>(edge, 12);
    const uy = v128.load_splat<f32>(edge, 16);
    const uz = v128.load_splat<f32>(edge, 20);
    let cubic = functions + intervalOf(edge) * packets * cubicBytes;
    for (let at: usize = 0; at < row; at += 16, cubic += cubicBytes) {
      const b = cubicAt(t, v128.load(cubic), v128.load(cubic, 16), v128.load(cubic, 32), v128.load(cubic, 48));
      v128.store(scalars + at, f32x4.add(v128.load(scalars + at), b));
      const x = vectors + at;
      const y = x + row;
      const z = y + row;
      v128.store(x, madd(ux, b, v128.load(x)));
      v128.store(y, madd(uy, b, v128.load(y)));
      v128.store(z, madd(uz, b, v128.load(z)));
    }
  }
}

/**
 * What the moments of neighbours of one kind pull at their edges: with g_k = dE/dm_k and G_k = dE/dM_k the edge from j to i adds to the energy's
 * first-order change
 *
 *   e_ij = sum_k (g_k + u_ij . G_k) b_k(r_ij)
 *
 * whose derivative by r_ij is added to `gradients`.  Packets and rows are those of the moments.
 */
export function pullMoments(
  edge: usize,
  end: usize,
  kind: usize,
  packets: usize,
  functions: usize,
  intervalsPerLength: f32,
  scalars: usize,
  vectors: usize,
  gradients: usize,
): void {
  const row = packets * 16;
  for (; edge < end; edge += edgeBytes, gradients += 12) {
    if (kindOf(edge) !== kind) continue;
    const t = v128.load_splat<f32>(edge, 8);
    const ux = v128.load_splat<f32>(edge, 12);
    const uy = v128.load_splat<f32>(edge, 16);
    const uz = v128.load_splat<f32>(edge, 20);
    let cubic = functions + intervalOf(edge) * packets * cubicBytes;
    let slope = f32x4.splat(0);
    let pullX = f32x4.splat(0);
    let pullY = f32x4.splat(0);
    let pullZ = f32x4.splat(0);
    for (let at: usize = 0; at < row; at += 16, cubic += cubicBytes) {
      const c3t = f32x4.mul(t, v128.load(cubic, 48));
      const quadratic = f32x4.add(v128.load(cubic, 32), c3t);
      const linear = madd(t, quadratic, v128.load(cubic, 16));
      const b = madd(t, linear, v128.load(cubic));
      const db = madd(t, f32x4.add(quadratic, c3t), linear);
      const gx = v128.load(vectors + at);
      const gy = v128.load(vectors + row + at);
      const gz = v128.load(vectors + 2 * row + at);
      const g = madd(uz, gz, madd(uy, gy, madd(ux, gx, v128.load(scalars + at))));
      slope = madd(g, db, slope);
      pullX = nmadd(gx, b, pullX);
      pullY = nmadd(gy, b, pullY);
      pullZ = nmadd(gz, b, pullZ);
    }
    addGradient(edge, gradients, totals(pullX, pullY, pullZ, slope), intervalsPerLength);
  }
}
