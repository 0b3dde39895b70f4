import { coincidenceDistance } from '../src/neighbors/coincident-atoms.js';
import { createPairList, type SitePairs } from '../src/neighbors/pair-list.js';
import type { AtomicSystem } from '../src/structure/structure.js';
import type { CalculationResult, Calculator } from './calculator.js';
import { cutoffMiddle, cutoffSteepness, emtCutoff, emtElements, emtTables } from './emt-parameters.js';
import { assertKnownElements, coincidentSites, createSiteSums, finish, resetSums, type SiteSums } from './results.js';

/** Extra radius of the pair list in A. */
const skin = 0.5;

/**
 * Creates the effective medium theory for Al, Ni, Cu, Pd, Ag, Pt, Au and, roughly, H, C, N, O.
 *
 * Each atom is embedded in the density of its neighbours' tails; a pair term corrects for the difference to the fcc crystal.
 * An atom alone has the energy -E0, the crystal in equilibrium about zero.
 *
 * @see Jacobsen, Stoltze, Norskov, Surf. Sci. 366, 394 (1996).
 */
export function createEmt(): Calculator {
  const elements: ReadonlySet<number> = new Set(emtElements.keys());
  const pairList = createPairList({ cutoff: emtCutoff, skin });
  const workspace = createWorkspace();
  const sums = createSiteSums();
  return {
    name: 'emt',
    capabilities: { elements, cutoff: emtCutoff, conservative: true, stress: true, heads: [] },
    async calculate(system: AtomicSystem): Promise<CalculationResult> {
      assertKnownElements(system, elements, 'emt');
      const pairs = pairList.update(system);
      resetSums(sums, pairs.positions.length / 3);
      reserve(workspace, pairs);
      setKinds(workspace, pairs, system.numbers);
      sumDensities(pairs, workspace, sums);
      embed(workspace, pairs, sums);
      sumForces(workspace, sums);
      return finish(sums, pairs, system.cell);
    },
    async [Symbol.asyncDispose]() {},
  };
}

/** Buffers that are kept from one calculation to the next. */
interface Workspace {
  /** Row of each site's element in the tables, [M]. */
  kinds: Uint8Array;
  /** Density of the neighbours' tails at each site, 12 in the fcc crystal in equilibrium, [M]. */
  densities: Float64Array;
  /** Derivative of each site's embedding energy with respect to its density in eV, [M]. */
  embeddingSlopes: Float64Array;
  /** First pair of each atom in `seconds` and `records`, [N + 1]. */
  rowStart: Int32Array;
  /** Second site of each pair within the cutoff, [P]. */
  seconds: Int32Array;
  /**
   * Of each such pair, [P x 6]: the vector between its atoms in A; the derivatives of the density at the first atom, of the density at
   * the second and of the pair energy (eV) with respect to the distance, over the distance.
   */
  records: Float64Array;
}

const recordLength = 6;

function createWorkspace(): Workspace {
  return {
    kinds: new Uint8Array(0),
    densities: new Float64Array(0),
    embeddingSlopes: new Float64Array(0),
    rowStart: new Int32Array(1),
    seconds: new Int32Array(0),
    records: new Float64Array(0),
  };
}

function reserve(workspace: Workspace, { rowStart, pairCount, positions }: SitePairs): void {
  const siteCount = positions.length / 3;
  if (workspace.kinds.length < siteCount) {
    workspace.kinds = new Uint8Array(siteCount);
    workspace.densities = new Float64Array(siteCount);
    workspace.embeddingSlopes = new Float64Array(siteCount);
  }
  if (workspace.rowStart.length !== rowStart.length) workspace.rowStart = new Int32Array(rowStart.length);
  if (workspace.seconds.length >= pairCount) return;
  workspace.seconds = new Int32Array(pairCount);
  workspace.records = new Float64Array(recordLength * pairCount);
}

function setKinds({ kinds }: Workspace, { imageAtoms }: SitePairs, numbers: Uint8Array): void {
  for (let atom = 0; atom < numbers.length; atom++) kinds[atom] = emtTables.kindOf[numbers[atom]];
  for (let image = 0; image < imageAtoms.length; image++) kinds[numbers.length + image] = kinds[imageAtoms[image]];
}

