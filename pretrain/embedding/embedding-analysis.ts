import { elementEmbedding } from '../../src/models/embedding.js';
import type { Model } from '../../src/models/model.js';
import { createRandom, shuffle } from '../../src/random.js';
import { type EmbeddedElement, type EmbeddedSample, meanByElement } from './embed-samples.js';
import { type PointSet, pointSet } from './neighbors.js';
import { type Periodicity, periodicityOf } from './periodicity.js';
import { type Projection, type ProjectionOptions, project } from './project.js';
import { type Separation, separationOf } from './separation.js';

export interface EmbeddingOptions extends ProjectionOptions {
  /** What kind of structure a sample is, such as the data set that it is from. */
  readonly kindOf: (sample: EmbeddedSample) => string;
}

/** A structure on the map. */
export interface MappedSample extends EmbeddedSample {
  readonly kind: string;
}

/** The atoms of one element in one structure, on the map. */
export interface MappedSite extends EmbeddedElement {
  readonly from: MappedSample;
}

/**
 * Maps of structures and elements in the space of a model's features, and numbers that say what is near what in the
 * space itself.
 */
export interface EmbeddingAnalysis {
  readonly samples: readonly MappedSample[];
  readonly sampleMap: Projection;
  /** Whether structures lie among those of their kind; absent for one kind. */
  readonly kinds?: Separation;
  /** Whether structures lie among those of their kind when they are known by the shares of their elements alone. */
  readonly kindsByComposition?: Separation;
  /** At most `maxSites` of them, drawn at random. */
  readonly sites: readonly MappedSite[];
  readonly siteMap: Projection;
  /** Whether atoms lie among those of their element; absent for one element. */
  readonly siteElements?: Separation;
  readonly elements: readonly EmbeddedElement[];
  readonly elementMap: Projection;
  /** Whether the means of elements follow the periodic table; absent for fewer than four. */
  readonly elementMeans?: Periodicity;
  /** A map of what the model knows of each element before it sees a structure. */
  readonly rowMap: Projection;
  readonly elementRows?: Periodicity;
}

/** Nearest neighbours that are looked at. */
const lookedAt = 10;
const maxSites = 3000;

/** Projects embedded samples and measures what is near what. */
export function analyzeEmbedding(
  embedded: readonly EmbeddedSample[],
  model: Model,
  { kindOf, ...projection }: EmbeddingOptions,
): EmbeddingAnalysis {
  const random = createRandom(projection.seed);
  const samples = embedded.map((sample) => ({ ...sample, kind: kindOf(sample) }));
  const points = pointSet(samples.map(({ features }) => features));
  const allSites = samples.flatMap((from) => from.elements.map((element): MappedSite => ({ ...element, from })));
  const sites = allSites.length > maxSites ? shuffle(allSites, random).slice(0, maxSites) : allSites;
  const sitePoints = pointSet(sites.map(({ features }) => features));
  const siteNumbers = sites.map(({ number }) => String(number));
  const elements = meanByElement(embedded);
  const numbers = elements.map(({ number }) => number);
  const means = pointSet(elements.map(({ features }) => features));
  const rows = pointSet(numbers.map((number) => elementEmbedding(model, number)));
  const kinds = samples.map(({ kind }) => kind);
  return {
    samples,
    sampleMap: project(points, projection),
    kinds: separationOf(points, kinds, lookedAt),
    kindsByComposition: separationOf(compositions(samples, numbers), kinds, lookedAt),
    sites,
    siteMap: project(sitePoints, projection),
    siteElements: separationOf(sitePoints, siteNumbers, lookedAt),
    elements,
    elementMap: project(means, projection),
    elementMeans: periodicityOf(means, numbers, random),
    rowMap: project(rows, projection),
    elementRows: periodicityOf(rows, numbers, random),
  };
}

/** Share of each of the elements in each structure. */
function compositions(samples: readonly EmbeddedSample[], numbers: readonly number[]): PointSet {
  return pointSet(
    samples.map(({ elements, sample }) => {
      const counts = new Map(elements.map(({ number, atomCount }) => [number, atomCount]));
      return numbers.map((number) => (counts.get(number) ?? 0) / sample.structure.numbers.length);
    }),
  );
}
