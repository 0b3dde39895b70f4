import { createRandom } from '../../src/random.js';
import { createStructure, type Structure, type StructureInput } from '../../src/structure/structure.js';

/** Face-centred copper of 4 n^3 atoms, displaced by about `rattle` A. */
export function rattledCopper(
  n: number,
  { rattle = 0.1, ...more }: { rattle?: number } & Partial<StructureInput> = {},
): Structure {
  const a = 3.61;
  const random = createRandom(n);
  const sites: number[][] = [];
  for (let i = 0; i < n; i++)
    for (let j = 0; j < n; j++)
      for (let k = 0; k < n; k++) {
        for (const [x, y, z] of [
          [0, 0, 0],
          [0, 0.5, 0.5],
          [0.5, 0, 0.5],
          [0.5, 0.5, 0],
        ]) {
          sites.push([i + x, j + y, k + z].map((value) => a * value + rattle * random.normal()));
        }
      }
  return createStructure({
    symbols: sites.map(() => 'Cu'),
    positions: sites,
    cell: [n * a, 0, 0, 0, n * a, 0, 0, 0, n * a],
    ...more,
  });
}
