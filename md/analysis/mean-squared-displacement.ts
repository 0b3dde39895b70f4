import { chemicalSymbols } from '../../src/elements.js';
import type { Matrix3 } from '../../src/linalg/matrix3.js';
import { type ClockState, createClock, createClockState } from './clock.js';
import { type Diffusion, type DiffusionOptions, fitDiffusion } from './diffusion.js';
import { assertSameAtoms, type Frame } from './frame.js';
import {
  centerDrift,
  createUnwrapper,
  createUnwrapState,
  meanCellFrom,
  type UnwrapOptions,
  type UnwrapState,
} from './unwrap.js';

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
  /** How far in A the centre of mass has moved, apart from what the cell has grown. */
  readonly centerDrift: number;
  /** How often an atom seemed to jump by more than half of the cell from one frame to the next. */
  readonly jumps: number;
  /**
   * Farthest move from one frame to the next, to the nearest image, in multiples of a lattice vector: at 0.5 images
   * cannot be told apart.
   */
  readonly largestShare: number;
}

/** Sums so far, and the frames with which those to come are to be compared. */
export interface DisplacementState {
  readonly clock: ClockState;
  readonly unwrap: UnwrapState;
  readonly levels: Level[];
  numbers: Uint8Array;
  /** Continuous positions of the first frame in A, [N x 3]. */
  first: Float64Array;
}

export interface DisplacementMeter {
  readonly state: DisplacementState;
  add(frame: Frame): void;
  result(options?: DiffusionOptions): Displacements;
}

/** Frames kept at each level. */
const ringSize = 16;
/** Bytes that the levels may take: any lag at 10,000 atoms, up to 240 frames at 100,000. */
const memory = 2 ** 28;

/** Every 2^level-th frame, the last 16 of them, and sums over all pairs of them. */
interface Level {
  readonly stride: number;
  readonly ring: Float64Array[];
  count: number;
  /** Sums of squared displacements by lag (in units of the stride, from `firstLag`) and atom, in A^2. */
  readonly sums: Float64Array[];
  /** Terms in each sum. */
  readonly origins: number[];
}

/** Shorter lags of the longer strides are known from the shorter strides, and better. */
const firstLag = ({ stride }: Pick<Level, 'stride'>) => (stride === 1 ? 1 : ringSize / 2);

/**
 * Starts a mean squared displacement <|r(t0 + t) - r(t0)|^2> over all atoms and time origins, or goes on with one.
 * Longer lags take every second, fourth, ... frame as origin; each doubling of their length takes 448 bytes an atom, up
 * to 256 MiB together.
 *
 * Where the cell changes, displacements are those within it, in multiples of the lattice vectors, and have their length
 * in the mean of the cells so far: atoms that vibrate about their places do not drift when a barostat moves these.
 *
 * `add` throws {LammError} `structure` for frames at uneven intervals or with other atoms.
 *
 * @see Frenkel, Smit, Understanding Molecular Simulation, section 4.4.2: the order-n algorithm.
 */
export function createDisplacementMeter(
  options: UnwrapOptions = {},
  state: DisplacementState = createState(),
): DisplacementMeter {
  const clock = createClock(state.clock);
  const unwrap = createUnwrapper(options, state.unwrap);
  const { levels } = state;

  function add(frame: Frame): void {
    const index = clock.count();
    if (index === 0) state.numbers = frame.numbers.slice();
    assertSameAtoms(state.numbers, frame);
    clock.tick(frame.timeFs);
    const positions = unwrap(frame);
    const toMeanCell = meanCellFrom(state.unwrap);
    if (index === 0) state.first = positions.slice();
    // The first frame belongs to every level; a level begins with its second.
    const most = Math.max(1, Math.floor(memory / (levelBytes * state.numbers.length)));
    if (index === 2 ** levels.length && levels.length < most) levels.push(createLevel(index, state.first));
    for (const level of levels) {
      if (index === 0 || index % level.stride !== 0) break;
      addToLevel(level, positions, toMeanCell);
    }
  }

  function result(diffusionOptions: DiffusionOptions = {}): Displacements {
    const longest = Math.max(1, Math.floor((clock.count() - 1) / 2));
    const rows = levels.flatMap((level) =>
      level.sums.flatMap((sum, place) => {
        const lag = (firstLag(level) + place) * level.stride;
        const origins = level.origins[place];
        if (origins === 0 || lag > longest) return [];
        return [{ lagFs: lag * clock.intervalFs(), perAtom: sum.map((value) => value / origins) }];
      }),
    );
    const { numbers, unwrap: followed } = state;
    const lagsFs = Float64Array.from(rows, ({ lagFs }) => lagFs);
    const kinds = [...new Set(numbers)].sort((a, b) => a - b);
    const groups: [string, (atom: number) => boolean][] = [['all', () => true]];
    if (kinds.length > 1)
      for (const kind of kinds) groups.push([chemicalSymbols[kind], (atom) => numbers[atom] === kind]);
    const elements = groups.map(([element, belongs]) => {
      const members = rows.map(({ perAtom }) => perAtom.filter((_, atom) => belongs(atom)));
      return describe(element, { lagsFs, members, options: diffusionOptions });
    });
    const { jumps, largestShare } = followed;
    return { lagsFs, elements, frames: clock.count(), centerDrift: centerDrift(followed), jumps, largestShare };
  }

  return { state, add, result };
}

function createState(): DisplacementState {
  const [numbers, first] = [new Uint8Array(0), new Float64Array(0)];
  return { clock: createClockState(), unwrap: createUnwrapState(), levels: [], numbers, first };
}

/** Bytes of a level for each atom: a ring of positions, and a sum for each lag. */
const levelBytes = 24 * ringSize + 8 * (ringSize / 2);

function createLevel(stride: number, first: Float64Array): Level {
  const length = ringSize - firstLag({ stride });
  const sums = Array.from({ length }, () => new Float64Array(first.length / 3));
  return { stride, ring: [first.slice()], count: 1, sums, origins: new Array<number>(length).fill(0) };
}

function addToLevel(level: Level, positions: Float64Array, toMeanCell: Matrix3 | undefined): void {
  const { ring, count, sums, origins } = level;
  const least = firstLag(level);
  for (let lag = least; lag < Math.min(ringSize, count + 1); lag++) {
    addSquares(sums[lag - least], { to: positions, from: ring[(count - lag) % ringSize], toMeanCell });
    origins[lag - least]++;
  }
  const slot = count % ringSize;
  ring[slot] ??= new Float64Array(positions.length);
  ring[slot].set(positions);
  level.count++;
}

function addSquares(
  sum: Float64Array,
  { to, from, toMeanCell: m }: { to: Float64Array; from: Float64Array; toMeanCell: Matrix3 | undefined },
): void {
  for (let atom = 0; atom < sum.length; atom++) {
    let x = to[3 * atom] - from[3 * atom];
    let y = to[3 * atom + 1] - from[3 * atom + 1];
    let z = to[3 * atom + 2] - from[3 * atom + 2];
    if (m) {
      const [a, b, c] = [x, y, z];
      x = a * m[0] + b * m[3] + c * m[6];
      y = a * m[1] + b * m[4] + c * m[7];
      z = a * m[2] + b * m[5] + c * m[8];
    }
    sum[atom] += x * x + y * y + z * z;
  }
}

/**
 * Mean and error over the atoms of a group; `members` are the mean squared displacements of each atom by lag, [L][n].
 */
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
