/** Lengths a, b, c (A) and cosines of the angles of a unit cell: cosAB is the one between a and b. */
export interface LatticeParameters {
  readonly a: number;
  readonly b: number;
  readonly c: number;
  readonly cosAB: number;
  readonly cosAC: number;
  readonly cosBC: number;
}

type Build = (parameters: LatticeParameters) => number[];

/**
 * Primitive lattice vectors of each Bravais-lattice index `ibrav` of pw.x.
 *
 * @see INPUT_PW, variable ibrav.
 */
const lattices: Readonly<Record<number, Build>> = {
  1: ({ a }) => [a, 0, 0, 0, a, 0, 0, 0, a],
  2: ({ a }) => scaled(a / 2, [-1, 0, 1, 0, 1, 1, -1, 1, 0]),
  3: ({ a }) => scaled(a / 2, [1, 1, 1, -1, 1, 1, -1, -1, 1]),
  [-3]: ({ a }) => scaled(a / 2, [-1, 1, 1, 1, -1, 1, 1, 1, -1]),
  4: ({ a, c }) => [a, 0, 0, -a / 2, (a * Math.sqrt(3)) / 2, 0, 0, 0, c],
  5: (parameters) => {
    const [x, y, z] = trigonal(parameters);
    return [x, -y, z, 0, 2 * y, z, -x, -y, z];
  },
  [-5]: (parameters) => {
    const [, y, z] = trigonal(parameters);
    const [u, v] = [z - 2 * Math.SQRT2 * y, z + Math.SQRT2 * y];
    return scaled(1 / Math.sqrt(3), [u, v, v, v, u, v, v, v, u]);
  },
  6: ({ a, c }) => [a, 0, 0, 0, a, 0, 0, 0, c],
  7: ({ a, c }) => scaled(0.5, [a, -a, c, a, a, c, -a, -a, c]),
  8: ({ a, b, c }) => [a, 0, 0, 0, b, 0, 0, 0, c],
  9: ({ a, b, c }) => [a / 2, b / 2, 0, -a / 2, b / 2, 0, 0, 0, c],
  [-9]: ({ a, b, c }) => [a / 2, -b / 2, 0, a / 2, b / 2, 0, 0, 0, c],
  91: ({ a, b, c }) => [a, 0, 0, 0, b / 2, -c / 2, 0, b / 2, c / 2],
  10: ({ a, b, c }) => scaled(0.5, [a, 0, c, a, b, 0, 0, b, c]),
  11: ({ a, b, c }) => scaled(0.5, [a, b, c, -a, b, c, -a, -b, c]),
  12: ({ a, b, c, cosAB }) => [a, 0, 0, b * cosAB, b * sine(cosAB), 0, 0, 0, c],
  [-12]: ({ a, b, c, cosAC }) => [a, 0, 0, 0, b, 0, c * cosAC, 0, c * sine(cosAC)],
  13: ({ a, b, c, cosAB }) => [a / 2, 0, -c / 2, b * cosAB, b * sine(cosAB), 0, a / 2, 0, c / 2],
  [-13]: ({ a, b, c, cosAC }) => [a / 2, b / 2, 0, -a / 2, b / 2, 0, c * cosAC, 0, c * sine(cosAC)],
  14: ({ a, b, c, cosAB, cosAC, cosBC }) => {
    const y = (cosBC - cosAC * cosAB) / sine(cosAB);
    const z = Math.sqrt(1 - cosAC ** 2 - y ** 2);
    return [a, 0, 0, b * cosAB, b * sine(cosAB), 0, c * cosAC, c * y, c * z];
  },
};

/** Lattice vectors (A), one a row, of a Bravais-lattice index of pw.x; undefined when there is no such index. */
export function bravaisLattice(index: number, parameters: LatticeParameters): number[] | undefined {
  return lattices[index]?.(parameters);
}

/** The components a tx, a ty, a tz of the vectors of a trigonal cell with three equal angles. */
function trigonal({ a, cosAB }: LatticeParameters): [number, number, number] {
  return [a * Math.sqrt((1 - cosAB) / 2), a * Math.sqrt((1 - cosAB) / 6), a * Math.sqrt((1 + 2 * cosAB) / 3)];
}

function sine(cosine: number): number {
  return Math.sqrt(1 - cosine ** 2);
}

function scaled(factor: number, values: readonly number[]): number[] {
  return values.map((value) => factor * value);
}
