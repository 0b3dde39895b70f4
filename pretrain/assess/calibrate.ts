import { inverseCholeskyFactor } from '../../src/linalg/cholesky.js';
import { leastSquares } from '../../src/linalg/least-squares.js';
import { createEmbedder, type Embedder } from '../../src/models/embedding.js';
import { findHead, type Model } from '../../src/models/model.js';
import { createPotential } from '../../src/models/potential.js';
import {
  type Calibration,
  extendFeatures,
  featureDistances,
  type HeadUncertainty,
} from '../../src/models/uncertainty.js';
import type { RuntimeOptions } from '../../src/runtime/session.js';
import type { PreparedData } from '../dataset/prepare-data.js';
import { type Sample, type SampleList, sampleEvenly } from '../dataset/sample/sample.js';

interface CalibrationData {
  /** Name of the head. */
  readonly head: string;
  /** Some of the samples that it was trained on. */
  readonly training: readonly Sample[];
  /** Samples with labels that it was not trained on. */
  readonly validation: readonly Sample[];
}

/** Fewer structures than these say nothing about how large errors are. */
const minValidation = 20;
/** More make it no better. */
const [maxTraining, maxValidation] = [6000, 1500];

/**
 * Measures what each head of a trained model knows of its errors, where there are enough structures that it was not
 * trained on; heads that learned denoising have no errors of energies and forces.
 */
export async function calibrateHeads(
  model: Model,
  { heads, training, validation }: Pick<PreparedData, 'heads' | 'training' | 'validation'>,
  runtime: RuntimeOptions = {},
): Promise<Map<string, HeadUncertainty>> {
  const calibrated = new Map<string, HeadUncertainty>();
  for (const [index, { name, fit }] of heads.entries()) {
    const own = ({ subset, energy }: Sample) => (subset?.head ?? 0) === index && energy !== undefined;
    const apart = fit === undefined ? [] : pick(validation, own, maxValidation);
    if (apart.length < minValidation) continue;
    const data = { head: name, training: pick(training, own, maxTraining), validation: apart };
    calibrated.set(name, await calibrateHead(model, data, runtime));
  }
  return calibrated;
}

/** At most `count` of the samples that are wanted, from all over the list. */
function pick(samples: SampleList, isWanted: (sample: Sample) => boolean, count: number): Sample[] {
  let found = 0;
  for (const sample of samples) found += Number(isWanted(sample));
  return sampleEvenly(samples, isWanted, Math.max(1, found / count));
}

/**
 * Measures what a head knows of its errors: the features of its training, and how errors on other structures grow with
 * the distance from them.
 *
 * Logarithms of errors are fitted by least squares to those of distances (and of forces), with powers that are not
 * negative; then the scale is set so that 68.27 % of the errors lie within it.
 */
async function calibrateHead(
  model: Model,
  { head, training, validation }: CalibrationData,
  runtime: RuntimeOptions,
): Promise<HeadUncertainty> {
  await using embedder = createEmbedder(model, { ...runtime, layer: 'lastFeatures' });
  const whitening = await whitenFeatures(embedder, training);
  const farthest = await farthestAtom(embedder, whitening, training);
  await using potential = createPotential(model, { ...runtime, head });
  const errors = createErrorLists();
  for (const sample of validation) {
    const { structure } = sample;
    const result = await potential.evaluate(structure);
    const distances = featureDistances(whitening, await embedder.embed(structure), structure.numbers.length);
    errors.add(sample, { ...result, distances });
  }
  const withForces = !model.heads[findHead(model, head)].energiesAlone;
  return { ...whitening, calibration: { ...errors.fit(withForces), farthest, structures: validation.length } };
}

type Whitening = Pick<HeadUncertainty, 'atomWhitening' | 'structureWhitening'>;

async function whitenFeatures(embedder: Embedder, samples: readonly Sample[]): Promise<Whitening> {
  const [atoms, structures] = [createOuterSum(), createOuterSum()];
  for (const { structure } of samples) {
    const features = await embedder.embed(structure);
    const atomCount = structure.numbers.length;
    const width = features.length / atomCount;
    const mean = new Float64Array(width + 1);
    const extended = new Float64Array(width + 1);
    for (let atom = 0; atom < atomCount; atom++) {
      extendFeatures(features, atom, extended);
      atoms.add(extended);
      for (let index = 0; index <= width; index++) mean[index] += extended[index] / atomCount;
    }
    structures.add(mean);
  }
  return { atomWhitening: atoms.whitening(), structureWhitening: structures.whitening() };
}

/**
 * Share of the mean square of the features that is added to all directions: those that no training structure had are
 * very far.
 */
const ridge = 1e-6;

