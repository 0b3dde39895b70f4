import type { CalculationResult, Calculator } from '../../calculators/calculator.js';
import { LammError } from '../../src/errors.js';
import { withoutResults } from '../../src/io/result-keys.js';
import { maxRowNorm } from '../../src/linalg/rows.js';
import type { AtomicSystem, Structure, SystemReference } from '../../src/structure/structure.js';
import { constrained, createRestraint, isHeld, type Restraint } from '../state/constraints.js';
import { asInstability } from '../state/stability.js';
import { type CellTargetOptions, cellTarget } from './cell-target.js';
import { createOptimizer, type OptimizerState } from './optimizer.js';
import { type RelaxOptions, resolveRelaxOptions } from './relax-settings.js';
import { symmetricStart } from './start-symmetry.js';
import { createSymmetrized } from './symmetrized.js';
import { atomsTarget, type RelaxTarget } from './target.js';

/** Where a relaxation is and what its optimiser remembers: enough to go on. */
export interface RelaxPoint {
  readonly step: number;
  /** Positions and rows of the cell, [rows x 3]. */
  readonly coordinates: Float64Array;
  readonly optimizerState: OptimizerState;
  /** Where lists of the atoms were made, where the calculator keeps them. */
  readonly reference?: SystemReference;
}

/** A point of a relaxation and its forces; the next step overwrites `system`, `coordinates` and `optimizerState`. */
export interface RelaxFrame extends RelaxPoint {
  /** Energy in eV. */
  readonly energy: number;
  /** Length in eV/A of the largest force that may move something. */
  readonly fmax: number;
  /** Largest component in GPa of the stress that may still change the cell, where it is relaxed. */
  readonly smaxGPa?: number;
  readonly converged: boolean;
  /** Whether there are no more steps: it converged, or did as many as it may. */
  readonly isLast: boolean;
  readonly system: AtomicSystem;
  readonly result: CalculationResult;
}

export interface RelaxResult extends RelaxFrame {
  /** The input at its new positions with what held its atoms, without labels: these belonged to the old ones. */
  readonly structure: Structure;
}

/**
 * Relaxes a structure to its nearest minimum; not converging is a result, see `converged`.
 *
 * @throws {LammError} `usage` for options out of range; what the calculator throws.
 */
export async function relax(
  structure: Structure,
  calculator: Calculator,
  options: RelaxOptions = {},
): Promise<RelaxResult> {
  const frames = relaxSteps(structure, calculator, options);
  for (;;) {
    const next = await frames.next();
    if (next.done) return next.value;
  }
}

/**
 * Relaxes a structure step by step: yields each point from the start (or `from` an earlier run) on, returns the last
 * with its structure.
 *
 * @throws {LammError} `usage` for options out of range; what the calculator throws.
 */
export async function* relaxSteps(
  structure: Structure,
  calculator: Calculator,
  { from, ...options }: RelaxOptions & { readonly from?: RelaxPoint } = {},
): AsyncGenerator<RelaxFrame, RelaxResult, void> {
  const resolved = resolveRelaxOptions(options);
  const { optimizer, fmax, smaxGPa, maxSteps, constraints, symmetry, symmetryTolerance, ...cellOptions } = resolved;
  const restraint = createRestraint(structure, { constraints });
  if (symmetry) assertUnheld(restraint);
  const keeping = { tolerance: symmetryTolerance, strainMask: cellOptions.strainMask };
  const start = symmetry ? symmetricStart(structure, symmetryTolerance) : structure;
  const target = createTarget(start, symmetry ? createSymmetrized(calculator, start, keeping) : calculator, {
    restraint,
    ...cellOptions,
  });
  const { coordinates } = target;
  if (from) coordinates.set(from.coordinates);
  if (from?.reference) target.system.reference = from.reference;
  const { move, state: optimizerState } = createOptimizer(optimizer, target, from?.optimizerState);
  for (let step = from?.step ?? 0; ; step++) {
    const { forces, result, smaxGPa: stressLeft } = await evaluateAt(target, step);
    const largest = maxRowNorm(forces);
    const converged = largest < fmax && (stressLeft === undefined || stressLeft < smaxGPa);
    const frame = {
      step,
      coordinates,
      optimizerState,
      ...(target.system.reference && { reference: target.system.reference }),
      energy: result.energy,
      fmax: largest,
      ...(stressLeft !== undefined && { smaxGPa: stressLeft }),
      converged,
      isLast: converged || step === maxSteps,
      system: target.system,
      result,
    };
    yield frame;
    if (frame.isLast)
      return { ...frame, structure: relaxedStructure(constrained(structure, constraints), target.system) };
    move(forces);
  }
}

function createTarget(
  structure: Structure,
  calculator: Calculator,
  { cell, restraint, ...options }: Pick<RelaxOptions, 'cell'> & Omit<CellTargetOptions, 'filter'>,
): RelaxTarget {
  if (cell) return cellTarget(structure, calculator, { filter: cell, restraint, ...options });
  return atomsTarget(structure, calculator, restraint);
}

function assertUnheld(restraint: Restraint): void {
  if (!isHeld(restraint)) return;
  const message =
    'symmetry: fixed atoms would break it, as others that are equivalent may move; free them, or leave symmetry out';
  throw new LammError('usage', message, { quantity: 'symmetry' });
}

async function evaluateAt(target: RelaxTarget, step: number): ReturnType<RelaxTarget['evaluate']> {
  try {
    return await target.evaluate();
  } catch (error) {
    throw step === 0 ? error : asInstability(error, step);
  }
}

/** The input at the positions and in the cell of `system`, without results: these belonged to the old ones. */
export function relaxedStructure(structure: Structure, { positions, cell }: AtomicSystem): Structure {
  return { ...withoutResults(structure), positions: positions.slice(), cell: cell.slice() };
}
