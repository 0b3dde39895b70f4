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
  /** Writes the energy (eV) and its derivative with respect to the squared distance (eV/A^2) of a pair at this squared distance (A^2). */
  evaluate(square: number, result: Float64Array): void;
}

/** Extra radius of the pair list as a part of the cutoff: atoms may move a twentieth of the cutoff before pairs are searched again. */
const skinFraction = 0.1;

/** Creates a calculator for a potential that is the same for all elements; each pair's energy is shared by its atoms. */
export function createPairCalculator(potential: PairPotential): Calculator {
  const { name, cutoff } = potential;
  const pairList = createPairList({ cutoff, skin: skinFraction * cutoff });
  const sums = createSiteSums();
  return {
    name,
    capabilities: { elements: null, cutoff, conservative: true, stress: true, heads: [] },
    async calculate(system: AtomicSystem): Promise<CalculationResult> {
      const pairs = pairList.update(system);
      resetSums(sums, pairs.positions.length / 3);
      for (let first = 0; first < system.numbers.length; first++) addRow(sums, pairs, { first, potential });
      return finish(sums, pairs, system.cell);
    },
    async [Symbol.asyncDispose]() {},
  };
}

/** What `evaluate` writes: no object is made for a pair. */
const result = new Float64Array(2);

/** Adds energies, forces and virial of the pairs of atom `first` within the cutoff. */
function addRow(
  { energies, forces, virial }: SiteSums,
  pairs: SitePairs,
  { first, potential }: { readonly first: number; readonly potential: PairPotential },
): void {
  const { positions, rowStart, seconds } = pairs;
  const most = potential.cutoff * potential.cutoff;
  const end = rowStart[first + 1];
  const firstX = positions[3 * first];
  const firstY = positions[3 * first + 1];
  const firstZ = positions[3 * first + 2];
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
  for (let pair = rowStart[first]; pair < end; pair++) {
    const second = seconds[pair];
    const x = positions[3 * second] - firstX;
    const y = positions[3 * second + 1] - firstY;
    const z = positions[3 * second + 2] - firstZ;
    const square = x * x + y * y + z * z;
    if (square > most) continue;
    if (square < coincidenceDistance ** 2) throw coincidentSites(first, second, pairs);
    potential.evaluate(square, result);
    const half = 0.5 * result[0];
    const pull = 2 * result[1];
    energy += half;
    energies[second] += half;
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
