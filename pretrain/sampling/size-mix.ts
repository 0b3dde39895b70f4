import { z } from 'zod';
import { createRandom, type Random } from '../../src/random.js';
import { checkYaml } from '../../src/settings/check-yaml.js';
import { parseYaml } from '../../src/settings/yaml-text.js';
import { mixSeed } from '../seeds.js';
import { temperatureCounts } from './temperature-sampling.js';

const spreadSchema = z
  .strictObject({
    mean: z.number().positive(),
    deviation: z.number().nonnegative(),
    min: z.int().positive(),
    max: z.int().positive(),
  })
  .refine(({ mean, min, max }) => min <= mean && mean <= max, 'expected min <= mean <= max')
  .refine(({ mean, deviation, min, max }) => deviation === 0 || deviation ** 2 < (mean - min) * (max - mean), {
    message: 'expected a deviation that fits between min and max: less than sqrt((mean - min) (max - mean))',
  });

const mixSchema = z
  .array(z.strictObject({ name: z.string(), samples: z.int().positive(), atoms: spreadSchema }))
  .min(1);

/** Subsets of which only the number of samples and the spread of their sizes are known. */
export type SizeMix = z.infer<typeof mixSchema>;

/**
 * Reads the YAML list of a mix.
 *
 * @throws {LammError} `usage` with file and line for the first thing that does not fit.
 */
export function parseSizeMix(text: string, { file }: { readonly file?: string } = {}): SizeMix {
  return checkYaml(mixSchema, parseYaml(text, { file }), 'the mix');
}

export interface MixOptions {
  /** Number of samples to draw, in the proportions of an epoch. */
  readonly draws: number;
  readonly temperature: number;
  readonly seed: number;
}

/**
 * Draws numbers of atoms as an epoch over all subsets would have them, in random order, [draws].
 *
 * The sizes of a subset follow the beta distribution on [min, max] that has its mean and standard deviation.
 */
export function drawSizes(mix: SizeMix, { draws, temperature, seed }: MixOptions): Uint32Array {
  const counts = temperatureCounts(
    mix.map(({ samples }) => samples),
    temperature,
  );
  const shares = counts.map((count) => count / counts.reduce((sum, other) => sum + other, 0));
  const random = createRandom(mixSeed(seed, draws));
  const draw = mix.map(({ atoms }) => createSizeSampler(atoms, random));
  return Uint32Array.from({ length: draws }, () => draw[choose(shares, random)]());
}

function choose(shares: readonly number[], random: Random): number {
  let rest = random.uniform();
  let index = 0;
  while (index < shares.length - 1 && rest >= shares[index]) rest -= shares[index++];
  return index;
}

/** X / (X + Y) of gamma variates X, Y is a beta variate, whose shapes follow from mean and variance. */
function createSizeSampler({ mean, deviation, min, max }: SizeMix[number]['atoms'], random: Random): () => number {
  const center = (mean - min) / (max - min);
  const variance = (deviation / (max - min)) ** 2;
  if (!(variance > 0)) return () => Math.round(mean);
  const total = (center * (1 - center)) / variance - 1;
  return () => {
    const x = gammaVariate(center * total, random);
    const y = gammaVariate((1 - center) * total, random);
    return Math.round(min + ((max - min) * x) / (x + y));
  };
}

/** @see Marsaglia and Tsang, ACM Trans. Math. Softw. 26, 363 (2000). */
function gammaVariate(shape: number, random: Random): number {
  if (shape < 1) return gammaVariate(shape + 1, random) * random.uniform() ** (1 / shape);
  const d = shape - 1 / 3;
  for (;;) {
    const x = random.normal();
    const cube = (1 + x / Math.sqrt(9 * d)) ** 3;
    if (cube > 0 && Math.log(1 - random.uniform()) < x ** 2 / 2 + d - d * cube + d * Math.log(cube)) return d * cube;
  }
}
