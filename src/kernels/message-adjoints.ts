import { cubicBytes } from './cubic';
import { edgeBytes, intervalOf, senderOf } from './edges';
import { madd, nmadd, totals } from './lanes';

/**
 * Adjoints of the messages that atom i sends, and what they pull at its edges.
 *
 * With X_j = dE/d(dx_j), V_j = dE/d(dv_j) of the receivers j, the edge from i to j adds to the energy's first-order change
 *
 *   e_ij = a_i X_j wa(r) + B_i . V_j wb(r) + C_i (u_ji . V_j) wc(r),  u_ji = -u_ij
 *
 * so that, summed over all j (the list is symmetric: the edges to i lead to the atoms to which i sends),
 *
 *   dE/da_i = sum_j X_j wa,  dE/dC_i = sum_j (u_ji . V_j) wc,  dE/dB_i = sum_j V_j wb.
 *
 * The derivative by the vector r_ji = -r_ij is added with the opposite sign to `gradients` of the edge from j to i.
 * Packets hold four channels: X, Vx, Vy, Vz in `adjoints`; a, C, Bx, By, Bz in `messages` (the row of i) and in `sums`, which are overwritten.
 */
export function sumMessageAdjoints(
  edge: usize,
  end: usize,
  packets: usize,
  filters: usize,
  intervalsPerLength: f32,
  adjoints: usize,
  messages: usize,
  sums: usize,
  gradients: usize,
): void {
  const messagesEnd = messages + packets * 80;
  memory.fill(sums, 0, packets * 80);
  for (; edge < end; edge += edgeBytes, gradients += 12) {
    const t = v128.load_splat<f32>(edge, 8);
    const ux = v128.load_splat<f32>(edge, 12);
    const uy = v128.load_splat<f32>(edge, 16);
    const uz = v128.load_splat<f32>(edge, 20);
    let filter = filters + intervalOf(edge) * packets * (3 * cubicBytes);
    let adjoint = adjoints + senderOf(edge) * packets * 64;
    let sum = sums;
    let slope = f32x4.splat(0);
    let pullX = f32x4.splat(0);
    let pullY = f32x4.splat(0);
    let pullZ = f32x4.splat(0);
    for (let message = messages; message < messagesEnd; message += 80) {
      const x = v128.load(adjoint);
      let c3t = f32x4.mul(t, v128.load(filter, 48));
      let quadratic = f32x4.add(v128.load(filter, 32), c3t);
      let linear = madd(t, quadratic, v128.load(filter, 16));
      const wa = madd(t, linear, v128.load(filter));
      let dw = madd(t, f32x4.add(quadratic, c3t), linear);
      slope = madd(f32x4.mul(v128.load(message), x), dw, slope);
      v128.store(sum, madd(x, wa, v128.load(sum)));

      c3t = f32x4.mul(t, v128.load(filter, 112));
      quadratic = f32x4.add(v128.load(filter, 96), c3t);
      linear = madd(t, quadratic, v128.load(filter, 80));
      const wc = madd(t, linear, v128.load(filter, 64));
      dw = madd(t, f32x4.add(quadratic, c3t), linear);
      if (filter === 0) break; // never, as in `matrix-product.ts`
      const vx = v128.load(adjoint, 16);
      const vy = v128.load(adjoint, 32);
      const vz = v128.load(adjoint, 48);
      const along = madd(uz, vz, madd(uy, vy, f32x4.mul(ux, vx)));
      const c = v128.load(message, 16);
      slope = nmadd(f32x4.mul(c, along), dw, slope);
      const pull = f32x4.mul(c, wc);
      pullX = madd(pull, vx, pullX);
      pullY = madd(pull, vy, pullY);
      pullZ = madd(pull, vz, pullZ);
      v128.store(sum, nmadd(along, wc, v128.load(sum, 16)), 16);

      c3t = f32x4.mul(t, v128.load(filter, 176));
      quadratic = f32x4.add(v128.load(filter, 160), c3t);
      linear = madd(t, quadratic, v128.load(filter, 144));
      const wb = madd(t, linear, v128.load(filter, 128));
      dw = madd(t, f32x4.add(quadratic, c3t), linear);
      v128.store(sum, madd(vx, wb, v128.load(sum, 32)), 32);
      v128.store(sum, madd(vy, wb, v128.load(sum, 48)), 48);
      v128.store(sum, madd(vz, wb, v128.load(sum, 64)), 64);
      const bx = f32x4.mul(v128.load(message, 32), vx);
      const by = f32x4.mul(v128.load(message, 48), vy);
      const bz = f32x4.mul(v128.load(message, 64), vz);
      slope = madd(f32x4.add(f32x4.add(bx, by), bz), dw, slope);

      sum += 80;
      adjoint += 64;
      filter += 3 * cubicBytes;
    }
    addGradient(edge, gradients, totals(pullX, pullY, pullZ, slope), intervalsPerLength);
  }
}

