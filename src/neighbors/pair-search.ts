import { LammError } from '../errors.js';
import { assertMemory } from '../memory.js';
import type { AtomicSystem } from '../structure/structure.js';
import { type CellGrid, createCellGrid } from './cell-grid.js';
import { createShiftCode, createShiftTable, joinShifts, relativeCode, type ShiftCode } from './shift-table.js';
import { sortAscending } from './sort-ascending.js';

/**
 * Every pair of atoms (or of an atom and its own image) that are at most a radius apart, once each.
 *
 * Pair p of row i is atom i, atom j = seconds[p] >= i and the lattice vector S = shifts[shiftIndices[p]]: the vector
 * from i to j is r_j - r_i + S . cell, with positions as given.  When j = i, S is the greater of S and -S. Pairs are
 * sorted by (i, j, Sx, Sy, Sz).
 */
export interface Pairs {
  readonly pairCount: number;
  /** First pair of each atom, [N + 1]. */
  readonly rowStart: Int32Array;
  /** Second atom of each pair, [P]. */
  readonly seconds: Int32Array;
  /** Row of `shifts` of each pair, [P]. */
  readonly shiftIndices: Int32Array;
  /** The different S, [K x 3], ascending; row K - 1 - k is minus row k, so that the row in the middle is zero. */
  readonly shifts: Int32Array;
}

/** The rows of some adjacent atoms in `Pairs`, with the shifts that occur in them. */
export interface PairRows {
  /** End of the pairs of each of these atoms, [rows]. */
  readonly rowEnd: Int32Array;
  readonly seconds: Int32Array;
  readonly shiftIndices: Int32Array;
  readonly shifts: Int32Array;
}

/**
 * Finds all pairs within `radius` (A) in a time proportional to the number of atoms; a few pairs just beyond may be
 * among them.
 *
 * @throws {LammError} `usage` for a radius that is not positive; `non-finite` or `structure` for impossible positions
 *   or cells.
 */
export function findPairs(system: AtomicSystem, radius: number): Pairs {
  return joinRows([createRowSearch(system, radius)({ first: 0, end: system.positions.length / 3 })]);
}

/** Atoms `first` ... `end` - 1, counted from 0. */
export interface RowRange {
  readonly first: number;
  readonly end: number;
}

/** Prepares the same search for one range of atoms after another; `joinRows` puts their rows together. */
export function createRowSearch(system: AtomicSystem, radius: number): (range: RowRange) => PairRows {
  if (!(radius > 0 && radius < Number.POSITIVE_INFINITY)) {
    throw new LammError('usage', `expected a positive cutoff in A, found ${radius}`, { quantity: 'cutoff' });
  }
  const grid = createCellGrid(system, radius);
  assertFew(grid, radius);
  const code = chooseShiftCode(grid);
  return (range) => sortRows(searchGrid(grid, code, range), code);
}

/** Of a pair, until all are sorted; and of a run of bins. */
const bytesOf = { pair: 40, run: 40 } as const;
/** How much of a box the sphere within it fills, and each pair is kept once. */
const shareOfBox = Math.PI / 6 / 2;

/** Refuses a radius within which there would be more pairs than there is memory, before any of them is looked for. */
function assertFew({ bins, reach, atoms }: CellGrid, radius: number): void {
  const atomCount = atoms.length;
  const binsInReach = reach.reduce((product, count) => product * (2 * count + 1), 1);
  const binCount = bins[0] * bins[1] * bins[2];
  const pairs = shareOfBox * atomCount * binsInReach * (atomCount / binCount);
  assertMemory({
    bytes: bytesOf.pair * pairs + bytesOf.run * binsInReach,
    what: `the pairs of ${atomCount} atoms and their images within ${radius.toPrecision(4)} A`,
    remedy: 'choose a shorter cutoff, and check the cell',
    code: 'structure',
    quantity: 'cutoff',
  });
}

/** All pairs from the rows of ranges that follow one another. */
export function joinRows(parts: readonly PairRows[]): Pairs {
  if (parts.length === 1) return wholeRows(parts[0]);
  const { shifts, places } = joinShifts(parts.map((part) => part.shifts));
  const pairCount = parts.reduce((sum, { seconds }) => sum + seconds.length, 0);
  const rowCount = parts.reduce((sum, { rowEnd }) => sum + rowEnd.length, 0);
  const rowStart = new Int32Array(rowCount + 1);
  const seconds = new Int32Array(pairCount);
  const shiftIndices = new Int32Array(pairCount);
  let row = 0;
  let start = 0;
  for (const [k, part] of parts.entries()) {
    for (let i = 0; i < part.rowEnd.length; i++) rowStart[++row] = start + part.rowEnd[i];
    seconds.set(part.seconds, start);
    copyPlaces(part.shiftIndices, places[k], shiftIndices.subarray(start));
    start += part.seconds.length;
  }
  return { pairCount, rowStart, seconds, shiftIndices, shifts };
}

