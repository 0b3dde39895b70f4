import { createRandom } from '../../src/random.js';
import { createStructure, type Structure } from '../../src/structure/structure.js';

/**
 * A face-centred cubic crystal of cubic cells (4 atoms each), so many along each axis, with every coordinate moved by
 * up to `rattle` A, at rest.
 */
export function rattledCrystal(
  repeats: number | readonly [number, number, number],
  {
    symbol = 'Cu',
    latticeConstant = 3.6,
    rattle = 0.1,
  }: { symbol?: string; latticeConstant?: number; rattle?: number } = {},
): Structure {
  const random = createRandom(1);
  const [a, b, c] = typeof repeats === 'number' ? [repeats, repeats, repeats] : repeats;
  const cellCount = a * b * c;
  const positions = new Float64Array(12 * cellCount);
  let next = 0;
  for (let cell = 0; cell < cellCount; cell++) {
    const corner = [Math.floor(cell / (b * c)), Math.floor(cell / c) % b, cell % c];
    for (const site of [
      [0, 0, 0],
      [0, 0.5, 0.5],
      [0.5, 0, 0.5],
      [0.5, 0.5, 0],
    ]) {
      for (const axis of [0, 1, 2]) {
        positions[next++] = (corner[axis] + site[axis]) * latticeConstant + rattle * (2 * random.uniform() - 1);
      }
    }
  }
  return createStructure({
    symbols: Array<string>(4 * cellCount).fill(symbol),
    positions,
    velocities: new Float64Array(positions.length),
    cell: [a, 0, 0, 0, b, 0, 0, 0, c].map((repeat) => repeat * latticeConstant),
  });
}
