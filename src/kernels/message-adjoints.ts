import { cubicBytes } from './cubic';
import { edgeBytes, intervalOf, senderOf } from './edges';
import { total } from './lanes';

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
      let linear = f32x4.add(v128.load(filter, 16), f32x4.mul(t, quadratic));
      const wa = f32x4.add(v128.load(filter), f32x4.mul(t, linear));
      let dw = f32x4.add(linear, f32x4.mul(t, f32x4.add(quadratic, c3t)));
      slope = f32x4.add(slope, f32x4.mul(f32x4.mul(v128.load(message), x), dw));
      v128.store(sum, f32x4.add(v128.load(sum), f32x4.mul(x, wa)));

      c3t = f32x4.mul(t, v128.load(filter, 112));
      quadratic = f32x4.add(v128.load(filter, 96), c3t);
      linear = f32x4.add(v128.load(filter, 80), f32x4.mul(t, quadratic));
      const wc = f32x4.add(v128.load(filter, 64), f32x4.mul(t, linear));
      dw = f32x4.add(linear, f32x4.mul(t, f32x4.add(quadratic, c3t)));
      if (filter === 0) break;
      const vx = v128.load(adjoint, 16);
      const vy = v128.load(adjoint, 32);
      const vz = v128.load(adjoint, 48);
      const along = f32x4.add(f32x4.add(f32x4.mul(ux, vx), f32x4.mul(uy, vy)), f32x4.mul(uz, vz));
      const c = v128.load(message, 16);
      slope = f32x4.sub(slope, f32x4.mul(f32x4.mul(c, along), dw));
      const pull = f32x4.mul(c, wc);
      pullX = f32x4.add(pullX, f32x4.mul(pull, vx));
      pullY = f32x4.add(pullY, f32x4.mul(pull, vy));
      pullZ = f32x4.add(pullZ, f32x4.mul(pull, vz));
      v128.store(sum, f32x4.sub(v128.load(sum, 16), f32x4.mul(along, wc)), 16);

      c3t = f32x4.mul(t, v128.load(filter, 176));
      quadratic = f32x4.add(v128.load(filter, 160), c3t);
      linear = f32x4.add(v128.load(filter, 144), f32x4.mul(t, quadratic));
      const wb = f32x4.add(v128.load(filter, 128), f32x4.mul(t, linear));
      dw = f32x4.add(linear, f32x4.mul(t, f32x4.add(quadratic, c3t)));
      v128.store(sum, f32x4.add(v128.load(sum, 32), f32x4.mul(vx, wb)), 32);
      v128.store(sum, f32x4.add(v128.load(sum, 48), f32x4.mul(vy, wb)), 48);
      v128.store(sum, f32x4.add(v128.load(sum, 64), f32x4.mul(vz, wb)), 64);
      const bx = f32x4.mul(v128.load(message, 32), vx);
      const by = f32x4.mul(v128.load(message, 48), vy);
      const bz = f32x4.mul(v128.load(message, 64), vz);
      slope = f32x4.add(slope, f32x4.mul(f32x4.add(f32x4.add(bx, by), bz), dw));

      sum += 80;
      adjoint += 64;
      filter += 3 * cubicBytes;
    }
    addGradient(edge, gradients, total(slope) * intervalsPerLength, total(pullX), total(pullY), total(pullZ));
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
      let linear = f32x4.add(v128.load(filter, 16), f32x4.mul(t, quadratic));
      let dw = f32x4.add(linear, f32x4.mul(t, f32x4.add(quadratic, c3t)));
      slope = f32x4.add(slope, f32x4.mul(f32x4.mul(v128.load(message), v128.load(adjoint)), dw));
      if (filter === 0) break;
      c3t = f32x4.mul(t, v128.load(filter, 112));
      quadratic = f32x4.add(v128.load(filter, 96), c3t);
      linear = f32x4.add(v128.load(filter, 80), f32x4.mul(t, quadratic));
      const wc = f32x4.add(v128.load(filter, 64), f32x4.mul(t, linear));
      dw = f32x4.add(linear, f32x4.mul(t, f32x4.add(quadratic, c3t)));
      if (filter === 0) break;
      const vx = v128.load(adjoint, 16);
      const vy = v128.load(adjoint, 32);
      const vz = v128.load(adjoint, 48);
      const along = f32x4.add(f32x4.add(f32x4.mul(ux, vx), f32x4.mul(uy, vy)), f32x4.mul(uz, vz));
      const c = v128.load(message, 16);
      slope = f32x4.sub(slope, f32x4.mul(f32x4.mul(c, along), dw));
      const pull = f32x4.mul(c, wc);
      pullX = f32x4.add(pullX, f32x4.mul(pull, vx));
      pullY = f32x4.add(pullY, f32x4.mul(pull, vy));
      pullZ = f32x4.add(pullZ, f32x4.mul(pull, vz));

      adjoint += 64;
      filter += 2 * cubicBytes;
    }
    addGradient(edge, gradients, total(slope) * intervalsPerLength, total(pullX), total(pullY), total(pullZ));
  }
}

/**
 * Adds dE/dr u - (p - (p . u) u) / r to the gradient of an edge: e depends on the vector r_ji by its length, with the derivative `slope`,
 * and by its direction -u, with the derivative p (`pull`); the sign is that of the vector r_ij.
 */
function addGradient(edge: usize, gradient: usize, slope: f32, pullX: f32, pullY: f32, pullZ: f32): void {
  const ux = load<f32>(edge, 12);
  const uy = load<f32>(edge, 16);
  const uz = load<f32>(edge, 20);
  const inverse = load<f32>(edge, 24);
  const radial = slope + (pullX * ux + pullY * uy + pullZ * uz) * inverse;
  store<f32>(gradient, load<f32>(gradient) + radial * ux - pullX * inverse);
  store<f32>(gradient, load<f32>(gradient, 4) + radial * uy - pullY * inverse, 4);
  store<f32>(gradient, load<f32>(gradient, 8) + radial * uz - pullZ * inverse, 8);
}
