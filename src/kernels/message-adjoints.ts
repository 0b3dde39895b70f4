import { cubicBytes } from './cubic';
import { addGradient, edgeBytes, intervalOf, senderOf } from './edges';
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
