import { LammError } from '../../errors.js';
import { determinant3, inverse3, rowTimesMatrix3 } from '../../linalg/matrix3.js';
import { quote } from '../text/text-cursor.js';
import type { CifBlock } from './blocks.js';
import type { SymmetryOperation } from './operations.js';
import type { CifCell } from './read-cell.js';
import type { CifSite } from './site.js';
import { isMissing, numberOf, rowsOf, tableWith } from './values.js';

/** The magnetic moments of a block by label of the site. */
export interface Moments {
  /** In Bohr magnetons, as multiples of the lattice vectors, [3]. */
  of(label: string): readonly number[] | undefined;
  /** What of them was not used. */
  notes(sites: readonly CifSite[]): string[];
}

const axes = ['x', 'y', 'z'];

/**
 * Reads the magnetic moments of a magnetic CIF: components along the directions of the lattice vectors (`crystalaxis`)
 * or Cartesian ones.
 *
 * @throws {LammError} `format`, with `file` and line, for components that are no numbers.
 */
export function readMoments(block: CifBlock, { lengths, vectors }: CifCell, file: string | undefined): Moments {
  const moments = new Map<string, readonly number[]>();
  const table = tableWith(block, '_atom_site_moment_label', file, '_atom_site_moment_');
  const inverse = inverse3(vectors);
  const isAlong = table?.tags.includes('_atom_site_moment_crystalaxis_x');
  const isCartesian = table?.tags.includes('_atom_site_moment_cartn_x');
  for (const row of table && (isAlong || isCartesian) ? rowsOf(table) : []) {
    const label = row.get('_atom_site_moment_label')?.text ?? '';
    const components = axes.map((axis) => {
      const tag = `_atom_site_moment_${isAlong ? 'crystalaxis' : 'cartn'}_${axis}`;
      const token = row.get(tag);
      return token === undefined || isMissing(token) ? 0 : numberOf(token, tag, file);
    });
    const along = components.map((value, axis) => value / lengths[axis]);
    moments.set(label, isAlong ? along : Array.from(rowTimesMatrix3(components, inverse)));
  }
  return {
    of: (label) => moments.get(label),
    notes(sites) {
      const labels = new Set(sites.map(({ label }) => label));
      const unknown = [...moments.keys()].filter((label) => !labels.has(label));
      if (table && !isAlong && !isCartesian) return ['the magnetic moments are not given along axes and were not read'];
      return unknown.length === 0 ? [] : [`magnetic moments of ${unknown.map(quote).join(', ')} belong to no site`];
    },
  };
}

/**
 * A moment behind an operation: an axial vector, which an inversion leaves as it is and the reversal of time turns
 * round.
 */
export function turnedMoment([x, y, z]: readonly number[], { rotation, reversesTime }: SymmetryOperation): number[] {
  const sign = determinant3(rotation) * (reversesTime ? -1 : 1);
  return [0, 3, 6].map((row) => sign * (rotation[row] * x + rotation[row + 1] * y + rotation[row + 2] * z));
}

/** How far (Bohr magnetons) moments may be apart that symmetry makes equal. */
const momentTolerance = 0.05;

/**
 * @throws {LammError} `structure`, without a file, when symmetry gives one atom two moments (as multiples of the
 * lattice vectors).
 */
export function assertSameMoment(
  site: CifSite,
  [a, b]: readonly [readonly number[], readonly number[]],
  cell: Float64Array,
): void {
  const difference = rowTimesMatrix3(
    a.map((value, axis) => value - b[axis]),
    cell,
  );
  if (Math.hypot(...difference) < momentTolerance) return;
  const message = `the magnetic moment of the site ${quote(site.label)} does not suit the symmetry of its place; check the operations and the moment`;
  throw new LammError('structure', message, { line: site.line });
}
