import { createPairList, type PairCandidates } from '../src/neighbors/pair-list.js';
import type { AtomicSystem } from '../src/structure/structure.js';
import type { CalculationResult, Calculator } from './calculator.js';
import { cutoffMiddle, cutoffSteepness, emtCutoff, emtElements, emtTables } from './emt-parameters.js';
import { assertKnownElements, coincidenceDistance, coincidentAtoms, createSums, finish, type Sums } from './results.js';

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
  return {
    name: 'emt',
    capabilities: { elements, cutoff: emtCutoff, conservative: true, stress: true, heads: [] },
    async calculate(system: AtomicSystem): Promise<CalculationResult> {
      assertKnownElements(system, elements, 'emt');
      const sums = createSums(system.numbers.length);
      const candidates = pairList.update(system);
      reserve(workspace, candidates);
      sumDensities(candidates, system, { workspace, sums });
      embed(workspace, sums);
      sumForces(workspace, sums);
      return finish(sums, system.cell);
    },
    async [Symbol.asyncDispose]() {},
  };
}

/** Buffers that are kept from one calculation to the next. */
interface Workspace {
  /** Row of each atom's element in the tables, [N]. */
  kinds: Uint8Array;
  /** Density of the neighbours' tails at each atom, 12 in the fcc crystal in equilibrium, [N]. */
  densities: Float64Array;
  /** Derivative of each atom's embedding energy with respect to its density in eV, [N]. */
  embeddingSlopes: Float64Array;
  /** First contribution of each atom in `seconds` and `records`, [N + 1]. */
  rowStart: Int32Array;
  /** Second atom of each pair within the cutoff, [P]. */
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

function reserve(workspace: Workspace, { rowStart, pairCount }: PairCandidates): void {
  const atomCount = rowStart.length - 1;
  if (workspace.kinds.length !== atomCount) {
    workspace.kinds = new Uint8Array(atomCount);
    workspace.densities = new Float64Array(atomCount);
    workspace.embeddingSlopes = new Float64Array(atomCount);
    workspace.rowStart = new Int32Array(atomCount + 1);
  }
  if (workspace.seconds.length >= pairCount) return;
  workspace.seconds = new Int32Array(pairCount);
  workspace.records = new Float64Array(recordLength * pairCount);
}

/** First pass over the pairs: densities, pair energies and the derivatives that the second pass needs. */
function sumDensities(
  candidates: PairCandidates,
  { numbers, positions }: AtomicSystem,
  { workspace, sums: { energies } }: { workspace: Workspace; sums: Sums },
): void {
  const { kinds, densities, seconds, records } = workspace;
  const { kindOf, kindCount, eta, etaOffset, kappa, kappaOffset, densityScale, pairScale } = emtTables;
  const { shiftIndices, offsets } = candidates;
  for (let atom = 0; atom < numbers.length; atom++) kinds[atom] = kindOf[numbers[atom]];
  densities.fill(0);
  let found = 0;
  for (let first = 0; first < numbers.length; first++) {
    const kind = kinds[first];
    let firstDensity = 0;
    let firstEnergy = 0;
    const end = candidates.rowStart[first + 1];
    for (let pair = candidates.rowStart[first]; pair < end; pair++) {
      const second = candidates.seconds[pair];
      const shift = 3 * shiftIndices[pair];
      const x = positions[3 * second] - positions[3 * first] + offsets[shift];
      const y = positions[3 * second + 1] - positions[3 * first + 1] + offsets[shift + 1];
      const z = positions[3 * second + 2] - positions[3 * first + 2] + offsets[shift + 2];
      const squared = x * x + y * y + z * z;
      if (!(squared < emtCutoff * emtCutoff)) continue;
      const r = Math.sqrt(squared);
      if (r < coincidenceDistance) throw coincidentAtoms(first, second, r);

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
function embed({ kinds, densities, embeddingSlopes }: Workspace, { energies }: Sums): void {
  const { betaEta, lambda, bareKappa, cohesion, sixV0 } = emtTables;
  for (let atom = 0; atom < kinds.length; atom++) {
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
}

/** Second pass over the pairs: forces and virial, now that the embedding slopes are known. */
function sumForces({ embeddingSlopes, rowStart, seconds, records }: Workspace, { forces, virial }: Sums): void {
  for (let first = 0; first < embeddingSlopes.length; first++) {
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
