import { coincidenceDistance } from '../src/neighbors/coincident-atoms.js';
import { createPairList, type SitePairs } from '../src/neighbors/pair-list.js';
import type { AtomicSystem } from '../src/structure/structure.js';
import type { CalculationResult, Calculator } from './calculator.js';
import { coincidentSites, createSiteSums, finish, resetSums, type SiteSums } from './results.js';

/** Energy of a pair as a function of its distance. */
export interface PairPotential {
  readonly name: string;
  /** In A; pairs at this distance still count. */
  readonly cutoff: number;
  /** Fills in `energies` and `slopes` of the first `count` pairs of a batch. */
  evaluate(batch: PairBatch, count: number): void;
}

/** Pairs that are treated together: those of one first atom. */
export interface PairBatch {
  /** Squared distances in A^2. */
  readonly squares: Float64Array;
  /** Energies in eV. */
  readonly energies: Float64Array;
  /** Derivatives of the energies with respect to the squared distances in eV/A^2. */
  readonly slopes: Float64Array;
}

/** Extra radius of the pair list as a part of the cutoff: atoms may move a twentieth of the cutoff before pairs are searched again. */
const skinFraction = 0.1;

/** Creates a calculator for a potential that is the same for all elements; each pair's energy is shared by its atoms. */
export function createPairCalculator(potential: PairPotential): Calculator {
  const { name, cutoff } = potential;
  const pairList = createPairList({ cutoff, skin: skinFraction * cutoff });
  const sums = createSiteSums();
  let row = createRow(0);
  return {
    name,
    capabilities: { elements: null, cutoff, conservative: true, stress: true, heads: [] },
    async calculate(system: AtomicSystem): Promise<CalculationResult> {
      const pairs = pairList.update(system);
      const longest = longestRow(pairs);
      if (row.seconds.length < longest) row = createRow(longest);
      resetSums(sums, pairs.positions.length / 3);
      for (let first = 0; first < system.numbers.length; first++) {
        const count = gatherRow(row, pairs, first, cutoff);
        potential.evaluate(row, count);
        addRow(sums, row, first, count);
      }
      return finish(sums, pairs, system.cell);
    },
    async [Symbol.asyncDispose]() {},
  };
}

/** The pairs of one first atom. */
interface Row extends PairBatch {
  /** Second site of each pair. */
  readonly seconds: Int32Array;
  /** Vectors from first to second in A, [pairs x 3]. */
  readonly vectors: Float64Array;
}

function createRow(capacity: number): Row {
  return {
    seconds: new Int32Array(capacity),
    vectors: new Float64Array(3 * capacity),
    squares: new Float64Array(capacity),
    energies: new Float64Array(capacity),
    slopes: new Float64Array(capacity),
  };
}

function longestRow({ rowStart }: SitePairs): number {
  let longest = 0;
  for (let atom = 1; atom < rowStart.length; atom++) longest = Math.max(longest, rowStart[atom] - rowStart[atom - 1]);
  return longest;
}

/** Fills `row` with the pairs of atom `first` within the cutoff and returns their number. */
function gatherRow({ seconds, vectors, squares }: Row, pairs: SitePairs, first: number, cutoff: number): number {
  const { positions, rowStart } = pairs;
  const most = cutoff * cutoff;
  const end = rowStart[first + 1];
  const firstX = positions[3 * first];
  const firstY = positions[3 * first + 1];
  const firstZ = positions[3 * first + 2];
  let count = 0;
  for (let pair = rowStart[first]; pair < end; pair++) {
    const second = pairs.seconds[pair];
    const x = positions[3 * second] - firstX;
    const y = positions[3 * second + 1] - firstY;
    const z = positions[3 * second + 2] - firstZ;
    const square = x * x + y * y + z * z;
    if (square > most) continue;
    if (square < coincidenceDistance ** 2) throw coincidentSites(first, second, pairs);
    seconds[count] = second;
    vectors[3 * count] = x;
    vectors[3 * count + 1] = y;
    vectors[3 * count + 2] = z;
    squares[count++] = square;
  }
  return count;
}

/** Adds energies, forces and virial of the first `count` pairs of `row`. */
function addRow({ energies, forces, virial }: SiteSums, row: Row, first: number, count: number): void {
  const { seconds, vectors, slopes } = row;
  let energy = 0;
  let forceX = 0;
  let forceY = 0;
  let forceZ = 0;
  let xx = 0;
  let yy = 0;
  let zz = 0;
  let yz = 0;
  let xz = 0;
  let xy = 0;
  for (let pair = 0; pair < count; pair++) {
    const second = seconds[pair];
    const x = vectors[3 * pair];
    const y = vectors[3 * pair + 1];
    const z = vectors[3 * pair + 2];
    const half = 0.5 * row.energies[pair];
    energy += half;
    energies[second] += half;
    const pull = 2 * slopes[pair];
    const pullX = pull * x;
    const pullY = pull * y;
    const pullZ = pull * z;
    forceX += pullX;
    forceY += pullY;
    forceZ += pullZ;
    forces[3 * second] -= pullX;
    forces[3 * second + 1] -= pullY;
    forces[3 * second + 2] -= pullZ;
    xx += pullX * x;
    yy += pullY * y;
    zz += pullZ * z;
    yz += pullY * z;
    xz += pullX * z;
    xy += pullX * y;
  }
  virial[0] += xx;
  virial[1] += yy;
  virial[2] += zz;
  virial[3] += yz;
  virial[4] += xz;
  virial[5] += xy;
  energies[first] += energy;
  forces[3 * first] += forceX;
  forces[3 * first + 1] += forceY;
  forces[3 * first + 2] += forceZ;
}
