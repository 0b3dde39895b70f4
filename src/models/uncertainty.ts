import { z } from 'zod';
import { LammError } from '../errors.js';
import { triangleNorm } from '../linalg/cholesky.js';

const powerLaw = z.strictObject({ scale: z.number().positive(), power: z.number() });

/** How the errors of a head follow from distances, measured on structures that it was not trained on. */
export const calibrationSchema = z
  .strictObject({
    /** Of the energy, eV/atom: scale d^power with the distance d of the mean features of a structure. */
    energy: powerLaw,
    /**
     * Of a component of a force, eV/A: scale d^power (|F| + floor)^forcePower with the distance d of the features of
     * the atom; absent where no forces were learned.
     */
    forces: powerLaw.extend({ forcePower: z.number(), floor: z.number().positive() }).optional(),
    /** Distance within which 999 of 1000 atoms of the training lie. */
    farthest: z.number().positive(),
    /** Structures that it was measured on. */
    structures: z.int().positive(),
  })
  .readonly();

export type Calibration = z.infer<typeof calibrationSchema>;

/**
 * What a head knows of its own errors.
 *
 * The energy is linear in the last features f of the network, so how badly the training determined it at f is d^2 = f^T
 * C^-1 f, with the mean C of f f^T over the training: the prediction rigidity of the last layer.  The errors that
 * belong to a distance are measured, not derived.
 *
 * @see Bigi et al., Mach. Learn.: Sci. Technol. 5, 045018 (2024).
 */
export interface HeadUncertainty {
  readonly calibration: Calibration;
  /**
   * Inverse Cholesky factors of C over atoms and over structures (of their means), lower triangles in rows, [(K + 1)(K
   * + 2) / 2] each.
   */
  readonly atomWhitening: Float32Array;
  readonly structureWhitening: Float32Array;
}

/** Expected errors (one standard deviation: two thirds of all are smaller) of one structure. */
export interface Uncertainty {
  /** eV/atom. */
  readonly energyPerAtom: number;
  /** Of each component of the force on each atom, eV/A, [N]; absent where the head learned none. */
  readonly forces?: Float64Array;
  /** 1 for atoms whose surroundings are farther from the training than those of nearly all of its atoms, [N]. */
  readonly unlike: Uint8Array;
}

/** Last features of the atoms of a structure, and its forces. */
export interface FeaturedAtoms {
  /** [N x K]. */
  readonly features: ArrayLike<number>;
  /** eV/A, [N x 3]. */
  readonly forces: ArrayLike<number>;
}

/** The expected errors of a structure. */
export function estimateUncertainty(head: HeadUncertainty, { features, forces }: FeaturedAtoms): Uncertainty {
  const { energy, forces: ofForces, farthest } = head.calibration;
  const { atoms, structure } = featureDistances(head, features, forces.length / 3);
  return {
    energyPerAtom: energy.scale * structure ** energy.power,
    ...(ofForces && { forces: atoms.map((distance, atom) => forceError(ofForces, distance, lengthOf(forces, atom))) }),
    unlike: Uint8Array.from(atoms, (distance) => Number(distance > farthest)),
  };
}

function forceError(
  { scale, power, forcePower, floor }: NonNullable<Calibration['forces']>,
  distance: number,
  force: number,
): number {
  return scale * distance ** power * (force + floor) ** forcePower;
}

function lengthOf(vectors: ArrayLike<number>, row: number): number {
  return Math.hypot(vectors[3 * row], vectors[3 * row + 1], vectors[3 * row + 2]);
}

/**
 * Distances from the training of each atom, [N], and of the mean over them; 1 is the root mean square of a feature's
 * share.
 */
export function featureDistances(
  { atomWhitening, structureWhitening }: Pick<HeadUncertainty, 'atomWhitening' | 'structureWhitening'>,
  features: ArrayLike<number>,
  atomCount: number,
): { readonly atoms: Float64Array; readonly structure: number } {
  const width = features.length / atomCount;
  assertTriangles(atomWhitening, structureWhitening, width + 1);
  const mean = new Float64Array(width + 1);
  const extended = new Float64Array(width + 1);
  const atoms = new Float64Array(atomCount);
  for (let atom = 0; atom < atomCount; atom++) {
    extendFeatures(features, atom, extended);
    for (let index = 0; index <= width; index++) mean[index] += extended[index] / atomCount;
    atoms[atom] = distance(atomWhitening, extended);
  }
  return { atoms, structure: distance(structureWhitening, mean) };
}

function assertTriangles(atoms: Float32Array, structures: Float32Array, size: number): void {
  const expected = (size * (size + 1)) / 2;
  const found = [atoms, structures].map(({ length }) => length);
  if (found.every((length) => length === expected)) return;
  const message = `expected ${expected} numbers each in what the model knows of its own errors, found ${found.join(' and ')}; take another model`;
  throw new LammError('checkpoint', message, { quantity: 'uncertainty' });
}

/** Writes the features of an atom and a 1, to which a bias belongs, into `extended`, [K + 1]. */
export function extendFeatures(features: ArrayLike<number>, atom: number, extended: Float64Array): void {
  const width = extended.length - 1;
  for (let index = 0; index < width; index++) extended[index] = features[width * atom + index];
  extended[width] = 1;
}

function distance(whitening: ArrayLike<number>, extended: Float64Array): number {
  return Math.sqrt(triangleNorm(whitening, extended) / extended.length);
}
