import type { PairCandidates, PairList } from '../src/neighbors/pair-list.js';
import { createPairList } from '../src/neighbors/pair-list.js';
import type { AtomicSystem } from '../src/structure/structure.js';
import type { CalculationResult, Calculator } from './calculator.js';
import { coincidenceDistance, coincidentAtoms, createSums, finish, type Sums } from './results.js';

/** Energy of a pair as a function of the squared distance d^2 <= cutoff^2. */
export interface PairPotential {
  readonly name: string;
  /** In A. */
  readonly cutoff: number;
  /** Writes the energy in eV into `out[0]` and its derivative with respect to d^2, in eV/A^2, into `out[1]`. */
  evaluate(squaredDistance: number, out: Float64Array): void;
}

/** Extra radius of the pair list as a part of the cutoff: atoms may move a twentieth of the cutoff before pairs are searched again. */
const skinFraction = 0.1;

/** Creates a calculator for a potential that is the same for all elements; each pair's energy is shared by its atoms. */
export function createPairCalculator(potential: PairPotential): Calculator {
  const { name, cutoff } = potential;
  const pairList: PairList = createPairList({ cutoff, skin: skinFraction * cutoff });
  return {
    name,
    capabilities: { elements: null, cutoff, conservative: true, stress: true, heads: [] },
    async calculate(system: AtomicSystem): Promise<CalculationResult> {
      const sums = createSums(system.numbers.length);
      sumPairs(pairList.update(system), system.positions, { potential, sums });
      return finish(sums, system.cell);
    },
    async [Symbol.asyncDispose]() {},
  };
}

function sumPairs(
  { rowStart, seconds, shiftIndices, offsets }: PairCandidates,
  positions: Float64Array,
  { potential, sums }: { potential: PairPotential; sums: Sums },
): void {
  const { energies, forces, virial } = sums;
  const most = potential.cutoff * potential.cutoff;
  const out = new Float64Array(2);
  let [xx, yy, zz, yz, xz, xy] = [0, 0, 0, 0, 0, 0];
  for (let first = 0; first < energies.length; first++) {
    const firstX = positions[3 * first];
    const firstY = positions[3 * first + 1];
    const firstZ = positions[3 * first + 2];
    let [energy, forceX, forceY, forceZ] = [0, 0, 0, 0];
    const end = rowStart[first + 1];
    for (let pair = rowStart[first]; pair < end; pair++) {
      const second = 3 * seconds[pair];
      const shift = 3 * shiftIndices[pair];
      const x = positions[second] - firstX + offsets[shift];
      const y = positions[second + 1] - firstY + offsets[shift + 1];
      const z = positions[second + 2] - firstZ + offsets[shift + 2];
      const squared = x * x + y * y + z * z;
      if (squared > most) continue;
      if (squared < coincidenceDistance ** 2) throw coincidentAtoms(first, seconds[pair], Math.sqrt(squared));
      potential.evaluate(squared, out);
      const half = 0.5 * out[0];
      energy += half;
      energies[seconds[pair]] += half;
      const pull = 2 * out[1];
      const pullX = pull * x;
      const pullY = pull * y;
      const pullZ = pull * z;
      forceX += pullX;
      forceY += pullY;
      forceZ += pullZ;
      forces[second] -= pullX;
      forces[second + 1] -= pullY;
      forces[second + 2] -= pullZ;
      xx += pullX * x;
      yy += pullY * y;
      zz += pullZ * z;
      yz += pullY * z;
      xz += pullX * z;
      xy += pullX * y;
    }
    energies[first] += energy;
    forces[3 * first] += forceX;
    forces[3 * first + 1] += forceY;
    forces[3 * first + 2] += forceZ;
  }
  virial.set([xx, yy, zz, yz, xz, xy]);
}
