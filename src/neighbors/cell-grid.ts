import { LammError } from '../errors.js';
import { inverse3 } from '../linalg/matrix3.js';
import { cellVolume, multiplyRows } from '../structure/cell.js';
import type { AtomicSystem, Pbc } from '../structure/structure.js';
import { periodicCell } from './periodic-cell.js';

/**
 * Atoms sorted into bins between lattice planes.
 *
 * A "slot" is a place in the sorted order: the atoms of one bin have adjacent slots, in ascending atom order.
 * Bin (x, y, z) has the number (x * bins[1] + y) * bins[2] + z.
 */
export interface CellGrid {
  readonly pbc: Pbc;
  /** The radius in A with room for rounding errors: pairs within it are to be looked at. */
  readonly searchRadius: number;
  /** Lattice vectors in A, [3 x 3]; along directions that are not periodic, unit vectors orthogonal to the others. */
  readonly cell: Float64Array;
  /** Number of bins along each lattice vector, [3]. */
  readonly bins: Int32Array;
  /** Number of bins to look at on each side along each lattice vector, [3]. */
  readonly reach: Float64Array;
  /** First slot of each bin, [bins + 1]. */
  readonly binStart: Int32Array;
  /** Atom in each slot, [N]. */
  readonly atoms: Int32Array;
  /**
   * Position of the atom of each slot in A, moved into the cell along periodic directions, [3 x N]: all x, all y, all
   * z.
   */
  readonly wrapped: Float64Array;
  /** Lattice vectors from the wrapped to the given position of the atom of each slot, [3 x N], integers. */
  readonly wraps: Float64Array;
}

/** Numbers of cells beyond this lose their last digits in the wrapped position. */
const maxWraps = 1e7;

/**
 * Sorts atoms into bins such that all partners of an atom within `radius` (A) lie within `reach` bins of its own.
 *
 * There are never more bins than about one per atom, however far apart the atoms are.
 *
 * @throws {LammError} `non-finite` for positions that are not numbers; `structure` for atoms absurdly far outside the
 *   cell.
 */
export function createCellGrid({ positions, cell: givenCell, pbc }: AtomicSystem, radius: number): CellGrid {
  const atomCount = positions.length / 3;
  const cell = periodicCell({ cell: givenCell, pbc });
  if (pbc.every(Boolean)) assertRoom(cell, atomCount);
  const fractional = multiplyRows(positions, inverse3(cell));
  const wraps = wrapFractional(fractional, pbc);
  const heights = planeDistances(cell);
  const ranges = [0, 1, 2].map((axis) => (pbc[axis] ? { start: 0, length: 1 } : rangeOf(fractional, axis)));
  const extents = ranges.map(({ length }, axis) => length * heights[axis]);
  const searchRadius = radius * (1 + 1e-9) + roundingOfWrap(positions, cell, heights);
  const bins = chooseBins(extents, searchRadius, atomCount);
  const reach = Float64Array.from(bins, (count, axis) => {
    if (count === 1 && !pbc[axis]) return 0;
    const enough = Math.ceil((searchRadius * count) / extents[axis]);
    return pbc[axis] ? enough : Math.min(enough, count - 1);
  });
  const { binStart, atoms } = countingSort(binNumbers(fractional, ranges, bins), bins[0] * bins[1] * bins[2]);
  return { pbc, searchRadius, cell, bins, reach, binStart, atoms, ...bySlot(positions, { cell, wraps, atoms }) };
}

/** A^3 that each atom has at least: a hundredth of what it has at the pressures in the middle of the sun. */
const minVolume = 0.01;

/** A cell that collapsed, or one in other units, has neighbours without end. */
function assertRoom(cell: Float64Array, atomCount: number): void {
  const volume = cellVolume(cell) / atomCount;
  if (!(volume < minVolume)) return;
  throw new LammError(
    'structure',
    `the cell has ${volume.toPrecision(2)} A^3 for each of its ${atomCount} atoms, and nothing is that dense; check the cell and its units`,
    { quantity: 'cell', expected: `at least ${minVolume} A^3`, actual: `${volume} A^3` },
  );
}

interface Range {
  readonly start: number;
  readonly length: number;
}

/**
 * Reduces `fractional` to [0, 1] along periodic directions, in place; returns the whole numbers taken away, [N x 3].
 */
function wrapFractional(fractional: Float64Array, pbc: Pbc): Float64Array {
  const wraps = new Float64Array(fractional.length);
  for (let index = 0; index < fractional.length; index++) {
    const value = fractional[index];
    if (!Number.isFinite(value)) throw notFinite(index);
    if (!pbc[index % 3]) continue;
    const wrap = Math.floor(value);
    if (Math.abs(wrap) > maxWraps) throw farOutside(index, wrap);
    wraps[index] = wrap;
    fractional[index] = value - wrap;
  }
  return wraps;
}

