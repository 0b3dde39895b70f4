import { z } from 'zod';
import { identityOf, type RelaxJournal } from '../../../md/relax/relax-checkpoint.js';
import type { RelaxOptions } from '../../../md/relax/relax-settings.js';
import { assertSameOptions } from '../../journal/same-run.js';
import type { StateKind } from '../../journal/state-file.js';
import type { TaskContext } from '../context.js';
import { namedOrigin, type RunOrigin } from '../resume.js';
import { othersOf, type RelaxRequest } from './resume-relax.js';
import type { RelaxedInput } from './summary.js';

/** What relaxations came to that all came to their end. */
export interface CompleteRelaxation {
  readonly summaries: readonly RelaxedInput[];
  /** Whether cells were relaxed too. */
  readonly withCell: boolean;
  readonly calculator: { readonly name: string; readonly conservative: boolean };
  readonly trajectory?: string;
  readonly seconds: number;
}

const isRecord = (value: unknown) => typeof value === 'object' && value !== null;

const completeSchema = z.strictObject({
  /** Fingerprint of all structures. */
  structures: z.string(),
  /** All that was asked for, by its settings. */
  asked: z.record(z.string(), z.unknown()),
  relaxed: z.custom<CompleteRelaxation>(isRecord),
});

const completeKind: StateKind<z.infer<typeof completeSchema>> = {
  name: 'relax-complete',
  version: 1,
  title: 'what lamm relax came to',
  schema: completeSchema,
};

interface Concluded extends Pick<RelaxRequest, 'inputs'> {
  readonly relax: RelaxOptions;
  readonly origin: RunOrigin;
  readonly batchAtoms?: number;
  readonly relaxed: CompleteRelaxation;
}

/** Ends relaxations whose results are in place; `findComplete` knows them from then on. */
export async function concludeRelaxed(
  journal: RelaxJournal,
  { inputs, relax, origin, batchAtoms, relaxed }: Concluded,
): Promise<void> {
  const structures = identityOf(inputs.map(({ structure }) => structure));
  await journal.conclude(completeKind, { structures, asked: { ...relax, ...origin, batchAtoms }, relaxed });
}

/**
 * What the relaxations came to that are asked for, when they are complete and their results are where they were left.
 *
 * @throws {LammError} `checkpoint` when something else is asked for than they were done with.
 */
export async function findComplete(
  journal: RelaxJournal,
  { inputs, given, relax }: RelaxRequest,
  { out, tell }: { readonly out: string } & Pick<TaskContext, 'tell'>,
): Promise<CompleteRelaxation | undefined> {
  const complete = await journal.conclusion(completeKind);
  if (complete?.structures !== identityOf(inputs.map(({ structure }) => structure))) return undefined;
  const asked = { ...relax, batchAtoms: given.batchAtoms, ...namedOrigin(given, othersOf(given)) };
  assertSameOptions(asked, complete.asked, { file: out, what: 'relaxation' });
  tell?.(`${out} is complete already: nothing was left to do`);
  const { relaxed } = complete;
  const summaries = relaxed.summaries.map((summary, index) => {
    const { file, frame } = inputs[index];
    return { ...summary, file, frame };
  });
  return { ...relaxed, summaries };
}