/** All pairs from one range of all rows. */
function wholeRows({ rowEnd, ...pairs }: PairRows): Pairs {
  const rowStart = new Int32Array(rowEnd.length + 1);
  rowStart.set(rowEnd, 1);
  return { pairCount: pairs.seconds.length, rowStart, ...pairs };
}

function copyPlaces(indices: Int32Array, places: Int32Array, target: Int32Array): void {
  for (let i = 0; i < indices.length; i++) target[i] = places[indices[i]];
}

function chooseShiftCode({ bins, reach, atoms, wraps }: CellGrid): ShiftCode {
  const atomCount = atoms.length;
  const bounds = [0, 1, 2].map((axis) => {
    let least = 0;
    let greatest = 0;
    for (let slot = axis * atomCount; slot < (axis + 1) * atomCount; slot++) {
      least = Math.min(least, wraps[slot]);
      greatest = Math.max(greatest, wraps[slot]);
    }
    return Math.ceil(reach[axis] / bins[axis]) + greatest - least;
  });
  const code = createShiftCode(bounds);
  if (code.count * atomCount >= 2 ** 51) {
    throw new LammError(
      'structure',
      `the atoms are spread over ${bounds.join(' x ')} cells; move them back into the cell`,
      {
        quantity: 'positions',
      },
    );
  }
  return code;
}

/** Pairs in the order in which the bins are visited: key = j * code.count + code(S). */
interface UnsortedRows {
  /** Of each row, counted from the first of the range. */
  readonly rowBegin: Int32Array;
  readonly rowLength: Int32Array;
  readonly keys: Float64Array;
}

/** Runs of adjacent slots around one bin that hold every possible partner of its atoms, each in one periodic image. */
interface Runs {
  count: number;
  readonly starts: Int32Array;
  readonly ends: Int32Array;
  /** Relative code of the image of each run. */
  readonly codes: Float64Array;
  /** Displacement of the image of each run in A, [runs x 3]. */
  readonly offsets: Float64Array;
}

function searchGrid(grid: CellGrid, code: ShiftCode, { first, end }: RowRange): UnsortedRows {
  const { atoms, binStart, bins, wrapped, wraps } = grid;
  const atomCount = atoms.length;
  const rowBegin = new Int32Array(end - first);
  const rowLength = new Int32Array(end - first);
  const wrapCodes = new Float64Array(atomCount);
  for (let slot = 0; slot < atomCount; slot++) {
    wrapCodes[slot] = relativeCode(code, wraps[slot], wraps[atomCount + slot], wraps[2 * atomCount + slot]);
  }
  const search = { code, atoms, wrapped, wrapCodes, limit: grid.searchRadius ** 2 };
  const runs = createRuns(grid);
  let keys = new Float64Array(32 * (end - first));
  let keyCount = 0;
  for (let bin = 0; bin < bins[0] * bins[1] * bins[2]; bin++) {
    const binEnd = binStart[bin + 1];
    let slot = binStart[bin];
    while (slot < binEnd && atoms[slot] < first) slot++;
    if (slot === binEnd || atoms[slot] >= end) continue;
    collectRuns(grid, code, { bin, runs });
    const most = candidateCount(runs);
    for (; slot < binEnd && atoms[slot] < end; slot++) {
      if (keyCount + most > keys.length) keys = grown(keys, keyCount + most);
      const begin = keyCount;
      keyCount = searchRuns(search, runs, { slot, keys, keyCount });
      rowBegin[atoms[slot] - first] = begin;
      rowLength[atoms[slot] - first] = keyCount - begin;
    }
  }
  return { rowBegin, rowLength, keys: keys.subarray(0, keyCount) };
}

function createRuns({ bins, reach }: CellGrid): Runs {
  const images = 2 * Math.ceil(reach[2] / bins[2]) + 1;
  const most = (2 * reach[0] + 1) * (2 * reach[1] + 1) * images;
  return {
    count: 0,
    starts: new Int32Array(most),
    ends: new Int32Array(most),
    codes: new Float64Array(most),
    offsets: new Float64Array(3 * most),
  };
}