function notFinite(index: number): LammError {
  const atom = Math.floor(index / 3) + 1;
  return new LammError(
    'non-finite',
    `expected finite positions, but that of atom ${atom} is not; check the structure or the time step`,
    {
      quantity: 'positions',
    },
  );
}

function farOutside(index: number, wrap: number): LammError {
  const atom = Math.floor(index / 3) + 1;
  return new LammError(
    'structure',
    `atom ${atom} lies ${Math.abs(wrap)} cells away from the origin; move it back into the cell`,
    {
      quantity: 'positions',
    },
  );
}

/** Distances between opposite faces of the cell in A, [3]. */
function planeDistances(cell: Float64Array): number[] {
  const inverse = inverse3(cell);
  return [0, 1, 2].map((axis) => 1 / Math.hypot(inverse[axis], inverse[3 + axis], inverse[6 + axis]));
}

function rangeOf(fractional: Float64Array, axis: number): Range {
  let least = Number.POSITIVE_INFINITY;
  let greatest = Number.NEGATIVE_INFINITY;
  for (let index = axis; index < fractional.length; index += 3) {
    least = Math.min(least, fractional[index]);
    greatest = Math.max(greatest, fractional[index]);
  }
  return greatest > least ? { start: least, length: greatest - least } : { start: least, length: 0 };
}

/** Bound of the rounding error of `position - wrap * cell` in A. */
function roundingOfWrap(positions: Float64Array, cell: Float64Array, heights: readonly number[]): number {
  let farthest = 0;
  for (let index = 0; index < positions.length; index++) farthest = Math.max(farthest, Math.abs(positions[index]));
  const lengths = [0, 3, 6].map((row) => Math.hypot(cell[row], cell[row + 1], cell[row + 2]));
  const skewness = Math.max(...lengths.map((length, axis) => length / heights[axis]));
  return 64 * Number.EPSILON * farthest * skewness;
}

/**
 * Bins half a radius thick; thicker ones along the longest directions where there would be more than one bin per atom.
 */
function chooseBins(extents: readonly number[], radius: number, atomCount: number): Int32Array {
  const counts = Int32Array.from(extents, (extent) =>
    Math.max(1, Math.min(2 ** 30, Math.floor((2 * extent) / radius))),
  );
  const ascending = [0, 1, 2].sort((a, b) => counts[a] - counts[b]);
  let most = Math.max(1, atomCount);
  for (const [place, axis] of ascending.entries()) {
    counts[axis] = Math.max(1, Math.min(counts[axis], Math.floor(most ** (1 / (3 - place)))));
    most /= counts[axis];
  }
  return counts;
}

function binNumbers(fractional: Float64Array, ranges: readonly Range[], bins: Int32Array): Int32Array {
  const [rangeX, rangeY, rangeZ] = ranges;
  const [binsX, binsY, binsZ] = bins;
  const [scaleX, scaleY, scaleZ] = ranges.map(({ length }, axis) => (length > 0 ? bins[axis] / length : 0));
  const numbers = new Int32Array(fractional.length / 3);
  for (let atom = 0; atom < numbers.length; atom++) {
    const x = Math.min(binsX - 1, Math.floor((fractional[3 * atom] - rangeX.start) * scaleX));
    const y = Math.min(binsY - 1, Math.floor((fractional[3 * atom + 1] - rangeY.start) * scaleY));
    const z = Math.min(binsZ - 1, Math.floor((fractional[3 * atom + 2] - rangeZ.start) * scaleZ));
    numbers[atom] = (x * binsY + y) * binsZ + z;
  }
  return numbers;
}

function countingSort(numbers: Int32Array, binCount: number): Pick<CellGrid, 'binStart' | 'atoms'> {
  const binStart = new Int32Array(binCount + 1);
  for (let atom = 0; atom < numbers.length; atom++) binStart[numbers[atom] + 1]++;
  for (let bin = 0; bin < binCount; bin++) binStart[bin + 1] += binStart[bin];
  const next = binStart.slice();
  const atoms = new Int32Array(numbers.length);
  for (let atom = 0; atom < numbers.length; atom++) atoms[next[numbers[atom]]++] = atom;
  return { binStart, atoms };
}

function bySlot(
  positions: Float64Array,
  { cell, wraps, atoms }: Pick<CellGrid, 'cell' | 'wraps' | 'atoms'>,
): Pick<CellGrid, 'wrapped' | 'wraps'> {
  const atomCount = atoms.length;
  const wrapped = new Float64Array(3 * atomCount);
  const slotWraps = new Float64Array(3 * atomCount);
  for (let slot = 0; slot < atomCount; slot++) {
    const start = 3 * atoms[slot];
    for (let axis = 0; axis < 3; axis++) {
      const back = wraps[start] * cell[axis] + wraps[start + 1] * cell[3 + axis] + wraps[start + 2] * cell[6 + axis];
      wrapped[axis * atomCount + slot] = positions[start + axis] - back;
      slotWraps[axis * atomCount + slot] = wraps[start + axis];
    }
  }
  return { wrapped, wraps: slotWraps };
}
