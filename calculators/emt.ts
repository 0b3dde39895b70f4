import { coincidenceDistance } from '../src/neighbors/coincident-atoms.js';
import type { AtomicSystem } from '../src/structure/structure.js';
import type { Work } from '../src/threads/team.js';
import type { Calculator } from './calculator.js';
import { cutoffMiddle, cutoffSteepness, emtCutoff, emtElements, emtTables } from './emt-parameters.js';
import { assertKnownElements, coincidentSites } from './refusals.js';
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
import { createSiteCalculator, type Scratch, type SiteKernel } from './sites/site-calculator.js';
import type { Allocate, SiteJob } from './sites/site-job.js';

/** Extra radius of the pair list in A. */
const skin = 0.5;

export interface EmtOptions {
  /** Threads for large systems, see `SiteCalculatorOptions`. */
  readonly threads?: number;
}

/**
 * Creates the effective medium theory for Al, Ni, Cu, Pd, Ag, Pt, Au and, roughly, H, C, N, O.
 *
 * Each atom is embedded in the density of its neighbours' tails; a pair term corrects for the difference to the fcc
 * crystal. An atom alone has the energy -E0, the crystal in equilibrium about zero.
 *
 * @see Jacobsen, Stoltze, Norskov, Surf. Sci. 366, 394 (1996).
 */
export function createEmt({ threads }: EmtOptions = {}): Calculator {
  const elements: ReadonlySet<number> = new Set(emtElements.keys());
  return createSiteCalculator(createEmtKernel(), {
    name: 'emt',
    capabilities: { elements, cutoff: emtCutoff, conservative: true, stress: true, heads: [] },
    recipe: { entry: new URL('./emt-worker.js', import.meta.url), options: {} },
    threads,
    assertKnown: (system) => assertKnownElements(system, elements, 'emt'),
  });
}

/** Arrays beside those of the job. */
interface EmtScratch extends Scratch {
  /**
   * Density of the neighbours' tails at each site as each block sums it, 12 in all in the fcc crystal in equilibrium,
   * [blocks x room].
   */
  readonly densities: Float64Array;
  /** Derivative of each site's embedding energy with respect to its density in eV, [room]. */
  readonly slopes: Float64Array;
  /** End of each atom's pairs in `near` and `records`, [N]; those of a block begin where its rows do. */
  readonly rowEnd: Int32Array;
  /** Second site of each pair within the cutoff, [P]. */
  readonly near: Int32Array;
  /**
   * Of each such pair, [P x 6]: the vector between its atoms in A; the derivatives of the density at the first atom, of
   * the density at the second and of the pair energy (eV) with respect to the distance, over the distance.
   */
  readonly records: Float64Array;
}

const recordLength = 6;

/** The rounds: densities and pair energies; embedding energies and their slopes; forces; their sums. */
export function createEmtKernel(): SiteKernel<EmtScratch> {
  return { cutoff: emtCutoff, skin, rounds: 4, createScratch, prepare: setKinds, openWork };
}

function createScratch(job: SiteJob, allocate: Allocate, last: EmtScratch | undefined): EmtScratch {
  const { blockCount, siteRoom, atomCount, seconds } = job;
  const suits = last?.rowEnd.length === atomCount && last.slopes.length === siteRoom;
  const sums = (suits && last) || {
    densities: allocate(Float64Array, blockCount * siteRoom),
    slopes: allocate(Float64Array, siteRoom),
    rowEnd: allocate(Int32Array, atomCount),
  };
  const lists = (last && last.near.length >= seconds.length && last) || {
    near: allocate(Int32Array, seconds.length),
    records: allocate(Float64Array, recordLength * seconds.length),
  };
  const { densities, slopes, rowEnd } = sums;
  const { near, records } = lists;
  return { densities, slopes, rowEnd, near, records };
}

function setKinds({ kinds, imageAtoms, atomCount }: SiteJob, { numbers }: AtomicSystem): void {
  for (let atom = 0; atom < atomCount; atom++) kinds[atom] = emtTables.kindOf[numbers[atom]];
  for (let image = 0; image < imageAtoms.length; image++) kinds[atomCount + image] = kinds[imageAtoms[image]];
}

/** The sums of one block: energies in eV, [M], densities, [M], forces in eV/A, [M x 3]. */
interface EmtSums {
  readonly energies: Float64Array;
  readonly densities: Float64Array;
  readonly forces: Float64Array;
}

function openWork(job: SiteJob, scratch: EmtScratch): Work {
  const energies = blockViews(job.blockEnergies, job);
  const densities = blockViews(scratch.densities, job);
  const forces = blockViews(job.blockForces, job);
  const virials = blockViews(job.virials, job);
  return (round, item) => {
    const range = rangeOf(job, item);
    const sums = { energies: energies[item], densities: densities[item], forces: forces[item] };
    switch (round) {
      case 0:
        clearBlock(sums.energies, job, { block: item, width: 1 });
        clearBlock(sums.densities, job, { block: item, width: 1 });
        return sumDensities(job, scratch, { sums, range });
      case 1:
        return embed(job, scratch, { energies, densities, range });
      case 2:
        clearBlock(sums.forces, job, { block: item, width: 3 });
        sumForces(job, scratch, { sums, range });
        return sumVirial(virials[item], job, { block: item, forces: sums.forces });
      default:
        return gatherForces({ job, blocks: forces, range });
    }
  };
}

