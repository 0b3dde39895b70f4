import { LammError } from '../../src/errors.js';
import type { Constraint } from '../state/constraints.js';

export const optimizerNames = ['lbfgs', 'fire', 'bfgs', 'cg'] as const;
export type OptimizerName = (typeof optimizerNames)[number];

/**
 * How the cell becomes further rows of coordinates, with F the deformation gradient from the start (cell = start F^T):
 * `unit-cell` takes F itself times the number of atoms, `exp-cell` its matrix logarithm; `strain` moves the cell alone, the atoms keep their place
 * in it, and takes the strains F - 1 in two rows: xx yy zz and twice yz xz xy.
 */
export const cellFilters = ['unit-cell', 'exp-cell', 'strain'] as const;
export type CellFilter = (typeof cellFilters)[number];

/** What of the cell may change; everything when absent. */
export interface CellFreedom {
  /** The volume alone, not the shape. */
  readonly hydrostatic?: boolean;
  /** The shape alone; `exp-cell` keeps the volume exactly, the others to first order in a step. */
  readonly constantVolume?: boolean;
  /** 1 for each strain that may change, otherwise 0, [6]: xx yy zz yz xz xy. */
  readonly strainMask?: readonly number[];
}

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

/**
 * @throws {LammError} `usage` for a mask that is not six times 0 or 1, or freedoms that leave nothing.
 */
function assertCellFreedom({ hydrostatic, constantVolume, strainMask }: CellFreedom): void {
  if (strainMask && !(strainMask.length === 6 && strainMask.every((value) => value === 0 || value === 1))) {
    const message = `expected six times 0 or 1 for xx,yy,zz,yz,xz,xy, found ${strainMask.join()}`;
    throw new LammError('usage', message, { quantity: 'strainMask' });
  }
  if (!hydrostatic || !constantVolume) return;
  const message = 'hydrostatic and constant volume together leave nothing of the cell to relax; choose one';
  throw new LammError('usage', message, { quantity: 'cell' });
}
