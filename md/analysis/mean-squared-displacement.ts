import { chemicalSymbols } from '../../src/elements.js';
import { createClock } from './clock.js';
import { type Diffusion, type DiffusionOptions, fitDiffusion } from './diffusion.js';
import { assertSameAtoms, type Frame } from './frame.js';
import { createUnwrapper, type UnwrapOptions } from './unwrap.js';

/** Displacements of the atoms of one element (or of all atoms, as element `all`). */
export interface ElementDisplacement {
  readonly element: string;
  /** Mean squared displacement in A^2 at each lag, [L]. */
  readonly values: Float64Array;
  /** Standard error over the atoms, [L]; NaN for a single atom. */
  readonly errors: Float64Array;
  /** Undefined when no two lags are long enough. */
  readonly diffusion?: Diffusion;
}

export interface Displacements {
  /** Lags in fs, [L]: every one up to 15 frames, then eight to each doubling, at most half of the trajectory. */
  readonly lagsFs: Float64Array;
  /** All atoms first, then each element where there are several. */
  readonly elements: readonly ElementDisplacement[];
  readonly frames: number;
}

export interface DisplacementMeter {
  add(frame: Frame): void;
  result(options?: DiffusionOptions): Displacements;
}

/** Frames kept at each level. */
const ringSize = 16;

/** Every 2^level-th frame, the last 16 of them, and sums over all pairs of them. */
interface Level {
  readonly stride: number;
  readonly ring: Float64Array[];
  count: number;
  /** Sums of squared displacements by lag (in units of the stride, from 0) and atom, in A^2. */
  readonly sums: Float64Array[];
  /** Terms in each sum. */
  readonly origins: number[];
}

/**
 * Starts a mean squared displacement <|r(t0 + t) - r(t0)|^2> over all atoms and time origins, for lags up to any length, in memory that
 * grows with the logarithm of the trajectory's length (longer lags take every second, fourth, ... frame as origin).
 *
 * `add` throws {LammError} `structure` for frames at uneven intervals or with other atoms.
 *
 * @see Frenkel, Smit, Understanding Molecular Simulation, section 4.4.2: the order-n algorithm.
 */
export function createDisplacementMeter(options: UnwrapOptions = {}): DisplacementMeter {
  const clock = createClock();
  const unwrap = createUnwrapper(options);
  const levels: Level[] = [];
  let numbers = new Uint8Array(0);
  let first = new Float64Array(0);

  function add(frame: Frame): void {
    const index = clock.count();
    if (index === 0) numbers = frame.numbers.slice();
    assertSameAtoms(numbers, frame);
    clock.tick(frame.timeFs);
    const positions = unwrap(frame);
    if (index === 0) first = positions.slice();
    // The first frame belongs to every level; a level begins with its second.
    if (index > 0 && index === 2 ** levels.length) levels.push(createLevel(index, first));
    for (const level of levels) {
      if (index === 0 || index % level.stride !== 0) break;
      addToLevel(level, positions);
    }
  }

  function result(diffusionOptions: DiffusionOptions = {}): Displacements {
    const longest = Math.max(1, Math.floor((clock.count() - 1) / 2));
    const rows = levels.flatMap((level, index) =>
      level.sums.flatMap((sum, lag) =>
        level.origins[lag] > 0 && (index === 0 || lag >= ringSize / 2) && lag * level.stride <= longest
          ? [
              {
                lagFs: lag * level.stride * clock.intervalFs(),
                perAtom: sum.map((value) => value / level.origins[lag]),
              },
            ]
          : [],
      ),
    );
    const lagsFs = Float64Array.from(rows, ({ lagFs }) => lagFs);
    const kinds = [...new Set(numbers)].sort((a, b) => a - b);
    const groups: [string, (atom: number) => boolean][] = [['all', () => true]];
    if (kinds.length > 1)
      for (const kind of kinds) groups.push([chemicalSymbols[kind], (atom) => numbers[atom] === kind]);
    const elements = groups.map(([element, belongs]) => {
      const members = rows.map(({ perAtom }) => perAtom.filter((_, atom) => belongs(atom)));
      return describe(element, { lagsFs, members, options: diffusionOptions });
    });
    return { lagsFs, elements, frames: clock.count() };
  }

  return { add, result };
}

function createLevel(stride: number, first: Float64Array): Level {
  const sums = Array.from({ length: ringSize }, () => new Float64Array(first.length / 3));
  return { stride, ring: [first.slice()], count: 1, sums, origins: new Array<number>(ringSize).fill(0) };
}

function addToLevel(level: Level, positions: Float64Array): void {
  const { stride, ring, count, sums, origins } = level;
  // Shorter lags of the longer strides are known from the shorter strides, and better.
  for (let lag = stride === 1 ? 1 : ringSize / 2; lag < Math.min(ringSize, count + 1); lag++) {
    addSquares(sums[lag], positions, ring[(count - lag) % ringSize]);
    origins[lag]++;
  }
  const slot = count % ringSize;
  ring[slot] ??= new Float64Array(positions.length);
  ring[slot].set(positions);
  level.count++;
}

function addSquares(sum: Float64Array, to: Float64Array, from: Float64Array): void {
  for (let atom = 0; atom < sum.length; atom++) {
    const x = to[3 * atom] - from[3 * atom];
    const y = to[3 * atom + 1] - from[3 * atom + 1];
    const z = to[3 * atom + 2] - from[3 * atom + 2];
    sum[atom] += x * x + y * y + z * z;
  }
}

/** Mean and error over the atoms of a group; `members` are the mean squared displacements of each atom by lag, [L][n]. */
function describe(
  element: string,
  { lagsFs, members, options }: { lagsFs: Float64Array; members: readonly Float64Array[]; options: DiffusionOptions },
): ElementDisplacement {
  const means = members.map((values) => values.reduce((sum, value) => sum + value, 0) / values.length);
  const errors = members.map((values, lag) => {
    const squares = values.reduce((sum, value) => sum + (value - means[lag]) ** 2, 0);
    return Math.sqrt(squares / (values.length * (values.length - 1)));
  });
  const diffusion = fitDiffusion(lagsFs, members, options);
  return {
    element,
    values: Float64Array.from(means),
    errors: Float64Array.from(errors),
    ...(diffusion && { diffusion }),
  };
}