/** First pass over the pairs of a block: densities, pair energies and the derivatives that the second pass needs. */
function sumDensities(
  pairs: SiteJob,
  { rowEnd, near, records }: EmtScratch,
  { sums, range }: { readonly sums: EmtSums; readonly range: AtomRange },
): void {
  const { kinds, positions, rowStart, seconds } = pairs;
  const { densities, energies } = sums;
  const { kindCount, eta, etaOffset, kappa, kappaOffset, densityScale, pairScale } = emtTables;
  let found = rowStart[range.first];
  for (let first = range.first; first < range.end; first++) {
    const kind = kinds[first];
    let firstDensity = 0;
    let firstEnergy = 0;
    const end = rowStart[first + 1];
    for (let pair = rowStart[first]; pair < end; pair++) {
      const second = seconds[pair];
      const x = positions[3 * second] - positions[3 * first];
      const y = positions[3 * second + 1] - positions[3 * first + 1];
      const z = positions[3 * second + 2] - positions[3 * first + 2];
      const squared = x * x + y * y + z * z;
      if (!(squared < emtCutoff * emtCutoff)) continue;
      const r = Math.sqrt(squared);
      if (r < coincidenceDistance) throw coincidentSites(first, second, pairs);

      // theta = 1 / (1 + exp(a (r - rc))), theta'/theta = -a (1 - theta)
      const theta = 1 / (1 + Math.exp(cutoffSteepness * (r - cutoffMiddle)));
      const thetaSlope = -cutoffSteepness * (1 - theta);
      const other = kinds[second];
      const toFirst = kind * kindCount + other;
      const toSecond = other * kindCount + kind;
      const secondTail = theta * Math.exp(etaOffset[other] - eta[other] * r);
      const secondPair = theta * Math.exp(kappaOffset[other] - kappa[other] * r);
      const same = other === kind;
      const firstTail = same ? secondTail : theta * Math.exp(etaOffset[kind] - eta[kind] * r);
      const firstPair = same ? secondPair : theta * Math.exp(kappaOffset[kind] - kappa[kind] * r);

      const densityAtFirst = densityScale[toFirst] * secondTail;
      const densityAtSecond = densityScale[toSecond] * firstTail;
      const pairOfFirst = pairScale[toFirst] * secondPair;
      const pairOfSecond = pairScale[toSecond] * firstPair;
      const halfEnergy = -0.5 * (pairOfFirst + pairOfSecond);
      firstDensity += densityAtFirst;
      densities[second] += densityAtSecond;
      firstEnergy += halfEnergy;
      energies[second] += halfEnergy;

      const record = recordLength * found;
      records[record] = x;
      records[record + 1] = y;
      records[record + 2] = z;
      records[record + 3] = (densityAtFirst * (thetaSlope - eta[other])) / r;
      records[record + 4] = (densityAtSecond * (thetaSlope - eta[kind])) / r;
      records[record + 5] =
        -(pairOfFirst * (thetaSlope - kappa[other]) + pairOfSecond * (thetaSlope - kappa[kind])) / r;
      near[found++] = second;
    }
    densities[first] += firstDensity;
    energies[first] += firstEnergy;
    rowEnd[first] = found;
  }
}

/**
 * Energies of the atoms of a range: what all blocks have summed, and the embedding energies
 * E0 ((1 + x) exp(-x) - 1) + 6 V0 exp(-kappa ds), x = lambda ds, ds = -ln(density / 12) / (beta eta2).
 */
function embed(
  job: SiteJob,
  { slopes }: EmtScratch,
  { energies, densities, range }: { energies: Float64Array[]; densities: Float64Array[]; range: AtomRange },
): void {
  const { betaEta, lambda, bareKappa, cohesion, sixV0 } = emtTables;
  const { kinds, atomCount, imageAtoms } = job;
  gatherAtoms(slopes, { job, blocks: densities, range });
  gatherImages(slopes, { job, blocks: densities, range });
  gatherAtoms(job.energies, { job, blocks: energies, range });
  for (let atom = range.first; atom < range.end; atom++) {
    const kind = kinds[atom];
    const density = slopes[atom]; // which its slope now replaces
    if (density === 0) {
      job.energies[atom] -= cohesion[kind];
      continue;
    }
    const ds = -Math.log(density / 12) / betaEta[kind];
    const x = lambda[kind] * ds;
    const decay = Math.exp(-x);
    const repulsion = sixV0[kind] * Math.exp(-bareKappa[kind] * ds);
    job.energies[atom] += cohesion[kind] * ((1 + x) * decay - 1) + repulsion;
    const slope = -cohesion[kind] * lambda[kind] * x * decay - bareKappa[kind] * repulsion;
    slopes[atom] = -slope / (betaEta[kind] * density);
  }
  gatherImages(job.energies, { job, blocks: energies, range });
  for (let site = range.firstImage; site < range.imagesEnd; site++) slopes[site] = slopes[imageAtoms[site - atomCount]];
}

/**
 * Second pass over the pairs of a block: forces, now that the slopes of the embedding energies are known.
 */
function sumForces(
  { rowStart }: SiteJob,
  { slopes, rowEnd, near, records }: EmtScratch,
  { sums: { forces }, range }: { readonly sums: EmtSums; readonly range: AtomRange },
): void {
  let pair = rowStart[range.first];
  for (let first = range.first; first < range.end; first++) {
    let forceX = 0;
    let forceY = 0;
    let forceZ = 0;
    for (; pair < rowEnd[first]; pair++) {
      const second = near[pair];
      const record = recordLength * pair;
      const x = records[record];
      const y = records[record + 1];
      const z = records[record + 2];
      const pull = slopes[first] * records[record + 3] + slopes[second] * records[record + 4] + records[record + 5];
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
    forces[3 * first] += forceX;
    forces[3 * first + 1] += forceY;
    forces[3 * first + 2] += forceZ;
  }
}
