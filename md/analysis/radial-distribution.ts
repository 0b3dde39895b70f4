import { chemicalSymbols } from '../../src/elements.js';
import { LammError } from '../../src/errors.js';
import { cross3 } from '../../src/linalg/matrix3.js';
import { createPairList, type SitePairs } from '../../src/neighbors/pair-list.js';
import { cellVolume } from '../../src/structure/cell.js';
import { assertSameAtoms, type Frame } from './frame.js';

export interface RadialDistributionOptions {
  /** Largest distance in A; periodic images count, so it may exceed half of the cell. */
  readonly cutoff?: number;
  /** In A. */
  readonly binWidth?: number;
}

/** Distribution of the distances between two elements (or of all atoms, as element `all`). */
export interface PairDistribution {
  readonly first: string;
  readonly second: string;
  /** Density of second atoms at distance r from a first one over their mean density, [B]; 1 without structure. */
  readonly g: Float64Array;
  /** Mean number of second atoms within the outer edge of each bin about a first one, [B]. */
  readonly neighborsOfFirst: Float64Array;
  /** Mean number of first atoms within the outer edge of each bin about a second one, [B]. */
  readonly neighborsOfSecond: Float64Array;
}

export interface RadialDistribution {
  /** Middle of each bin in A, [B]. */
  readonly distances: Float64Array;
  readonly binWidth: number;
  readonly frames: number;
  /** All atoms first, then each pair of elements where there are several. */
  readonly pairs: readonly PairDistribution[];
  /**
   * Half of the least distance in A between opposite faces of the cell: beyond it, an atom is counted in several
   * images.
   */
  readonly halfCell: number;
}

/** Sums so far, for pairs of elements: receiver i and sender j are row i E + j of E x E. */
export interface RadialDistributionState {
  numbers: Uint8Array;
  frames: number;
  halfCell: number;
  /** Directed pairs per bin, [E x E][B]. */
  counts: Float64Array[];
  /** Directed pairs per bin, each times the volume of its frame, [E x E][B]. */
  weighted: Float64Array[];
}

export interface RadialDistributionMeter {
  readonly state: RadialDistributionState;
  add(frame: Frame): void;
  result(): RadialDistribution;
}

/** In A, where nobody says another. */
export const usualCutoff = 8;
export const usualBinWidth = 0.05;

/**
 * The distance in A up to which g(r) of a cell is worth counting, where nobody says another: no farther than half of
 * the cell, in whole bins.
 */
export function usualCutoffIn(cell: Float64Array, binWidth = usualBinWidth): number {
  return Math.max(1, Math.floor(Math.min(usualCutoff, halfOfCell(cell)) / binWidth + 1e-9)) * binWidth;
}

/** Atoms may move by half of this (A) between frames before pairs are searched for anew. */
const skin = 1;

/**
 * Starts a radial distribution g(r) = V n(r)/(N_first N_second shell), averaged over frames with the volume of each, or
 * goes on with one; a crystal has the same g as any supercell of it, and N independent atoms have 1 - 1/N.
 *
 * `add` throws {LammError} `structure` for frames that are not periodic in all directions (there is no density) or
 * whose atoms change.
 */
export function createRadialDistribution(
  options: RadialDistributionOptions = {},
  state: RadialDistributionState = createState(),
): RadialDistributionMeter {
  const { cutoff = usualCutoff, binWidth = usualBinWidth } = options;
  assertPositive('cutoff', cutoff);
  assertPositive('bin width', binWidth);
  const binCount = Math.max(1, Math.round(cutoff / binWidth));
  assertFewBins(binCount);
  const pairList = createPairList({ cutoff: binCount * binWidth, skin });
  const zeros = ({ length }: ArrayLike<unknown>) => Array.from({ length }, () => new Float64Array(binCount));
  let kinds = kindsOf(state.numbers);
  let ofFrame = zeros(state.counts);

  function begin({ numbers }: Frame): void {
    state.numbers = numbers.slice();
    kinds = kindsOf(numbers);
    const length = kinds.elements.length ** 2;
    state.counts = zeros({ length });
    state.weighted = zeros({ length });
    ofFrame = zeros({ length });
  }

  function add(frame: Frame): void {
    if (!frame.pbc.every(Boolean)) throw notPeriodic(frame);
    if (state.frames === 0) begin(frame);
    assertSameAtoms(state.numbers, frame);
    const { kindOf, elements } = kinds;
    countPairs(ofFrame, pairList.update(frame), { kindOf, kindCount: elements.length, binWidth, binCount });
    const volume = cellVolume(frame.cell);
    ofFrame.forEach((counts, row) => {
      for (let bin = 0; bin < binCount; bin++) {
        state.counts[row][bin] += counts[bin];
        state.weighted[row][bin] += volume * counts[bin];
      }
      counts.fill(0);
    });
    const half = halfOfCell(frame.cell);
    state.halfCell = state.frames === 0 ? half : Math.min(state.halfCell, half);
    state.frames++;
  }

  function result(): RadialDistribution {
    const { frames, halfCell, numbers } = state;
    const shells = Float64Array.from({ length: binCount }, (_, bin) => shellVolume(bin, binWidth));
    const { elements, atomCounts } = kinds;
    const describe = (rows: readonly number[], names: [string, string], atoms: [number, number]) =>
      normalise(state, rows, { names, atoms, shells });
    const symbols = elements.map((element) => chemicalSymbols[element]);
    const pairs = symbols.flatMap((first, i) =>
      symbols
        .slice(i)
        .map((second, k) =>
          describe([i * symbols.length + i + k], [first, second], [atomCounts[i], atomCounts[i + k]]),
        ),
    );
    const all = describe([...state.counts.keys()], ['all', 'all'], [numbers.length, numbers.length]);
    const distances = Float64Array.from({ length: binCount }, (_, bin) => (bin + 0.5) * binWidth);
    return { distances, binWidth, frames, pairs: symbols.length > 1 ? [all, ...pairs] : [all], halfCell };
  }

  return { state, add, result };
}

