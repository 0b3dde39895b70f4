import { atomicNumber, chemicalSymbols } from '../../src/elements.js';
import { LammError } from '../../src/errors.js';
import { type EnergyReduction, fitNormalizer, type Normalizer } from './labels/normalizer.js';
import { assertReferences, fitReferenceEnergies } from './labels/reference-energies.js';
import type { LoadedSubset } from './load/load-subset.js';
import { elementsOf, type FitSummary, summarizeFit } from './load/summary.js';
import type { NoiseOptions } from './sample/denoise.js';
import { describeOrigin, type SampleList, samplesOf } from './sample/sample.js';

/**
 * One output of the model: its name, the elements that it is trained on, and what turns its numbers into energies and
 * forces.
 */
export interface PreparedHead {
  readonly name: string;
  /** Atomic numbers, rising. */
  readonly elements: readonly number[];
  readonly normalizer: Normalizer;
  /** Absent for a head that learns denoising. */
  readonly fit?: FitSummary;
}

export interface PrepareHeadOptions {
  readonly name: string;
  readonly energyReduction: EnergyReduction;
  /** In eV/atom. */
  readonly maximumResidual: number;
  /** Samples of all these subsets to train on, and those to validate and test on. */
  readonly training: SampleList;
  readonly others: SampleList;
}

/** Fits the reference energies of the subsets that share a head and measures the scales of their labels. */
export function prepareHead(
  subsets: readonly LoadedSubset[],
  { training, others, ...options }: PrepareHeadOptions,
): PreparedHead {
  const elements = elementsOf(training);
  const [noise] = subsets.map(({ options }) => noiseOf(options));
  if (subsets.some(({ options }) => noiseOf(options)?.sigma !== noise?.sigma)) {
    throw new LammError(
      'usage',
      `the subsets of the head ${options.name} learn different things; give them heads of their own`,
    );
  }
  if (noise !== undefined) {
    assertKnown(others, elements);
    const references = new Map(elements.map((number) => [number, 0]));
    const normalizer = { references, energyScale: 1, forceScale: noise.sigma, stressScale: 1 };
    return { name: options.name, elements, normalizer };
  }
  const { energyReduction, maximumResidual, name } = options;
  const fit = fitReferenceEnergies(training, {
    fixed: fixedReferences(subsets),
    perAtom: energyReduction === 'per-atom',
  });
  const isolated = new Map(subsets.flatMap((subset) => [...subset.isolated]));
  const references = withIsolated(fit.references, isolated, elements);
  assertReferences(references, samplesOf([training, others]));
  const summary = summarizeFit(training, { ...fit, references }, isolated);
  assertPlausible(summary, maximumResidual);
  return { name, elements, normalizer: fitNormalizer(training, references, energyReduction), fit: summary };
}

/** The references, with those of free atoms for elements that no frame with an energy determines. */
function withIsolated(
  references: ReadonlyMap<number, number>,
  isolated: ReadonlyMap<number, number>,
  elements: readonly number[],
): ReadonlyMap<number, number> {
  const missing = elements.filter((number) => !references.has(number) && isolated.has(number));
  return new Map([...references, ...missing.map((number) => [number, isolated.get(number) ?? 0] as const)]);
}

/** Atomic numbers that frames to validate and test on may hold. */
export function knownElements(subsets: readonly LoadedSubset[], training: SampleList): ReadonlySet<number> {
  const learnsNoise = subsets.some(({ options }) => noiseOf(options) !== undefined);
  const known = new Set<number>(learnsNoise ? [] : fixedReferences(subsets).keys());
  for (const { structure, energy } of training) {
    if (energy !== undefined || learnsNoise) for (const number of structure.numbers) known.add(number);
  }
  return known;
}

/** The noise that a subset learns the way back from, if it does. */
export function noiseOf({ task, sigma, noise }: LoadedSubset['options']): NoiseOptions | undefined {
  return task === 'denoise' ? { sigma, labels: noise } : undefined;
}

function fixedReferences(subsets: readonly LoadedSubset[]): Map<number, number> {
  const fixed = new Map<number, number>();
  for (const { options } of subsets) {
    for (const [symbol, energy] of Object.entries(options.referenceEnergies)) {
      const number = atomicNumber(symbol);
      if ((fixed.get(number) ?? energy) !== energy) {
        throw new LammError('usage', `the head of ${options.name} has two reference energies of ${symbol}; give one`);
      }
      fixed.set(number, energy);
    }
  }
  return fixed;
}

function assertKnown(samples: SampleList, elements: readonly number[]): void {
  for (const { structure, origin } of samples) {
    const unknown = structure.numbers.find((number) => !elements.includes(number));
    if (unknown === undefined) continue;
    throw new LammError(
      'unsupported-element',
      `${describeOrigin(origin)} holds ${chemicalSymbols[unknown]}, an element that no training frame holds; leave the frame out`,
    );
  }
}

function assertPlausible({ worst, residual }: FitSummary, maximumResidual: number): void {
  const [first] = worst;
  if (first === undefined || Math.abs(first.perAtom) <= maximumResidual) return;
  throw new LammError(
    'format',
    `${describeOrigin(first.origin)} lies ${first.perAtom.toFixed(2)} eV/atom from the reference fit (rms ${residual.toFixed(2)}): ` +
      'its energy has another unit or level of theory, or the wrong key was read; correct it, or raise data.maximumResidual',
    { quantity: 'energy', expected: `at most ${maximumResidual} eV/atom`, actual: `${first.perAtom} eV/atom` },
  );
}
