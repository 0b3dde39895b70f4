import { chemicalSymbols } from '../../src/elements.js';
import { LammError } from '../../src/errors.js';
import { neighborList } from '../../src/neighbors/neighbor-list.js';
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
  /** The same for first atoms about a second one, [B]. */
  readonly neighborsOfSecond: Float64Array;
}

export interface RadialDistribution {
  /** Middle of each bin in A, [B]. */
  readonly distances: Float64Array;
  readonly binWidth: number;
  readonly frames: number;
  /** All atoms first, then each pair of elements where there are several. */
  readonly pairs: readonly PairDistribution[];
}

export interface RadialDistributionMeter {
  add(frame: Frame): void;
  result(): RadialDistribution;
}

/** Sums over frames for one pair of kinds. */
interface Histogram {
  readonly first: number;
  readonly second: number;
  /** Directed pairs per bin, [B]. */
  readonly counts: Float64Array;
  /** The same, each times the volume of its frame. */
  readonly weighted: Float64Array;
}

/**
 * Starts a radial distribution g(r) = V n(r)/(N_first N_second shell), averaged over frames with the volume of each; a crystal has the same
 * g as any supercell of it, and N independent atoms have 1 - 1/N.
 *
 * `add` throws {LammError} `structure` for frames that are not periodic in all directions (there is no density) or whose atoms change.
 */
export function createRadialDistribution(options: RadialDistributionOptions = {}): RadialDistributionMeter {
  const { cutoff = 8, binWidth = 0.05 } = options;
  assertPositive('cutoff', cutoff);
  assertPositive('bin width', binWidth);
  const binCount = Math.max(1, Math.round(cutoff / binWidth));
  let numbers: Uint8Array | undefined;
  let kinds = createKinds(new Uint8Array(0), binCount);
  let frames = 0;

  function add(frame: Frame): void {
    if (!frame.pbc.every(Boolean)) throw notPeriodic(frame);
    if (numbers === undefined) {
      numbers = frame.numbers.slice();
      kinds = createKinds(numbers, binCount);
    }
    assertSameAtoms(numbers, frame);
    const volume = cellVolume(frame.cell);
    const { edgeCount, senders, receivers, distances } = neighborList(frame, binCount * binWidth);
    const { kindOf, table } = kinds;
    for (let edge = 0; edge < edgeCount; edge++) {
      const bin = Math.min(Math.floor(distances[edge] / binWidth), binCount - 1);
      const histogram = table[kindOf[receivers[edge]]][kindOf[senders[edge]]];
      histogram.counts[bin]++;
      histogram.weighted[bin] += volume;
    }
    frames++;
  }

  function result(): RadialDistribution {
    const shells = Float64Array.from({ length: binCount }, (_, bin) => shellVolume(bin, binWidth));
    const { symbols, atomCounts, table } = kinds;
    const describe = (members: readonly Histogram[], first: string, second: string, counts: [number, number]) =>
      normalise(members, { first, second, counts, frames, shells });
    const pairs = symbols.flatMap((first, a) =>
      symbols
        .slice(a)
        .map((second, b) => describe([table[a][a + b]], first, second, [atomCounts[a], atomCounts[a + b]])),
    );
    const atomCount = numbers?.length ?? 0;
    const all = describe(table.flat(), 'all', 'all', [atomCount, atomCount]);
    const distances = Float64Array.from({ length: binCount }, (_, bin) => (bin + 0.5) * binWidth);
    return { distances, binWidth, frames, pairs: symbols.length > 1 ? [all, ...pairs] : [all] };
  }

  return { add, result };
}

function createKinds(numbers: Uint8Array, binCount: number) {
  const elements = [...new Set(numbers)].sort((a, b) => a - b);
  const zeros = () => new Float64Array(binCount);
  return {
    symbols: elements.map((number) => chemicalSymbols[number]),
    atomCounts: elements.map((number) => numbers.reduce((count, other) => count + Number(other === number), 0)),
    kindOf: numbers.map((number) => elements.indexOf(number)),
    table: elements.map((_, first) =>
      elements.map((__, second): Histogram => ({ first, second, counts: zeros(), weighted: zeros() })),
    ),
  };
}

function normalise(
  members: readonly Histogram[],
  {
    first,
    second,
    counts: [firstCount, secondCount],
    frames,
    shells,
  }: {
    first: string;
    second: string;
    counts: [number, number];
    frames: number;
    shells: Float64Array;
  },
): PairDistribution {
  const sum = (select: (histogram: Histogram) => Float64Array) =>
    shells.map((_, bin) => members.reduce((total, histogram) => total + select(histogram)[bin], 0));
  const weighted = sum(({ weighted }) => weighted);
  let running = 0;
  const within = sum(({ counts }) => counts).map((count) => {
    running += count;
    return running;
  });
  return {
    first,
    second,
    g: weighted.map((value, bin) => value / (frames * firstCount * secondCount * shells[bin])),
    neighborsOfFirst: within.map((count) => count / (frames * firstCount)),
    neighborsOfSecond: within.map((count) => count / (frames * secondCount)),
  };
}

function shellVolume(bin: number, width: number): number {
  return ((4 * Math.PI) / 3) * width ** 3 * ((bin + 1) ** 3 - bin ** 3);
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
