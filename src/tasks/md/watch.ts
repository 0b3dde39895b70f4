import type { WatchOptions } from '../../../md/record/error-watch.js';
import type { MdCheckpoint } from '../../../md/record/md-checkpoint.js';
import type { WatchSummary } from '../../../md/record/record.js';
import { countOf } from '../../count-of.js';
import { assertSameOptions } from '../../journal/same-run.js';
import type { MdTaskSettings } from './schema.js';

/**
 * How a simulation is watched for what its model does not know: as asked for, or as the one that is resumed was begun,
 * with another limit to stop at if one is given.
 *
 * @throws {LammError} `checkpoint` when anything else is asked for than it was begun with.
 */
export function watchOf(
  { uncertaintyEvery, uncertaintyLimit, uncertaintySave, uncertaintyStop }: MdTaskSettings,
  { logEvery, resumeFrom, checkpoint }: { logEvery: number; resumeFrom?: MdCheckpoint; checkpoint: string },
): WatchOptions | undefined {
  const asked = { uncertaintyEvery, uncertaintyLimit, uncertaintySave, uncertaintyStop };
  if (resumeFrom !== undefined) {
    const { watch } = resumeFrom.settings;
    const { every, keepAbove, save } = watch ?? {};
    const recorded = { uncertaintyEvery: every, uncertaintyLimit: keepAbove, uncertaintySave: save };
    const changeable = watch && { uncertaintyStop: undefined };
    assertSameOptions({ ...asked, ...changeable }, recorded, { file: checkpoint, what: 'simulation' });
    return watch && { ...watch, stopAbove: uncertaintyStop ?? watch.stopAbove };
  }
  if (Object.values(asked).every((value) => value === undefined)) return undefined;
  return {
    every: uncertaintyEvery ?? logEvery,
    keepAbove: uncertaintyLimit ?? uncertaintyStop,
    stopAbove: uncertaintyStop,
    save: uncertaintySave,
  };
}

/** What watching came to, in a sentence. */
export function describeWatch(
  { looks, beyond, largestForce, largestStep, energyPerAtom, unlikeMost }: WatchSummary,
  save?: string,
): string {
  const force =
    largestForce > 0 ? `, force components at most ${largestForce.toPrecision(3)} eV/A (step ${largestStep})` : '';
  const frames = `${countOf(beyond, 'frame')} of ${looks} beyond the limit${save === undefined ? '' : `, in ${save}`}`;
  return `energy +- ${(1000 * energyPerAtom).toPrecision(3)} meV/atom on average${force}, at most ${countOf(unlikeMost, 'atom')} unlike the training; ${frames}`;
}

/**
 * Why a simulation ended before its last step, and how it goes on; undefined when it was not stopped by what it does
 * not know.
 */
export function describeStop(
  { stopped }: WatchSummary,
  { step, save }: { readonly step: number; readonly save?: string },
): string | undefined {
  if (stopped === undefined) return undefined;
  const label = save === undefined ? '' : `, or learn from ${save} with labels of your own first`;
  return `stopped at step ${step}: a force component is expected to be off by ${stopped.force.toPrecision(3)} eV/A, more than the ${stopped.limit} eV/A of \`uncertaintyStop\`; \`resume\` with a higher one goes on${label}`;
}
