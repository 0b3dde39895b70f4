import { coincidenceDistance } from '../src/neighbors/coincident-atoms.js';
import type { SitePairs } from '../src/neighbors/pair-list.js';
import type { Calculator } from './calculator.js';
import { coincidentSites } from './refusals.js';
import {
  type AtomRange,
  blockViews,
  clearBlock,
  gatherAtoms,
  gatherForces,
  gatherImages,
  rangeOf,
  sumVirial,
} from './sites/block-sums.js';
import { createSiteCalculator, type SiteCalculatorOptions, type SiteKernel } from './sites/site-calculator.js';

/** Energy of a pair as a function of its distance. */
export interface PairPotential {
  /** In A; pairs at this distance still count. */
  readonly cutoff: number;
  /**
   * Writes the energy (eV) and its derivative with respect to the squared distance (eV/A^2) of a pair at this squared
   * distance (A^2).
   */
  evaluate(square: number, result: Float64Array): void;
}

/**
 * Extra radius of the pair list as a part of the cutoff: atoms may move a twentieth of the cutoff before pairs are
 * searched again.
 */
const skinFraction = 0.1;

/** A potential that is the same for all elements as sums over pairs; each pair's energy is shared by its atoms. */
export function createPairKernel(potential: PairPotential): SiteKernel {
  const { cutoff } = potential;
  return {
    cutoff,
    skin: skinFraction * cutoff,
    rounds: 2,
    createScratch: () => ({}),
    openWork(job) {
      const energies = blockViews(job.blockEnergies, job);
      const forces = blockViews(job.blockForces, job);
      const virials = blockViews(job.virials, job);
      return (round, item) => {
        const range = rangeOf(job, item);
        if (round === 1) {
          gatherAtoms(job.energies, { job, blocks: energies, range });
          gatherImages(job.energies, { job, blocks: energies, range });
          return gatherForces({ job, blocks: forces, range });
        }
        const sums = { energies: energies[item], forces: forces[item] };
        clearBlock(sums.energies, job, { block: item, width: 1 });
        clearBlock(sums.forces, job, { block: item, width: 3 });
        addRows(sums, job, { range, potential });
        sumVirial(virials[item], job, { block: item, forces: sums.forces });
      };
    },
  };
}

/** Creates the calculator of a pair potential. */
export function createPairCalculator(potential: PairPotential, options: PairCalculatorOptions): Calculator {
  const { cutoff } = potential;
  return createSiteCalculator(createPairKernel(potential), {
    capabilities: { elements: null, cutoff, conservative: true, stress: true, heads: [] },
    ...options,
  });
}

export type PairCalculatorOptions = Pick<SiteCalculatorOptions, 'name' | 'recipe' | 'threads'>;

/**
 * What `evaluate` writes and the next line reads: no object is made for a pair, and compilers know where a constant of
 * the module lies (a twentieth faster than an array of the calculator's own).
 */
const result = new Float64Array(2);

interface SiteSums {
  readonly energies: Float64Array;
  readonly forces: Float64Array;
}

/**
 * Adds energies and forces of the pairs of some rows within the cutoff.
 *
 * One function with both loops: where compilers put the inner one into its caller, they may have no room left for the
 * potential itself.
 */
function addRows(
  { energies, forces }: SiteSums,
  pairs: SitePairs,
  { range, potential }: { readonly range: AtomRange; readonly potential: PairPotential },
): void {
  const { positions, rowStart, seconds } = pairs;
  const most = potential.cutoff * potential.cutoff;
  for (let first = range.first; first < range.end; first++) {
    const end = rowStart[first + 1];
    const firstX = positions[3 * first];
    const firstY = positions[3 * first + 1];
    const firstZ = positions[3 * first + 2];
    let energy = 0;
    let forceX = 0;
    let forceY = 0;
    let forceZ = 0;
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
    }
    energies[first] += energy;
    forces[3 * first] += forceX;
    forces[3 * first + 1] += forceY;
    forces[3 * first + 2] += forceZ;
  }
}
