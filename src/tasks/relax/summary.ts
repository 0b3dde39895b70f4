import type { RelaxedState, RelaxFailure, RelaxOutcome } from '../../../md/relax/relax-checkpoint.js';
import type { RelaxOptions } from '../../../md/relax/relax-settings.js';
import type { StartSymmetry } from '../../../md/relax/start-symmetry.js';
import { pressureOfStress } from '../../linalg/voigt.js';
import type { Uncertainty } from '../../models/uncertainty.js';
import { GPa } from '../../units.js';
import type { FailedInput } from '../structures/failed-input.js';
import type { Input } from '../structures/load-structure.js';
import { type CellChange, describeCellChange } from './cell-change.js';

/** What became of a structure that was to be relaxed. */
export interface RelaxedInput extends Partial<CellSummary> {
  readonly file: string;
  readonly frame: number;
  readonly converged: boolean;
  readonly steps?: number;
  /** In eV. */
  readonly energy?: number;
  /** In eV/A. */
  readonly fmax?: number;
  readonly pressureGPa?: number;
  readonly head?: string;
  /** Of the energy and the forces, where the calculator knows them. */
  readonly uncertainty?: Uncertainty;
  /** The symmetry that was kept. */
  readonly symmetry?: StartSymmetry;
  readonly error?: RelaxFailure['failure'];
}

/** Of a cell that was relaxed. */
interface CellSummary extends Omit<CellChange, 'before' | 'after'> {
  readonly cell: Pick<CellChange, 'before' | 'after'>;
}

interface About {
  readonly relax: RelaxOptions;
  /** Of each input, where it is kept. */
  readonly symmetries: readonly (StartSymmetry | undefined)[];
}

/** What became of the first inputs, one for each outcome. */
export function summariseRelaxed(
  inputs: readonly Input[],
  outcomes: readonly RelaxOutcome[],
  { relax, symmetries }: About,
): RelaxedInput[] {
  return outcomes.map((outcome, index) => {
    const symmetry = symmetries[index];
    return { ...summaryOf(inputs[index], outcome, relax), ...(symmetry && { symmetry }) };
  });
}

/** Whether a structure could not be relaxed. */
export function isFailed(summary: RelaxedInput): summary is RelaxedInput & FailedInput {
  return summary.error !== undefined;
}

function summaryOf(
  { file, frame, structure }: Input,
  outcome: RelaxedState | RelaxFailure,
  relax: RelaxOptions,
): RelaxedInput {
  if ('failure' in outcome) return { file, frame, converged: false, error: outcome.failure };
  const { converged, step, energy, fmax, cell: relaxedCell } = outcome;
  const { stress, head, uncertainty } = outcome.result;
  const known = { ...(head !== undefined && { head }), ...(uncertainty && { uncertainty }) };
  const summary = { file, frame, converged, steps: step, energy, fmax, ...known };
  const pressure = stress && structure.pbc.every(Boolean) ? { pressureGPa: pressureOfStress(stress) / GPa } : {};
  if (relax.cell === undefined) return { ...summary, ...pressure };
  const about = { cell: relaxedCell, stress, pressureGPa: relax.pressureGPa ?? 0 };
  const { before, after, ...change } = describeCellChange(structure, about);
  return { ...summary, ...pressure, ...change, cell: { before, after } };
}
