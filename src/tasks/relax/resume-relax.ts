import { loadRelaxCheckpoint, type RelaxCheckpoint, type RelaxJournal } from '../../../md/relax/relax-checkpoint.js';
import type { RelaxOptions } from '../../../md/relax/relax-settings.js';
import { countOf } from '../../count-of.js';
import type { TaskContext } from '../context.js';
import { findResumePoint, namedOrigin, originOf, type RunOrigin } from '../resume.js';
import type { Input } from '../structures/load-structure.js';
import type { RelaxTaskSettings } from './schema.js';

/** What a new relaxation is made of, with the calculator that is taken when none is named. */
export function relaxOriginOf(given: RelaxTaskSettings): RunOrigin {
  return originOf(given, othersOf(given));
}

/** What of the settings belongs to the origin besides the calculator. */
export function othersOf({ trajectory, resultKeys }: RelaxTaskSettings) {
  return { trajectory, resultKeys };
}

export interface RelaxRequest {
  readonly inputs: readonly Input[];
  readonly given: RelaxTaskSettings;
  /** What of it says how structures are relaxed. */
  readonly relax: RelaxOptions;
}

/**
 * The checkpoint to go on from; undefined when there is none and all is said that a new relaxation needs.
 *
 * @throws {LammError} `checkpoint` when it is damaged, or something else is asked for than it was begun with.
 */
export async function findRelaxResumePoint(
  journal: RelaxJournal,
  { inputs, given, relax }: RelaxRequest,
  context: TaskContext,
): Promise<RelaxCheckpoint | undefined> {
  const { batchAtoms, calculator, model } = given;
  const structures = inputs.map(({ structure }) => structure);
  const asked = { ...relax, batchAtoms, ...namedOrigin(given, othersOf(given)) };
  return findResumePoint(
    {
      file: journal.path,
      load: () => loadRelaxCheckpoint(journal, { structures, asked }),
      needed: { calculator: model ?? calculator, fmax: relax.fmax },
      describe: (checkpoint) => describePoint(checkpoint, inputs),
    },
    context,
  );
}

function describePoint({ underWay, finished }: RelaxCheckpoint, inputs: readonly Input[]): string {
  if (underWay.length === 0) return `going on behind ${finished.length} of ${countOf(inputs.length, 'structure')}`;
  const [{ index, point }, ...others] = underWay;
  const { file, frame } = inputs[index];
  const more = others.length > 0 ? ` and ${others.length} more` : '';
  return `going on from step ${point.step} of ${file}, frame ${frame}${more}`;
}
