import { LammError } from '../../src/errors.js';
import type { Constraint } from '../state/constraints.js';
import { assertCellFreedom, type CellFilter, type CellFreedom } from './cell-freedom.js';

export const optimizerNames = ['lbfgs', 'fire', 'bfgs', 'cg'] as const;
export type OptimizerName = (typeof optimizerNames)[number];

export interface RelaxOptions extends CellFreedom {
  readonly optimizer?: OptimizerName;
  /** Converged when no atom feels more than this, in eV/A. */
  readonly fmax?: number;
  readonly maxSteps?: number;
  /** Relax the cell as well; by default it stays as it is. */
  readonly cell?: CellFilter;
  /** Pressure to relax the cell under, in GPa. */
  readonly pressureGPa?: number;
  /** What may not move, besides the fixed coordinates of the structure. */
  readonly constraints?: readonly Constraint[];
  /** Keep the symmetry of the start. */
  readonly symmetry?: boolean;
}

type Optional = 'cell' | keyof CellFreedom;
type ResolvedRelaxOptions = Required<Omit<RelaxOptions, Optional>> & Pick<RelaxOptions, Optional>;

/** Applies defaults and checks ranges. */
export function resolveRelaxOptions(options: RelaxOptions): ResolvedRelaxOptions {
  const resolved = {
    optimizer: options.optimizer ?? 'lbfgs',
    fmax: options.fmax ?? 0.05,
    maxSteps: options.maxSteps ?? 1000,
    cell: options.cell,
    pressureGPa: options.pressureGPa ?? 0,
    constraints: options.constraints ?? [],
    symmetry: options.symmetry ?? false,
    hydrostatic: options.hydrostatic,
    constantVolume: options.constantVolume,
    strainMask: options.strainMask,
  };
  assertCellFreedom(resolved);
  if (!(resolved.fmax > 0))
    throw new LammError('usage', `fmax: expected a force above 0 eV/A, found ${resolved.fmax}`, { quantity: 'fmax' });
  if (!Number.isInteger(resolved.maxSteps) || resolved.maxSteps < 0) {
    throw new LammError('usage', `max-steps: expected a whole number of at least 0, found ${resolved.maxSteps}`, {
      quantity: 'maxSteps',
    });
  }
  if (!Number.isFinite(resolved.pressureGPa)) {
    throw new LammError('usage', `pressure: expected a finite number of GPa, found ${resolved.pressureGPa}`, {
      quantity: 'pressure',
    });
  }
  return resolved;
}
