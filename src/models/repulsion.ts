import { z } from 'zod';
import { covalentRadius } from '../covalent-radii.js';
import { bohr, hartree } from '../units.js';

/** What keeps atoms apart where no data teach it: nothing, or the screened repulsion of their nuclei. */
export const repulsions = ['none', 'zbl'] as const;

/** Directed edges of one system, each pair in both directions. */
export interface RepulsionEdges {
  readonly edgeCount: number;
  /** [E]. */
  readonly senders: Int32Array;
  readonly receivers: Int32Array;
  /** From receiver to sender in A, [E x 3]. */
  readonly edgeVectors: Float32Array | Float64Array;
}

/** Energy, forces and strain derivative of a pair repulsion. */
export interface RepulsionResult {
  /** Half of the energy of each pair that an atom is part of, eV, [N]. */
  readonly energies: Float64Array;
  /** eV/A, [N x 3]. */
  readonly forces: Float64Array;
  /** Derivative of the energy with respect to strain in eV, [6], order xx yy zz yz xz xy. */
  readonly strainDerivative: Float64Array;
}

/** What a model may say of it. */
export const repulsionFields = {
  /** What is added to the network at distances shorter than bonds; `none` when absent. */
  repulsion: z.enum(repulsions).optional(),
  /** Share of the sum of two covalent radii where the repulsion begins. */
  repulsionReach: z.number().min(0.3).max(1).optional(),
  /** Distance in A where the repulsion begins at least, however small the two atoms are. */
  repulsionFloor: z.number().min(0).max(1.5).optional(),
};

/** The repulsion of a model, as its file says it. */
export type RepulsionConfig = Readonly<z.infer<z.ZodObject<typeof repulsionFields>>>;

/**
 * Where the repulsion of a model that is trained begins unless its settings say otherwise: shorter than the bonds of
 * known compounds, multiple and compressed ones included (1 in 100 of 43,000 strained, hot and defective crystals has a
 * pair as short as that), and for the pairs of hydrogen, whose radius is that of its bonds with others, just inside the
 * shortest bond there is (H2, 0.74 A).
 */
export const defaultRepulsion = { repulsionReach: 0.65, repulsionFloor: 0.7 } as const;

/** Where it begins in models whose files do not say so: the first ones. */
export const firstRepulsion = { repulsionReach: 0.75, repulsionFloor: 0 } as const;

/** Distance in A beyond which `pairRepulsion` keeps no two of these atoms apart. */
export function repulsionRange(numbers: ArrayLike<number>, config: RepulsionConfig): number {
  if (config.repulsion !== 'zbl') return 0;
  const { repulsionReach, repulsionFloor } = { ...firstRepulsion, ...config };
  let largest = 0;
  for (let atom = 0; atom < numbers.length; atom++) largest = Math.max(largest, covalentRadius(numbers[atom]));
  return Math.max(2 * repulsionReach * largest, repulsionFloor);
}

/**
 * What a model adds to its network where atoms are close, nothing where no pair is that close or the model adds none:
 * the Ziegler-Biersack-Littmark repulsion of nuclei, switched off inside the bond lengths.
 *
 *     V(r) = k Z1 Z2 / r  phi(r / a)  f(r / c),     a = 0.8854 a0 / (Z1^0.23 + Z2^0.23)
 *     c = max(reach (R1 + R2), floor)
 *     f(x) = 1 - 28 x^6 + 48 x^7 - 21 x^8
 *
 * V and its first two derivatives vanish at c.
 *
 * @see Ziegler, Biersack, Littmark, The Stopping and Range of Ions in Matter (1985).
 */
export function pairRepulsion(
  numbers: ArrayLike<number>,
  edges: RepulsionEdges,
  config: RepulsionConfig,
): RepulsionResult | undefined {
  if (config.repulsion !== 'zbl') return undefined;
  const { repulsionReach, repulsionFloor } = { ...firstRepulsion, ...config };
  const range = repulsionRange(numbers, config);
  const { edgeCount, senders, receivers, edgeVectors } = edges;
  let result: RepulsionResult | undefined;
  for (let edge = 0; edge < edgeCount; edge++) {
    const x = edgeVectors[3 * edge];
    const y = edgeVectors[3 * edge + 1];
    const z = edgeVectors[3 * edge + 2];
    const square = x * x + y * y + z * z;
    if (square >= range * range) continue;
    const atom = receivers[edge];
    const [first, second] = [numbers[atom], numbers[senders[edge]]];
    const cutoff = Math.max(repulsionReach * (covalentRadius(first) + covalentRadius(second)), repulsionFloor);
    if (square >= cutoff * cutoff) continue;
    result ??= emptyResult(numbers.length);
    const pair = zblPair(Math.sqrt(square), { first, second, cutoff });
    addPair(result, { atom, vector: [x, y, z], ...pair });
  }
  return result;
}

function emptyResult(atomCount: number): RepulsionResult {
  return {
    energies: new Float64Array(atomCount),
    forces: new Float64Array(3 * atomCount),
    strainDerivative: new Float64Array(6),
  };
}

interface DirectedPair {
  /** The receiver; the other atom has an edge of its own. */
  readonly atom: number;
  readonly vector: readonly [number, number, number];
  readonly energy: number;
  /** Derivative over distance, eV/A^2. */
  readonly slope: number;
}

function addPair({ energies, forces, strainDerivative }: RepulsionResult, pair: DirectedPair): void {
  const { atom, vector, energy, slope } = pair;
  const [x, y, z] = vector;
  energies[atom] += energy / 2;
  for (let axis = 0; axis < 3; axis++) forces[3 * atom + axis] += slope * vector[axis];
  for (const [index, product] of [x * x, y * y, z * z, y * z, x * z, x * y].entries()) {
    strainDerivative[index] += (slope * product) / 2;
  }
}

const screening = [
  [0.18175, 3.1998],
  [0.50986, 0.94229],
  [0.28022, 0.4029],
  [0.02817, 0.20162],
] as const;

interface NuclearPair {
  /** Atomic numbers. */
  readonly first: number;
  readonly second: number;
  /** In A. */
  readonly cutoff: number;
}

/** Energy in eV of a pair of elements at a distance in A within its cutoff, and dV/dr / r in eV/A^2. */
function zblPair(distance: number, { first, second, cutoff }: NuclearPair): { energy: number; slope: number } {
  const length = (0.8854 * bohr) / (first ** 0.23 + second ** 0.23);
  const coulomb = (hartree * bohr * first * second) / distance;
  let [phi, phiSlope] = [0, 0];
  for (const [weight, decay] of screening) {
    const part = weight * Math.exp((-decay * distance) / length);
    phi += part;
    phiSlope -= (decay / length) * part;
  }
  const x = distance / cutoff;
  const x5 = x ** 5;
  const switching = 1 + x5 * x * (-28 + x * (48 - 21 * x));
  const switchSlope = (x5 * (-168 + x * (336 - 168 * x))) / cutoff;
  const slope = coulomb * ((phiSlope - phi / distance) * switching + phi * switchSlope);
  return { energy: coulomb * phi * switching, slope: slope / distance };
}