/** Fills `runs` with the surroundings of one bin; bins that are adjacent along the third lattice vector share a run. */
function collectRuns(grid: CellGrid, code: ShiftCode, { bin, runs }: { bin: number; runs: Runs }): void {
  const { bins, reach, binStart, cell, pbc } = grid;
  const [binsX, binsY, binsZ] = bins;
  const binX = Math.floor(bin / (binsY * binsZ));
  const binY = Math.floor(bin / binsZ) % binsY;
  const binZ = bin % binsZ;
  const firstZ = binZ - reach[2];
  const lastZ = binZ + reach[2];
  const firstImageZ = pbc[2] ? Math.floor(firstZ / binsZ) : 0;
  const lastImageZ = pbc[2] ? Math.floor(lastZ / binsZ) : 0;
  runs.count = 0;
  for (let x = binX - reach[0]; x <= binX + reach[0]; x++) {
    const imageX = Math.floor(x / binsX);
    if (imageX !== 0 && !pbc[0]) continue;
    for (let y = binY - reach[1]; y <= binY + reach[1]; y++) {
      const imageY = Math.floor(y / binsY);
      if (imageY !== 0 && !pbc[1]) continue;
      const row = ((x - imageX * binsX) * binsY + y - imageY * binsY) * binsZ;
      for (let imageZ = firstImageZ; imageZ <= lastImageZ; imageZ++) {
        const start = binStart[row + Math.max(0, firstZ - imageZ * binsZ)];
        const end = binStart[row + Math.min(binsZ - 1, lastZ - imageZ * binsZ) + 1];
        if (start === end) continue;
        const run = runs.count++;
        runs.starts[run] = start;
        runs.ends[run] = end;
        runs.codes[run] = relativeCode(code, imageX, imageY, imageZ);
        for (let axis = 0; axis < 3; axis++) {
          runs.offsets[3 * run + axis] = imageX * cell[axis] + imageY * cell[3 + axis] + imageZ * cell[6 + axis];
        }
      }
    }
  }
}

function candidateCount({ count, starts, ends }: Runs): number {
  let sum = 0;
  for (let run = 0; run < count; run++) sum += ends[run] - starts[run];
  return sum;
}

function grown(keys: Float64Array<ArrayBuffer>, needed: number): Float64Array<ArrayBuffer> {
  const larger = new Float64Array(Math.max(needed, 2 * keys.length));
  larger.set(keys);
  return larger;
}

interface Search {
  readonly code: ShiftCode;
  readonly atoms: Int32Array;
  readonly wrapped: Float64Array;
  readonly wrapCodes: Float64Array;
  readonly limit: number;
}

/**
 * Appends the keys of the pairs of the atom in `slot` whose second atom is not the lesser; returns the new number of
 * keys.
 */
function searchRuns(
  { code, atoms, wrapped, wrapCodes, limit }: Search,
  { count, starts, ends, codes, offsets }: Runs,
  { slot, keys, keyCount }: { slot: number; keys: Float64Array; keyCount: number },
): number {
  const atomCount = atoms.length;
  const first = atoms[slot];
  const codeCount = code.count;
  for (let run = 0; run < count; run++) {
    const x = wrapped[slot] - offsets[3 * run];
    const y = wrapped[atomCount + slot] - offsets[3 * run + 1];
    const z = wrapped[2 * atomCount + slot] - offsets[3 * run + 2];
    const runCode = code.middle + codes[run] + wrapCodes[slot];
    const end = ends[run];
    for (let other = starts[run]; other < end; other++) {
      const dx = wrapped[other] - x;
      const dy = wrapped[atomCount + other] - y;
      const dz = wrapped[2 * atomCount + other] - z;
      if (dx * dx + dy * dy + dz * dz > limit) continue;
      const second = atoms[other];
      if (second < first) continue;
      const pairCode = runCode - wrapCodes[other];
      if (second === first && pairCode <= code.middle) continue;
      keys[keyCount++] = second * codeCount + pairCode;
    }
  }
  return keyCount;
}

function sortRows({ rowBegin, rowLength, keys }: UnsortedRows, code: ShiftCode): PairRows {
  const table = createShiftTable(code, keys);
  const rowEnd = new Int32Array(rowBegin.length);
  const seconds = new Int32Array(keys.length);
  const shiftIndices = new Int32Array(keys.length);
  let pair = 0;
  for (let row = 0; row < rowBegin.length; row++) {
    const begin = rowBegin[row];
    const end = begin + rowLength[row];
    sortAscending(keys, begin, end);
    for (let k = begin; k < end; k++) {
      const second = Math.floor(keys[k] / code.count);
      seconds[pair] = second;
      shiftIndices[pair++] = table.indexOf(keys[k] - second * code.count);
    }
    rowEnd[row] = pair;
  }
  return { rowEnd, seconds, shiftIndices, shifts: table.shifts };
}
