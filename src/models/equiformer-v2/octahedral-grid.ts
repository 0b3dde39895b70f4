import type { GridPoint } from './sphere-grid.js';

/** Degrees up to which a rule integrates polynomials over the sphere exactly; it has 26, 38 or 50 points. */
export const octahedralDegrees = [7, 9, 11] as const;
export type OctahedralDegree = (typeof octahedralDegrees)[number];

/** A point whose images under the symmetry of the octahedron all stand for the same share of the sphere. */
interface Orbit {
  readonly of: readonly [number, number, number];
  readonly weight: number;
}

const vertex = [1, 0, 0] as const;
const edge = [Math.SQRT1_2, Math.SQRT1_2, 0] as const;
const face = [1 / Math.sqrt(3), 1 / Math.sqrt(3), 1 / Math.sqrt(3)] as const;

/** The rules; the coordinates that symmetry leaves free are roots of the equations of their moments. */
const rules: Readonly<Record<OctahedralDegree, readonly Orbit[]>> = {
  7: [
    { of: vertex, weight: 1 / 21 },
    { of: edge, weight: 4 / 105 },
    { of: face, weight: 9 / 280 },
  ],
  9: [
    { of: vertex, weight: 1 / 105 },
    { of: face, weight: 9 / 280 },
    { of: [Math.sqrt((1 + 1 / Math.sqrt(3)) / 2), Math.sqrt((1 - 1 / Math.sqrt(3)) / 2), 0], weight: 1 / 35 },
  ],
  11: [
    { of: vertex, weight: 4 / 315 },
    { of: edge, weight: 64 / 2835 },
    { of: face, weight: 27 / 1280 },
    { of: [1 / Math.sqrt(11), 1 / Math.sqrt(11), 3 / Math.sqrt(11)], weight: 14641 / 725760 },
  ],
};

/**
 * The fewest points that integrate polynomials of a degree over the sphere, as evenly spread as the vertices, edges and
 * faces of an octahedron: half as many as latitudes and longitudes need.
 *
 * @see Lebedev, USSR Comput. Math. Math. Phys. 16, 10 (1976).
 */
export function octahedralPoints(degree: OctahedralDegree): GridPoint[] {
  return rules[degree].flatMap(({ of, weight }) => images(of).map((point) => ({ point, weight })));
}

/** All points that differ from one by the order and the signs of its coordinates. */
function images([a, b, c]: Orbit['of']): GridPoint['point'][] {
  const orders = [
    [a, b, c],
    [a, c, b],
    [b, a, c],
    [b, c, a],
    [c, a, b],
    [c, b, a],
  ] as const;
  const signed = (value: number) => (value === 0 ? [0] : [value, -value]);
  const points = new Map<string, GridPoint['point']>();
  for (const [first, second, third] of orders) {
    for (const x of signed(first)) {
      for (const y of signed(second)) for (const z of signed(third)) points.set(`${x} ${y} ${z}`, [x, y, z]);
    }
  }
  return [...points.values()];
}
