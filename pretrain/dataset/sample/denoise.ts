import { LammError } from '../../../src/errors.js';
import { createRandom } from '../../../src/random.js';
import type { Structure } from '../../../src/structure/structure.js';
import type { NoiseKind } from '../../config/data-config.js';
import { mixSeed } from '../../seeds.js';

/** What makes the noise of a sample; the same key gives the same noise. */
export interface NoiseKey {
  readonly seed: number;
  readonly epoch: number;
  readonly sample: number;
}

export interface NoiseOptions {
  /** Standard deviation of each coordinate in A. */
  readonly sigma: number;
  /** Whether the noise loses its mean over the atoms, which no model can predict, or keeps it (the usual way). */
  readonly labels: NoiseKind;
}

/** A structure with noise on its positions and what a model should answer to it. */
export interface NoisyStructure {
  readonly structure: Structure;
  /**
   * Direction back to the clean positions in units of sigma, -noise / sigma, [N x 3]; 0 for coordinates that are fixed.
   */
  readonly labels: Float64Array;
  /** 1 for each atom that may move along some axis, [N]; the others have no label. */
  readonly free: Uint8Array;
}

/**
 * Moves the free atoms by normal noise; in the centred kind the mean of the noise over the free atoms is subtracted
 * first.
 *
 * @throws {LammError} `usage` when sigma is not above 0.
 * @see LaMM, arXiv 2505.22208, section 3.3.
 */
export function addNoise(structure: Structure, key: NoiseKey, { sigma, labels: kind }: NoiseOptions): NoisyStructure {
  if (!(sigma > 0 && Number.isFinite(sigma))) {
    throw new LammError('usage', `expected a noise of more than 0 A, found ${sigma}`, { quantity: 'sigma' });
  }
  const { positions, fixed, numbers } = structure;
  const random = createRandom(mixSeed(key.seed, key.epoch, key.sample));
  const noise = Float64Array.from(positions, () => random.normal()); // in units of sigma
  for (let index = 0; index < noise.length; index++) if (fixed?.[index]) noise[index] = 0;
  if (kind === 'centred') subtractMean(noise, fixed);
  return {
    structure: { ...structure, positions: positions.map((x, index) => x + sigma * noise[index]), labels: {} },
    labels: noise.map((part) => 0 - part),
    free: Uint8Array.from(numbers, (_, atom) =>
      Number(fixed === undefined || fixed.subarray(3 * atom, 3 * atom + 3).includes(0)),
    ),
  };
}

/** Along each axis, over the coordinates that are free. */
function subtractMean(noise: Float64Array, fixed: Uint8Array | undefined): void {
  for (let axis = 0; axis < 3; axis++) {
    let [sum, count] = [0, 0];
    for (let index = axis; index < noise.length; index += 3) {
      if (fixed?.[index]) continue;
      sum += noise[index];
      count++;
    }
    for (let index = axis; index < noise.length; index += 3) if (!fixed?.[index]) noise[index] -= sum / count;
  }
}
