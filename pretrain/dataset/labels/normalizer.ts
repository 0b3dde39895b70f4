import type { TrainingOptions } from '../../config/pretrain-config.js';
import type { Sample } from '../sample/sample.js';
import { type ReferenceEnergies, referenceEnergyOf } from './reference-energies.js';

/** Turns labels into the dimensionless numbers that a model learns. */
export interface Normalizer {
  readonly references: ReferenceEnergies;
  /** eV for one unit of normalised energy. */
  readonly energyScale: number;
  /** eV/A for one unit of normalised force. */
  readonly forceScale: number;
  /** eV/A^3 for one unit of normalised stress. */
  readonly stressScale: number;
}

/** Whether an energy error counts whole or divided by the number of atoms. */
export type EnergyReduction = TrainingOptions['energyReduction'];

/**
 * Measures the scales: the standard deviation of the energy left after the references, of the structure or per atom as
 * the loss will count it, and the root mean squares of the components of forces and stress.  A scale without data is 1.
 *
 * @see Shoghi et al., arXiv 2310.16802 (JMP), section 4.
 */
export function fitNormalizer(
  samples: Iterable<Sample>,
  references: ReferenceEnergies,
  energyReduction: EnergyReduction,
): Normalizer {
  function* residuals(): Generator<number> {
    for (const { structure, energy } of samples) {
      if (energy === undefined) continue;
      const divisor = energyReduction === 'per-atom' ? structure.numbers.length : 1;
      yield (energy - referenceEnergyOf(references, structure)) / divisor;
    }
  }
  return {
    references,
    energyScale: positiveOr1(standardDeviation(residuals)),
    forceScale: positiveOr1(rootMeanSquare(samples, ({ forces }) => forces)),
    stressScale: positiveOr1(rootMeanSquare(samples, ({ stress }) => stress)),
  };
}

/** Of the components of one label. */
function rootMeanSquare(samples: Iterable<Sample>, labelOf: (sample: Sample) => Float64Array | undefined): number {
  let [squareSum, componentCount] = [0, 0];
  for (const sample of samples) {
    const label = labelOf(sample);
    if (label === undefined) continue;
    for (const component of label) squareSum += component ** 2;
    componentCount += label.length;
  }
  return Math.sqrt(squareSum / componentCount);
}

/** (energy - references) / scale. */
export function normalizedEnergy(normalizer: Normalizer, structure: Sample['structure'], energy: number): number {
  return (energy - referenceEnergyOf(normalizer.references, structure)) / normalizer.energyScale;
}

/** In two passes: the mean, then what is left. */
function standardDeviation(values: () => Iterable<number>): number {
  let [sum, squareSum, count] = [0, 0, 0];
  for (const value of values()) {
    sum += value;
    count++;
  }
  for (const value of values()) squareSum += (value - sum / count) ** 2;
  return Math.sqrt(squareSum / count);
}

/** Spreads below 1e-9 eV are rounding of labels that the references explain entirely. */
function positiveOr1(scale: number): number {
  return scale > 1e-9 ? scale : 1;
}