/** The same for the first layer, whose messages have no B and whose a, C depend on no position: only the pull at the edges. */
export function pullFirstEdges(
  edge: usize,
  end: usize,
  packets: usize,
  filters: usize,
  intervalsPerLength: f32,
  adjoints: usize,
  messages: usize,
  gradients: usize,
): void {
  const messagesEnd = messages + packets * 32;
  for (; edge < end; edge += edgeBytes, gradients += 12) {
    const t = v128.load_splat<f32>(edge, 8);
    const ux = v128.load_splat<f32>(edge, 12);
    const uy = v128.load_splat<f32>(edge, 16);
    const uz = v128.load_splat<f32>(edge, 20);
    let filter = filters + intervalOf(edge) * packets * (2 * cubicBytes);
    let adjoint = adjoints + senderOf(edge) * packets * 64;
    let slope = f32x4.splat(0);
    let pullX = f32x4.splat(0);
    let pullY = f32x4.splat(0);
    let pullZ = f32x4.splat(0);
    for (let message = messages; message < messagesEnd; message += 32) {
      let c3t = f32x4.mul(t, v128.load(filter, 48));
      let quadratic = f32x4.add(v128.load(filter, 32), c3t);
      let linear = madd(t, quadratic, v128.load(filter, 16));
      let dw = madd(t, f32x4.add(quadratic, c3t), linear);
      slope = madd(f32x4.mul(v128.load(message), v128.load(adjoint)), dw, slope);
      if (filter === 0) break; // never, as in `matrix-product.ts`
      c3t = f32x4.mul(t, v128.load(filter, 112));
      quadratic = f32x4.add(v128.load(filter, 96), c3t);
      linear = madd(t, quadratic, v128.load(filter, 80));
      const wc = madd(t, linear, v128.load(filter, 64));
      dw = madd(t, f32x4.add(quadratic, c3t), linear);
      if (filter === 0) break; // never, as in `matrix-product.ts`
      const vx = v128.load(adjoint, 16);
      const vy = v128.load(adjoint, 32);
      const vz = v128.load(adjoint, 48);
      const along = madd(uz, vz, madd(uy, vy, f32x4.mul(ux, vx)));
      const c = v128.load(message, 16);
      slope = nmadd(f32x4.mul(c, along), dw, slope);
      const pull = f32x4.mul(c, wc);
      pullX = madd(pull, vx, pullX);
      pullY = madd(pull, vy, pullY);
      pullZ = madd(pull, vz, pullZ);

      adjoint += 64;
      filter += 2 * cubicBytes;
    }
    addGradient(edge, gradients, totals(pullX, pullY, pullZ, slope), intervalsPerLength);
  }
}

/**
 * Adds dE/dr u - (p - (p . u) u) / r to the gradient of an edge: e depends on the vector r_ji by its length, with the derivative in the last
 * lane of `sums` (by t), and by its direction -u, with the derivative p in the others; the sign is that of the vector r_ij.
 */
function addGradient(edge: usize, gradient: usize, sums: v128, intervalsPerLength: f32): void {
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
