import { openRelaxJournal, type RelaxJournal, readRelaxCheckpoint } from '../../../md/relax/relax-checkpoint.js';
import type { TaskContext } from '../context.js';
import { assertDistinct, assertFree, companionPath, resolveOutputPath } from '../structures/output-path.js';
import type { RelaxTaskSettings } from './schema.js';

/** Where the relaxed structures go that begin with those of `input`. */
export function relaxOutputOf(input: string, { out }: RelaxTaskSettings): string {
  return resolveOutputPath({ input, out, suffix: '-relaxed.extxyz', force: true });
}

/** Makes sure that no other process writes the files. */
export async function openRelaxFiles(
  out: string,
  { trajectory, resume }: RelaxTaskSettings,
  { tell }: TaskContext,
): Promise<RelaxJournal> {
  const checkpoint = companionPath(out, '.checkpoint');
  const recorded = resume ? await readRelaxCheckpoint(checkpoint).catch(() => undefined) : undefined; // loading it says what is wrong
  const path = trajectory ?? recorded?.origin.trajectory;
  await assertDistinct({ '`out`': out, 'the checkpoint': checkpoint, '`trajectory`': path });
  const files = path === undefined ? {} : { trajectory: path };
  return openRelaxJournal({ checkpoint, files, outputs: [out], tell });
}

/**
 * Makes sure, before anything is calculated, that nothing is overwritten but what `resume` continues, or `force` gives
 * up.
 *
 * @throws {LammError} `file-exists`.
 */
export function assertRelaxFilesFree(
  out: string,
  { trajectory, force }: RelaxTaskSettings,
  { journal, isResumed }: { readonly journal: RelaxJournal; readonly isResumed: boolean },
): void {
  assertFree(out, force || journal.owns(out));
  if (trajectory !== undefined) assertFree(trajectory, force || isResumed, '`trajectory`');
}