/** First pass over the pairs: densities, pair energies and the derivatives that the second pass needs. */
function sumDensities(pairs: SitePairs, workspace: Workspace, { energies }: SiteSums): void {
  const { kinds, densities, seconds, records } = workspace;
  const { kindCount, eta, etaOffset, kappa, kappaOffset, densityScale, pairScale } = emtTables;
  const { positions } = pairs;
  const atomCount = pairs.rowStart.length - 1;
  densities.fill(0);
  let found = 0;
  for (let first = 0; first < atomCount; first++) {
    const kind = kinds[first];
    let firstDensity = 0;
    let firstEnergy = 0;
    const end = pairs.rowStart[first + 1];
    for (let pair = pairs.rowStart[first]; pair < end; pair++) {
      const second = pairs.seconds[pair];
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
      seconds[found++] = second;
    }
    densities[first] += firstDensity;
    energies[first] += firstEnergy;
    workspace.rowStart[first + 1] = found;
  }
}

/** Adds the embedding energies E0 ((1 + x) exp(-x) - 1) + 6 V0 exp(-kappa ds), x = lambda ds, ds = -ln(density / 12) / (beta eta2). */
function embed(
  { kinds, densities, embeddingSlopes }: Workspace,
  { rowStart, imageAtoms }: SitePairs,
  { energies }: SiteSums,
): void {
  const { betaEta, lambda, bareKappa, cohesion, sixV0 } = emtTables;
  const atomCount = rowStart.length - 1;
  for (let image = 0; image < imageAtoms.length; image++) densities[imageAtoms[image]] += densities[atomCount + image];
  for (let atom = 0; atom < atomCount; atom++) {
    const kind = kinds[atom];
    const density = densities[atom];
    if (density === 0) {
      energies[atom] -= cohesion[kind];
      embeddingSlopes[atom] = 0;
      continue;
    }
    const ds = -Math.log(density / 12) / betaEta[kind];
    const x = lambda[kind] * ds;
    const decay = Math.exp(-x);
    const repulsion = sixV0[kind] * Math.exp(-bareKappa[kind] * ds);
    energies[atom] += cohesion[kind] * ((1 + x) * decay - 1) + repulsion;
    const slope = -cohesion[kind] * lambda[kind] * x * decay - bareKappa[kind] * repulsion;
    embeddingSlopes[atom] = -slope / (betaEta[kind] * density);
  }
  for (let image = 0; image < imageAtoms.length; image++) {
    embeddingSlopes[atomCount + image] = embeddingSlopes[imageAtoms[image]];
  }
}

/** Second pass over the pairs: forces and virial, now that the embedding slopes are known. */
function sumForces({ embeddingSlopes, rowStart, seconds, records }: Workspace, { forces, virial }: SiteSums): void {
  for (let first = 0; first < rowStart.length - 1; first++) {
    let forceX = 0;
    let forceY = 0;
    let forceZ = 0;
    for (let pair = rowStart[first]; pair < rowStart[first + 1]; pair++) {
      const second = seconds[pair];
      const record = recordLength * pair;
      const x = records[record];
      const y = records[record + 1];
      const z = records[record + 2];
      const pull =
        embeddingSlopes[first] * records[record + 3] +
        embeddingSlopes[second] * records[record + 4] +
        records[record + 5];
      const pullX = pull * x;
      const pullY = pull * y;
      const pullZ = pull * z;
      forceX += pullX;
      forceY += pullY;
      forceZ += pullZ;
      forces[3 * second] -= pullX;
      forces[3 * second + 1] -= pullY;
      forces[3 * second + 2] -= pullZ;
      virial[0] += pullX * x;
      virial[1] += pullY * y;
      virial[2] += pullZ * z;
      virial[3] += pullY * z;
      virial[4] += pullX * z;
      virial[5] += pullX * y;
    }
    forces[3 * first] += forceX;
    forces[3 * first + 1] += forceY;
    forces[3 * first + 2] += forceZ;
  }
}
