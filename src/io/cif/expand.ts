import { LammError } from '../../errors.js';
import { multiply3, rowTimesMatrix3, transpose3 } from '../../linalg/matrix3.js';
import { fractionalToCartesian } from '../../structure/cell.js';
import type { OccupancyChoice } from '../format.js';
import { resolveDisorder } from './disorder.js';
import { assertSameMoment, turnedMoment } from './moments.js';
import type { SymmetryOperation } from './operations.js';
import { heightsOf, PlaceGrid, squaredDistance } from './place-grid.js';
import { type CifSite, massesOfSites } from './site.js';

/** Images of one site that are closer than this (A) are one atom on a special position. */
const mergeDistance = 0.1;
/** No two atoms are closer than this (A). */
const smallestDistance = 0.4;

/**
 * The atoms of a full cell: atomic numbers [N], positions [N x 3] in A, and magnetic moments [N x 3] in Bohr magnetons
 * where there are any.
 */
export interface ExpandedSites {
  readonly numbers: number[];
  readonly positions: Float64Array;
  readonly moments?: Float64Array;
  /** In amu, [N], where they are not all those of the elements. */
  readonly masses?: readonly number[];
  /** Sites that became whole atoms or were left out. */
  readonly notes: readonly string[];
}

/** An image of a site: fractional coordinates in [0, 1) and the operation that leads there. */
interface Image {
  readonly place: readonly number[];
  readonly operation: SymmetryOperation;
}

/**
 * Applies symmetry operations to sites.  Of several groups, which differ in the origin, the one that puts sites on
 * special positions is meant, so the one with the fewest atoms.
 *
 * @throws {LammError} `structure`, without a place, when sites of different elements coincide or disorder is not
 *   resolved; `format` when the origin stays open.
 */
export function expandSites(
  sites: readonly CifSite[],
  groups: readonly (readonly SymmetryOperation[])[],
  { cell, occupancy }: { readonly cell: Float64Array; readonly occupancy: OccupancyChoice },
): ExpandedSites {
  const images = imagesOfSites(sites, groups, cell);
  const places = sites.map((site, index) => ({ site, places: images[index].map(({ place }) => place) }));
  const { kept, notes } = resolveDisorder(places, { cell, occupancy });
  const indices = [...sites.keys()].filter((index) => kept.has(sites[index]));
  const ordered = indices.map((index) => sites[index]);
  return {
    ...mergeSites(
      ordered,
      indices.map((index) => images[index]),
      cell,
    ),
    notes,
  };
}

function imagesOfSites(
  sites: readonly CifSite[],
  groups: readonly (readonly SymmetryOperation[])[],
  cell: Float64Array,
): readonly (readonly Image[])[] {
  assertCount(sites.length * Math.max(...groups.map((operations) => operations.length)));
  const metric = multiply3(cell, transpose3(cell));
  const candidates = groups.map((operations) => sites.map((site) => imagesOf(site, operations, { cell, metric })));
  const counts = candidates.map((images) => images.reduce((sum, { length }) => sum + length, 0));
  const smallest = Math.min(...counts);
  if (counts.filter((count) => count === smallest).length > 1) {
    throw new LammError(
      'format',
      'the space-group name leaves the choice of origin open; add ":1" or ":2" to it, or give the operations in a loop',
    );
  }
  return candidates[counts.indexOf(smallest)];
}

/** What is more than this is no crystal that anybody could use, but would fill the memory. */
const maxImages = 4_000_000;

function assertCount(count: number): void {
  if (count <= maxImages) return;
  const message = `the sites and symmetry operations make up to ${count} atoms; expected at most ${maxImages}`;
  throw new LammError('structure', message);
}

/** Distinct images of a site in the cell. */
function imagesOf(
  site: CifSite,
  operations: readonly SymmetryOperation[],
  { cell, metric }: { readonly cell: Float64Array; readonly metric: Float64Array },
): Image[] {
  const [x, y, z] = site.fractional;
  const images: Image[] = [];
  for (const operation of operations) {
    const { rotation: r, translation: t } = operation;
    const place = [
      wrap(r[0] * x + r[1] * y + r[2] * z + t[0]),
      wrap(r[3] * x + r[4] * y + r[5] * z + t[1]),
      wrap(r[6] * x + r[7] * y + r[8] * z + t[2]),
    ];
    const same = images.find((other) => squaredDistance(place, other.place, metric) < mergeDistance ** 2);
    if (same === undefined) images.push({ place, operation });
    else if (site.moment) assertSameMoment(site, momentsOf(site.moment, same.operation, operation), cell);
  }
  return images;
}

function momentsOf(moment: readonly number[], a: SymmetryOperation, b: SymmetryOperation): [number[], number[]] {
  return [turnedMoment(moment, a), turnedMoment(moment, b)];
}

function wrap(value: number): number {
  const wrapped = value - Math.floor(value);
  return wrapped > 1 - 1e-9 ? 0 : wrapped;
}

/** The atoms at the images of sites, without those that are there already. */
function mergeSites(
  sites: readonly CifSite[],
  images: readonly (readonly Image[])[],
  cell: Float64Array,
): Omit<ExpandedSites, 'notes'> {
  const owners = images.flatMap((list, site) => list.map(() => sites[site]));
  const flat = images.flat();
  const kept = distinctPlaces(
    owners,
    flat.map(({ place }) => place),
    cell,
  );
  const hasMoments = sites.some(({ moment }) => moment !== undefined);
  const momentOf = (atom: number) =>
    rowTimesMatrix3(turnedMoment(owners[atom].moment ?? [0, 0, 0], flat[atom].operation), cell);
  const masses = massesOfSites(kept.map((atom) => owners[atom]));
  return {
    ...(masses && { masses }),
    numbers: kept.map((atom) => owners[atom].number),
    positions: fractionalToCartesian(
      kept.flatMap((atom) => flat[atom].place),
      cell,
    ),
    ...(hasMoments && { moments: Float64Array.from(kept.flatMap((atom) => [...momentOf(atom)])) }),
  };
}

/**
 * Indices of the atoms that do not repeat an earlier atom of another site of the same element; `places` are fractional,
 * in [0, 1).
 *
 * @throws {LammError} `structure`, without a file, when other atoms are so near to each other that they cannot both be
 *   there.
 */
export function distinctPlaces(
  owners: readonly CifSite[],
  places: readonly (readonly number[])[],
  cell: Float64Array,
): number[] {
  const thinnest = Math.min(...heightsOf(cell));
  if (thinnest < 2 * smallestDistance) {
    throw new LammError(
      'structure',
      `the cell is only ${thinnest.toPrecision(2)} A thick; check the lengths and angles`,
      {
        quantity: 'cell',
      },
    );
  }
  const grid = new PlaceGrid(cell, smallestDistance);
  const kept: number[] = [];
  places.forEach((place, atom) => {
    let isRepeated = false;
    grid.visitNear(place, (index, distance) => {
      const [a, b] = [owners[kept[index]], owners[atom]];
      if (a.number !== b.number || a.mass !== b.mass || distance >= mergeDistance) throw tooClose(a, b, distance);
      isRepeated = true;
    });
    if (isRepeated) return;
    grid.add(place);
    kept.push(atom);
  });
  return kept;
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
