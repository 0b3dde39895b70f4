import type { Random } from '../random.js';

/**
 * The sum of the squares of `degrees` standard normal numbers (a whole number of at least 0), drawn at once.
 *
 * It is twice a Gamma number of shape degrees/2.
 *
 * @see Marsaglia and Tsang, ACM Trans. Math. Softw. 26, 363 (2000).
 */
export function chiSquared(degrees: number, random: Random): number {
  if (degrees < 2) return degrees === 0 ? 0 : random.normal() ** 2;
  const d = degrees / 2 - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  for (;;) {
    const x = random.normal();
    const root = 1 + c * x;
    if (root <= 0) continue;
    const v = root ** 3;
    if (Math.log(1 - random.uniform()) < 0.5 * x * x + d - d * v + d * Math.log(v)) return 2 * d * v;
  }
}
