import { GPa } from '../../src/units.js';

/**
 * Quantities whose errors are reported: energy per atom (eV/atom), components of forces (eV/A), stress (eV/A^3) and
 * noise (A).
 */
export type ErrorQuantity = 'energy' | 'forces' | 'stress' | 'noise';

/** Sums over errors of one quantity. */
interface ErrorSum {
  count: number;
  absolute: number;
  square: number;
}

/** Sums over the errors of a set of samples. */
export type ErrorSums = Readonly<Record<ErrorQuantity, ErrorSum>>;

/** Errors of one quantity in the units of its labels. */
export interface QuantityErrors {
  /** Number of values compared. */
  readonly count: number;
  readonly mae: number;
  readonly rmse: number;
}

/** Errors by quantity; a quantity without labels is absent. */
export type ErrorSummary = Readonly<Partial<Record<ErrorQuantity, QuantityErrors>>>;

const quantities: readonly ErrorQuantity[] = ['energy', 'forces', 'stress', 'noise'];

export function createErrorSums(): ErrorSums {
  const zero = () => ({ count: 0, absolute: 0, square: 0 });
  return { energy: zero(), forces: zero(), stress: zero(), noise: zero() };
}

/** Adds one error to the sums in place. */
export function addError(sums: ErrorSums, quantity: ErrorQuantity, error: number): void {
  const sum = sums[quantity];
  sum.count++;
  sum.absolute += Math.abs(error);
  sum.square += error * error;
}

/** Mean absolute and root mean square errors. */
export function summarizeErrors(sums: ErrorSums): ErrorSummary {
  return Object.fromEntries(
    quantities
      .filter((quantity) => sums[quantity].count > 0)
      .map((quantity) => {
        const { count, absolute, square } = sums[quantity];
        return [quantity, { count, mae: absolute / count, rmse: Math.sqrt(square / count) }];
      }),
  );
}

/** The errors under names that carry their units: meV/atom, meV/A, GPa, A. */
export function errorRecord({ energy, forces, stress, noise }: ErrorSummary): Record<string, number> {
  return {
    ...(energy && { energyMaeMeVPerAtom: 1000 * energy.mae, energyRmseMeVPerAtom: 1000 * energy.rmse }),
    ...(forces && { forceMaeMeVPerA: 1000 * forces.mae, forceRmseMeVPerA: 1000 * forces.rmse }),
    ...(stress && { stressMaeGPa: stress.mae / GPa, stressRmseGPa: stress.rmse / GPa }),
    ...(noise && { noiseMaeA: noise.mae, noiseRmseA: noise.rmse }),
  };
}