function createState(): RadialDistributionState {
  return { numbers: new Uint8Array(0), frames: 0, halfCell: 0, counts: [], weighted: [] };
}

function kindsOf(numbers: Uint8Array) {
  const elements = [...new Set(numbers)].sort((a, b) => a - b);
  return {
    elements,
    atomCounts: elements.map((element) => numbers.reduce((count, other) => count + Number(other === element), 0)),
    kindOf: numbers.map((number) => elements.indexOf(number)),
  };
}

/** Counts each pair in both directions. */
function countPairs(
  counts: readonly Float64Array[],
  { rowStart, seconds, imageAtoms, positions }: SitePairs,
  {
    kindOf,
    kindCount,
    binWidth,
    binCount,
  }: { kindOf: Uint8Array; kindCount: number; binWidth: number; binCount: number },
): void {
  const atomCount = kindOf.length;
  const limit = (binCount * binWidth) ** 2;
  for (let atom = 0; atom < atomCount; atom++) {
    const kind = kindOf[atom];
    for (let pair = rowStart[atom]; pair < rowStart[atom + 1]; pair++) {
      const site = seconds[pair];
      const x = positions[3 * site] - positions[3 * atom];
      const y = positions[3 * site + 1] - positions[3 * atom + 1];
      const z = positions[3 * site + 2] - positions[3 * atom + 2];
      const square = x * x + y * y + z * z;
      if (square >= limit) continue;
      const bin = Math.min(Math.floor(Math.sqrt(square) / binWidth), binCount - 1);
      const other = kindOf[site < atomCount ? site : imageAtoms[site - atomCount]];
      counts[kind * kindCount + other][bin]++;
      counts[other * kindCount + kind][bin]++;
    }
  }
}

/** Half of the least distance in A between opposite faces of a cell. */
function halfOfCell(cell: Float64Array): number {
  const vectors = [cell.subarray(0, 3), cell.subarray(3, 6), cell.subarray(6, 9)];
  const areas = [0, 1, 2].map((i) => Math.hypot(...cross3(vectors[(i + 1) % 3], vectors[(i + 2) % 3])));
  return cellVolume(cell) / Math.max(...areas) / 2;
}

function normalise(
  { counts, weighted, frames }: RadialDistributionState,
  rows: readonly number[],
  {
    names: [first, second],
    atoms: [firstCount, secondCount],
    shells,
  }: { names: [string, string]; atoms: [number, number]; shells: Float64Array },
): PairDistribution {
  const sum = (table: readonly Float64Array[]) =>
    shells.map((_, bin) => rows.reduce((total, row) => total + table[row][bin], 0));
  let running = 0;
  const within = sum(counts).map((count) => {
    running += count;
    return running;
  });
  return {
    first,
    second,
    g: sum(weighted).map((value, bin) => value / (frames * firstCount * secondCount * shells[bin])),
    neighborsOfFirst: within.map((count) => count / (frames * firstCount)),
    neighborsOfSecond: within.map((count) => count / (frames * secondCount)),
  };
}

function shellVolume(bin: number, width: number): number {
  return ((4 * Math.PI) / 3) * width ** 3 * ((bin + 1) ** 3 - bin ** 3);
}

const maxBins = 1_000_000;

function assertFewBins(binCount: number): void {
  if (binCount <= maxBins) return;
  const message = `radial distribution: expected at most ${maxBins} bins, found ${binCount}; choose a shorter cutoff or wider bins`;
  throw new LammError('usage', message, { quantity: 'cutoff' });
}

function assertPositive(quantity: string, value: number): void {
  if (value > 0 && Number.isFinite(value)) return;
  throw new LammError('usage', `radial distribution: expected a ${quantity} above 0 A, found ${value}`, { quantity });
}

function notPeriodic({ pbc }: Frame): LammError {
  return new LammError(
    'structure',
    `the radial distribution needs a density: expected frames that are periodic in all directions, found pbc = ${pbc.map((flag) => (flag ? 'T' : 'F')).join(' ')}`,
    { quantity: 'pbc' },
  );
}
