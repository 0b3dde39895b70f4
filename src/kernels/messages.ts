import { cubicAt, cubicBytes } from './cubic';
import { edgeBytes, intervalOf, senderOf } from './edges';
import { madd } from './lanes';

/**
 * Sums of the messages to one receiver i, over its edges from `edge` to `end`:
 *
 *   dx_i = sum_j a_j wa(r_ij)
 *   dv_i = sum_j B_j wb(r_ij) + u_ij C_j wc(r_ij)
 *
 * Packets hold four channels: a, C, Bx, By, Bz in a row of `messages`; the cubics of wa, wc, wb in an interval of `filters`; dx, dvx, dvy, dvz
 * in `sums`, which are overwritten.
 */
export function sumMessages(
  edge: usize,
  end: usize,
  packets: usize,
  filters: usize,
  messages: usize,
  sums: usize,
): void {
  const sumsEnd = sums + packets * 64;
  memory.fill(sums, 0, packets * 64);
  for (; edge < end; edge += edgeBytes) {
    const t = v128.load_splat<f32>(edge, 8);
    const ux = v128.load_splat<f32>(edge, 12);
    const uy = v128.load_splat<f32>(edge, 16);
    const uz = v128.load_splat<f32>(edge, 20);
    let filter = filters + intervalOf(edge) * packets * (3 * cubicBytes);
    let message = messages + senderOf(edge) * packets * 80;
    for (let sum = sums; sum < sumsEnd; sum += 64, message += 80, filter += 3 * cubicBytes) {
      const wa = cubicAt(t, v128.load(filter), v128.load(filter, 16), v128.load(filter, 32), v128.load(filter, 48));
      v128.store(sum, madd(v128.load(message), wa, v128.load(sum)));
      const wc = cubicAt(
        t,
        v128.load(filter, 64),
        v128.load(filter, 80),
        v128.load(filter, 96),
        v128.load(filter, 112),
      );
      const outgoing = f32x4.mul(v128.load(message, 16), wc);
      const wb = cubicAt(
        t,
        v128.load(filter, 128),
        v128.load(filter, 144),
        v128.load(filter, 160),
        v128.load(filter, 176),
      );
      const dvx = madd(ux, outgoing, v128.load(sum, 16));
      v128.store(sum, madd(v128.load(message, 32), wb, dvx), 16);
      const dvy = madd(uy, outgoing, v128.load(sum, 32));
      v128.store(sum, madd(v128.load(message, 48), wb, dvy), 32);
      const dvz = madd(uz, outgoing, v128.load(sum, 48));
      v128.store(sum, madd(v128.load(message, 64), wb, dvz), 48);
    }
  }
}
