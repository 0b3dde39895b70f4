import { createRandom } from '../../src/random.js';
import { createStructure, type Pbc, type Structure } from '../../src/structure/structure.js';

/** What distinguishes the systems of one suite from those of another. */
export interface SystemOptions {
  /** Elements, given to the atoms in turn. */
  readonly symbols: readonly string[];
  /** Distance of nearest neighbours in A. */
  readonly spacing: number;
}

/** A rattled fcc crystal, 2 x 2 x 1 cubic cells, in a skewed cell with half of the atoms outside. */
export function rattledCrystal({ symbols, spacing }: SystemOptions, pbc: Pbc = [true, true, true]): Structure {
  const random = createRandom(11);
  const edge = spacing * Math.SQRT2;
  const sites = [
    [0, 0, 0],
    [0, 0.5, 0.5],
    [0.5, 0, 0.5],
    [0.5, 0.5, 0],
  ];
  const positions: number[][] = [];
  for (const [x, y] of [
    [0, 0],
    [0, 1],
    [1, 0],
    [1, 1],
  ]) {
    for (const site of sites) {
      const corner = [7 * x, y, 0]; // half of the atoms three cells away
      positions.push(
        site.map((part, axis) => edge * (part + corner[axis]) + 0.08 * spacing * (random.uniform() - 0.5)),
      );
    }
  }
  return createStructure({
    symbols: positions.map((_, index) => symbols[index % symbols.length]),
    positions,
    cell: [
      [2 * edge, 0, 0],
      [0, 2 * edge, 0],
      [edge, edge, edge],
    ],
    pbc,
  });
}

/** Five atoms without a cell. */
export function cluster({ symbols, spacing }: SystemOptions): Structure {
  const positions = [
    [0, 0, 0],
    [1, 0.1, 0],
    [0.4, 0.9, 0.1],
    [0.5, 0.3, 0.85],
    [1.4, 0.8, 0.9],
  ];
  return createStructure({
    symbols: positions.map((_, index) => symbols[index % symbols.length]),
    positions: positions.map((row) => row.map((value) => value * spacing)),
  });
}
