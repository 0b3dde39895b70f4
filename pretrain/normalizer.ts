import type { Sample } from './dataset/sample.js';
import { type ReferenceEnergies, referenceEnergyOf } from './reference-energies.js';

/** Turns labels into the dimensionless numbers that a model learns, and back. */
export interface Normalizer {
  readonly references: ReferenceEnergies;
  /** eV for one unit of normalised energy. */
  readonly energyScale: number;
  /** eV/A for one unit of normalised force. */
  readonly forceScale: number;
}

/** Whether an energy error counts whole or divided by the number of atoms. */
export type EnergyReduction = 'total' | 'per-atom';

/**
 * Measures the scales: the standard deviation of the energy left after the references, of the structure or per atom as
 * the loss will count it, and the root mean square of the force components.  A scale without data is 1.
 *
 * @see Shoghi et al., arXiv 2310.16802 (JMP), section 4.
 */
export function fitNormalizer(
  samples: readonly Sample[],
  references: ReferenceEnergies,
  energyReduction: EnergyReduction,
): Normalizer {
  const residuals: number[] = [];
  let squareSum = 0;
  let componentCount = 0;
  for (const { structure, energy, forces } of samples) {
    if (energy !== undefined) {
      const divisor = energyReduction === 'per-atom' ? structure.numbers.length : 1;
      residuals.push((energy - referenceEnergyOf(references, structure)) / divisor);
    }
    for (const component of forces ?? []) squareSum += component ** 2;
    componentCount += forces?.length ?? 0;
  }
  return {
    references,
    energyScale: positiveOr1(standardDeviation(residuals)),
    forceScale: positiveOr1(Math.sqrt(squareSum / componentCount)),
  };
}

/** (energy - references) / scale. */
export function normalizedEnergy(normalizer: Normalizer, structure: Sample['structure'], energy: number): number {
  return (energy - referenceEnergyOf(normalizer.references, structure)) / normalizer.energyScale;
}

/** Total energy in eV from a normalised one. */
export function physicalEnergy(normalizer: Normalizer, structure: Sample['structure'], normalized: number): number {
  return normalized * normalizer.energyScale + referenceEnergyOf(normalizer.references, structure);
}

function standardDeviation(values: readonly number[]): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
}

/** Spreads below 1e-9 eV are rounding of labels that the references explain entirely. */
function positiveOr1(scale: number): number {
  return scale > 1e-9 ? scale : 1;
}
