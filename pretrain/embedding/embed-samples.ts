import { type Embedder, meanFeatures } from '../../src/models/embedding.js';
import type { Sample } from '../dataset/sample/sample.js';

/** The atoms of one element in a structure. */
export interface EmbeddedElement {
  readonly number: number;
  readonly atomCount: number;
  /** Mean of the features of its atoms, [width]. */
  readonly features: Float64Array;
}

export interface EmbeddedSample {
  readonly sample: Sample;
  /** Mean of the features of all atoms, [width]. */
  readonly features: Float64Array;
  /** In the order of the periodic table. */
  readonly elements: readonly EmbeddedElement[];
}

/** Embeds every sample; yields the number of samples done. */
export async function* embedSamples(
  embedder: Embedder,
  samples: readonly Sample[],
): AsyncGenerator<number, EmbeddedSample[]> {
  const embedded: EmbeddedSample[] = [];
  for (const sample of samples) {
    const { numbers } = sample.structure;
    const features = await embedder.embed(sample.structure);
    const present = [...new Set(numbers)].sort((a, b) => a - b);
    embedded.push({
      sample,
      features: meanFeatures(features, features.length / numbers.length),
      elements: present.map((number) => ({
        number,
        atomCount: numbers.filter((other) => other === number).length,
        features: meanFeatures(features, features.length / numbers.length, (atom) => numbers[atom] === number),
      })),
    });
    yield embedded.length;
  }
  return embedded;
}

/** Mean of the features over all atoms of each element in all samples, in the order of the periodic table. */
export function meanByElement(embedded: readonly EmbeddedSample[]): EmbeddedElement[] {
  const sums = new Map<number, { atomCount: number; sum: Float64Array }>();
  for (const { number, atomCount, features } of embedded.flatMap(({ elements }) => elements)) {
    const entry = sums.get(number) ?? { atomCount: 0, sum: new Float64Array(features.length) };
    sums.set(number, entry);
    entry.atomCount += atomCount;
    for (let channel = 0; channel < features.length; channel++) entry.sum[channel] += atomCount * features[channel];
  }
  return [...sums]
    .sort(([a], [b]) => a - b)
    .map(([number, { atomCount, sum }]) => ({ number, atomCount, features: sum.map((value) => value / atomCount) }));
}
