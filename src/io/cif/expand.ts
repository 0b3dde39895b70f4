import { LammError } from '../../errors.js';
import { multiply3, transpose3 } from '../../linalg/matrix3.js';
import { neighborList } from '../../neighbors/neighbor-list.js';
import { fractionalToCartesian } from '../../structure/cell.js';
import type { SymmetryOperation } from './operations.js';
import type { CifSite } from './sites.js';

/** Images of one site that are closer than this (A) are one atom on a special position. */
const mergeDistance = 0.1;
/** No two atoms are closer than this (A). */
const smallestDistance = 0.4;

/** The atoms of a full cell: atomic numbers [N], positions [N x 3] in A. */
export interface ExpandedSites {
  readonly numbers: number[];
  readonly positions: Float64Array;
}

/**
 * Applies symmetry operations to sites.  Of several groups, which differ in the origin, the one that puts sites on special positions is
 * meant, so the one with the fewest atoms.
 *
 * @throws {LammError} `structure`, without a place, when sites of different elements coincide; `format` when the origin stays open.
 */
export function expandSites(
  sites: readonly CifSite[],
  groups: readonly (readonly SymmetryOperation[])[],
  cell: Float64Array,
): ExpandedSites {
  const candidates = groups.map((operations) => sites.map((site) => imagesOf(site, operations, cell)));
  const counts = candidates.map((images) => images.reduce((sum, { length }) => sum + length, 0));
  const smallest = Math.min(...counts);
  if (counts.filter((count) => count === smallest).length > 1) {
    throw new LammError(
      'format',
      'the space-group name leaves the choice of origin open; add ":1" or ":2" to it, or give the operations in a loop',
    );
  }
  return mergeSites(sites, candidates[counts.indexOf(smallest)], cell);
}

/** Distinct images of a site in the cell, fractional, in [0, 1). */
function imagesOf({ fractional }: CifSite, operations: readonly SymmetryOperation[], cell: Float64Array): number[][] {
  const metric = multiply3(cell, transpose3(cell));
  const images: number[][] = [];
  for (const { rotation, translation } of operations) {
    const image = [0, 1, 2].map((row) =>
      wrap(
        rotation[3 * row] * fractional[0] +
          rotation[3 * row + 1] * fractional[1] +
          rotation[3 * row + 2] * fractional[2] +
          translation[row],
      ),
    );
    if (!images.some((other) => squaredDistance(image, other, metric) < mergeDistance ** 2)) images.push(image);
  }
  return images;
}

function wrap(value: number): number {
  const wrapped = value - Math.floor(value);
  return wrapped > 1 - 1e-9 ? 0 : wrapped;
}

/** Exact for near points, which is all that matters here. */
function squaredDistance(a: readonly number[], b: readonly number[], metric: Float64Array): number {
  const x = a[0] - b[0] - Math.round(a[0] - b[0]);
  const y = a[1] - b[1] - Math.round(a[1] - b[1]);
  const z = a[2] - b[2] - Math.round(a[2] - b[2]);
  return (
    x * x * metric[0] +
    y * y * metric[4] +
    z * z * metric[8] +
    2 * (x * y * metric[1] + x * z * metric[2] + y * z * metric[5])
  );
}

/** Drops images that repeat an atom of another site of the same element; anything else that near is an error. */
function mergeSites(sites: readonly CifSite[], images: readonly number[][][], cell: Float64Array): ExpandedSites {
  const owners = images.flatMap((list, site) => list.map(() => sites[site]));
  const all = fractionalToCartesian(images.flat(2), cell);
  const numbers = owners.map(({ number }) => number);
  const near = neighborList(
    { numbers: Uint8Array.from(numbers), positions: all, cell, pbc: [true, true, true] },
    smallestDistance,
  );
  const dropped = new Set<number>();
  for (let edge = 0; edge < near.edgeCount; edge++) {
    const [first, second] = [near.senders[edge], near.receivers[edge]].sort((a, b) => a - b);
    const [a, b] = [owners[first], owners[second]];
    if (a !== b && a.number === b.number && near.distances[edge] < mergeDistance) dropped.add(second);
    else throw tooClose(a, b, near.distances[edge]);
  }
  const kept = [...numbers.keys()].filter((atom) => !dropped.has(atom));
  return {
    numbers: kept.map((atom) => numbers[atom]),
    positions: Float64Array.from(kept.flatMap((atom) => [...all.subarray(3 * atom, 3 * atom + 3)])),
  };
}

function tooClose(a: CifSite, b: CifSite, distance: number): LammError {
  const what =
    a === b ? `two images of the site "${a.label}"` : `the sites "${a.label}" (line ${a.line}) and "${b.label}"`;
  return new LammError(
    'structure',
    `${what} are ${distance.toFixed(2)} A apart, so they are mixed or disordered; expected an ordered structure: keep one of them`,
    { line: b.line, quantity: 'positions' },
  );
}
