import { z } from 'zod';
import type { Calculator } from '../../calculators/calculator.js';
import { withExpectedErrors } from '../../calculators/labelled-structure.js';
import { LammError } from '../../src/errors.js';
import type { Uncertainty } from '../../src/models/uncertainty.js';
import { largestOf } from '../../src/statistics/extremes.js';
import type { AtomicSystem, Structure } from '../../src/structure/structure.js';
import type { MdState } from '../state/state.js';
import type { RememberingCalculator } from './last-result.js';

export const watchSchema = z.strictObject({
  /** Steps between looks at the errors to expect. */
  every: z.int().min(1),
  /**
   * Error of a component of a force, eV/A, beyond which a frame is kept; where it is absent, those with atoms unlike
   * the training are.
   */
  keepAbove: z.number().positive().optional(),
  /** Error of a component of a force, eV/A, beyond which the simulation stops. */
  stopAbove: z.number().positive().optional(),
  /** Where frames are kept. */
  save: z.string().optional(),
});

/** How a simulation is watched for what its model does not know. */
export type WatchOptions = Readonly<z.infer<typeof watchSchema>>;

export const watchTallySchema = z.strictObject({
  looks: z.int().min(0),
  /** Looks at frames that are to be kept. */
  beyond: z.int().min(0),
  /** Largest error of a component of a force so far, eV/A, and its step. */
  largestForce: z.number(),
  largestStep: z.int().min(0),
  /** Sum of those of the energy over the looks, eV/atom. */
  energySum: z.number(),
  /** Most atoms unlike the training at one look. */
  unlikeMost: z.int().min(0),
});

/** What all looks came to, part of a checkpoint. */
export type WatchTally = z.infer<typeof watchTallySchema>;

/** What the model expects to be off at one step. */
export interface Look {
  readonly step: number;
  /** eV/atom. */
  readonly energyPerAtom: number;
  /** Largest of the components of all forces, eV/A; absent where the head learned none. */
  readonly largestForce?: number;
  readonly unlikeAtoms: number;
  /** Whether the frame is to be kept. */
  readonly isBeyond: boolean;
  /** Whether the simulation is to stop. */
  readonly isTooFar: boolean;
  /** Puts the errors into a frame of this step. */
  label(frame: Structure): Structure;
}

export interface ErrorWatch {
  readonly tally: Readonly<WatchTally>;
  /** Looks at the present state, where it is time; counts nothing yet. */
  look(state: MdState): Promise<Look | undefined>;
  /** Counts a look. */
  add(look: Look): void;
}

/**
 * Watches the errors that the calculator of a simulation expects of itself in its states; see `assertWatchable`.  They
 * come from the results of the steps.
 */
export function createErrorWatch(
  options: WatchOptions,
  calculator: RememberingCalculator,
  from?: WatchTally,
): ErrorWatch {
  const tally: WatchTally = from
    ? { ...from }
    : { looks: 0, beyond: 0, largestForce: 0, largestStep: 0, energySum: 0, unlikeMost: 0 };
  return {
    tally,
    async look(state) {
      if (state.step % options.every !== 0) return undefined;
      const uncertainty = await calculator.uncertaintyOf?.(state, await calculator.resultOf(state));
      return uncertainty && judge(uncertainty, state.step, options);
    },
    add({ step, energyPerAtom, largestForce = 0, unlikeAtoms, isBeyond }) {
      tally.looks++;
      tally.energySum += energyPerAtom;
      tally.beyond += Number(isBeyond);
      tally.unlikeMost = Math.max(tally.unlikeMost, unlikeAtoms);
      if (largestForce <= tally.largestForce) return;
      tally.largestForce = largestForce;
      tally.largestStep = step;
    },
  };
}

function judge(uncertainty: Uncertainty, step: number, { keepAbove, stopAbove }: WatchOptions): Look {
  const { energyPerAtom, forces, unlike } = uncertainty;
  const largestForce = forces && largestOf(forces);
  const unlikeAtoms = unlike.reduce((sum, mark) => sum + mark, 0);
  const exceeds = (limit: number) => largestForce !== undefined && largestForce > limit;
  return {
    ...{ step, energyPerAtom, largestForce, unlikeAtoms },
    isBeyond: keepAbove === undefined ? unlikeAtoms > 0 : exceeds(keepAbove),
    isTooFar: stopAbove !== undefined && exceeds(stopAbove),
    label: (frame) => withExpectedErrors(frame, uncertainty),
  };
}

/** @throws {LammError} `missing-property` when a calculator cannot be watched as asked. */
export function assertWatchable(
  { keepAbove, stopAbove }: WatchOptions,
  { name, capabilities }: Pick<Calculator, 'name' | 'capabilities'>,
  system: AtomicSystem,
): void {
  const choice = capabilities.headFor?.(system);
  const needsForces = keepAbove !== undefined || stopAbove !== undefined;
  if (choice?.knownErrors === 'forces' || (choice?.knownErrors === 'energy' && !needsForces)) return;
  const expected = `how far its ${needsForces ? 'forces' : 'results'} may be off`;
  const actual = choice === undefined ? name : `the head ${choice.name} of ${name}`;
  throw new LammError(
    'missing-property',
    `expected a calculator that knows ${expected}, found ${actual}, which does not; take lamm-s, or a model of lamm pretrain or lamm finetune, which measure that`,
    { quantity: 'uncertainty', expected, actual },
  );
}