/** Sum of x x^T over vectors. */
function createOuterSum() {
  let sum = new Float64Array();
  let [count, width] = [0, 0];
  return {
    add(vector: Float64Array): void {
      if (count++ === 0) {
        width = vector.length;
        sum = new Float64Array(width * width);
      }
      for (let row = 0; row < width; row++) {
        for (let column = 0; column <= row; column++) sum[width * row + column] += vector[row] * vector[column];
      }
    },
    whitening(): Float32Array {
      const mean = sum.map((value) => value / count);
      let trace = 0;
      for (let row = 0; row < width; row++) trace += mean[width * row + row];
      for (let row = 0; row < width; row++) mean[width * row + row] += (ridge * trace) / width;
      return Float32Array.from(inverseCholeskyFactor(mean, width));
    },
  };
}

/** Structures on which the distance of training atoms is measured. */
const distanceStructures = 1000;

async function farthestAtom(embedder: Embedder, whitening: Whitening, samples: readonly Sample[]): Promise<number> {
  const stride = Math.max(1, Math.floor(samples.length / distanceStructures));
  const distances: number[] = [];
  for (let index = 0; index < samples.length; index += stride) {
    const { structure } = samples[index];
    const features = await embedder.embed(structure);
    distances.push(...featureDistances(whitening, features, structure.numbers.length).atoms);
  }
  return quantile(distances, 0.999);
}

interface Predicted {
  readonly energy: number;
  readonly forces: Float64Array;
  readonly distances: ReturnType<typeof featureDistances>;
}

/** An error, and the logarithms of what its size depends on. */
interface ErrorPoint {
  readonly error: number;
  readonly factors: readonly number[];
}

/** Forces below this do not make errors smaller, eV/A. */
const forceFloor = 0.1;

function createErrorLists() {
  const energies: ErrorPoint[] = [];
  const forces: ErrorPoint[] = [];
  return {
    add(sample: Sample, { energy, forces: predicted, distances }: Predicted): void {
      const atomCount = sample.structure.numbers.length;
      if (sample.energy !== undefined) {
        energies.push({ error: (energy - sample.energy) / atomCount, factors: [Math.log(distances.structure)] });
      }
      for (let atom = 0; atom < (sample.forces === undefined ? 0 : atomCount); atom++) {
        if (sample.forceMask?.[atom] === 0) continue;
        const force = Math.hypot(...predicted.subarray(3 * atom, 3 * atom + 3));
        const factors = [Math.log(distances.atoms[atom]), Math.log(force + forceFloor)];
        for (let component = 3 * atom; component < 3 * atom + 3; component++) {
          forces.push({ error: predicted[component] - (sample.forces?.[component] ?? Number.NaN), factors });
        }
      }
    },
    fit(withForces: boolean): Pick<Calibration, 'energy' | 'forces'> {
      const [energyScale, energyPower] = fitErrors(energies);
      const energy = { scale: energyScale, power: energyPower };
      if (!withForces || forces.length === 0) return { energy };
      const [scale, power, forcePower] = fitErrors(forces);
      return { energy, forces: { scale, power, forcePower, floor: forceFloor } };
    },
  };
}

/** Share of the errors of a normal distribution within one standard deviation. */
const oneSigma = 0.6827;

/** Scale and powers of the law that errors follow. */
function fitErrors(points: readonly ErrorPoint[]): number[] {
  const smallest =
    1e-3 *
    quantile(
      points.map(({ error }) => Math.abs(error)),
      0.5,
    );
  const rows = points.flatMap(({ factors }) => [1, ...factors]);
  const targets = points.map(({ error }) => Math.log(Math.max(Math.abs(error), smallest, Number.MIN_VALUE)));
  const powers = withoutFalling(rows, targets);
  const ratios = points.map(({ error, factors }) => {
    return Math.abs(error) / Math.exp(factors.reduce((sum, factor, index) => sum + factor * powers[index], 0));
  });
  return [Math.max(quantile(ratios, oneSigma), Number.MIN_VALUE), ...powers];
}

/**
 * Powers of the factors, [n], none below 0: a larger distance must never promise a smaller error.  `rows` begin with a
 * 1, [m x (n + 1)].
 */
function withoutFalling(rows: readonly number[], targets: readonly number[]): number[] {
  const width = rows.length / targets.length;
  let used = Array.from({ length: width - 1 }, (_, factor) => factor + 1);
  for (;;) {
    const columns = [0, ...used];
    const matrix = targets.flatMap((_, row) => columns.map((column) => rows[width * row + column]));
    const [, ...fitted] = leastSquares(matrix, targets).solution;
    if (fitted.every((power) => power >= 0)) {
      return Array.from({ length: width - 1 }, (_, factor) => fitted[used.indexOf(factor + 1)] ?? 0);
    }
    used = used.filter((_, index) => fitted[index] >= 0);
  }
}

/** The value below which a share of the values lies. */
function quantile(values: readonly number[], share: number): number {
  const sorted = Float64Array.from(values).sort();
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
}
