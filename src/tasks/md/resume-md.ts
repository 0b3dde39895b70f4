import { dirname, join, relative } from 'node:path';
import { type MdCheckpoint, type MdJournal, readMdCheckpoint } from '../../../md/record/md-checkpoint.js';
import { loadResumePoint } from '../../../md/record/record.js';
import type { MdOptions } from '../../../md/settings.js';
import type { TaskContext } from '../context.js';
import { findResumePoint, namedOrigin, originOf, type RunOrigin } from '../resume.js';
import type { MdTaskSettings } from './schema.js';

/** What a new simulation is made of, with the calculator that is taken when none is named. */
export function mdOriginOf(given: MdTaskSettings): RunOrigin {
  return originOf(given, othersOf(given));
}

function othersOf({ supercell }: MdTaskSettings) {
  return { supercell: supercell?.join() };
}

/** What is written when all is done. */
const endNames = ['out', 'report', 'viewer'] as const;
type AtEnd = Pick<MdTaskSettings, (typeof endNames)[number]>;

/** Of the settings, what is written when all is done: paths from where the checkpoint is. */
export function atEndOf(given: MdTaskSettings, checkpoint: string): Readonly<Record<string, string>> {
  return mapPaths(given, (path) => relative(dirname(checkpoint), path));
}

/**
 * What a simulation was begun to write when all is done; nothing where no checkpoint can be read, of which loading it
 * says what is wrong.
 */
export async function recordedAtEnd(checkpoint: string): Promise<AtEnd> {
  const recorded = await readMdCheckpoint(checkpoint).catch(() => undefined);
  return mapPaths(recorded?.settings.atEnd ?? {}, (path) => join(dirname(checkpoint), path));
}

function mapPaths(paths: AtEnd, map: (path: string) => string): Record<string, string> {
  const entries = endNames.flatMap((name) => {
    const path = paths[name];
    return path === undefined ? [] : [[name, map(path)] as const];
  });
  return Object.fromEntries(entries);
}

/**
 * The checkpoint to go on from; undefined when there is none and all is said that a new simulation needs.
 *
 * @throws {LammError} `checkpoint` when it is damaged, or something else is asked for than it was begun with.
 */
export async function findMdResumePoint(
  journal: MdJournal,
  { given, md }: { readonly given: MdTaskSettings; readonly md: Partial<MdOptions> },
  context: TaskContext,
): Promise<MdCheckpoint | undefined> {
  const { trajectoryEvery, logEvery, resultKeys, calculator, model, ensemble, timestepFs, temperatureK } = given;
  const settings = { trajectoryEvery, logEvery, resultKeys, origin: namedOrigin(given, othersOf(given)) };
  return findResumePoint(
    {
      file: journal.path,
      load: () => loadResumePoint(journal, { md, settings }),
      needed: { steps: given.steps, calculator: model ?? calculator, ensemble, timestepFs, temperatureK },
      describe: ({ progress }) => {
        const { step = 0 } = progress ?? {};
        if (step !== md.steps) return `going on from step ${step} of ${journal.path}`;
        return `${journal.path} is at step ${step} already; \`steps\` is the total, those before it included`;
      },
    },
    context,
  );
}
