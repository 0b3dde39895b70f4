import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { z } from 'zod';
import { writeFileAtomic } from '../io/bytes/atomic-file.js';
import { shortName } from '../io/bytes/temporary-file.js';
import { formatState, parseState, type StateKind } from './state-file.js';

// A run that has ended well leaves a small file .NAME.done where its checkpoint was: it tells results of that very run
// from any others, so that a run that is complete can be resumed, too, and says no more than that.

/** What stands in the file. */
interface Conclusion<Outcome> {
  readonly outcome: Outcome;
  /** SHA-256 of the files that the run has left, by their paths from the folder of the checkpoint. */
  readonly files: Readonly<Record<string, string>>;
}

/**
 * Keeps what a run came to that has left `files`; nothing where one of them is not there to be looked at again, such as
 * a device.
 */
export async function saveConclusion<Outcome>(
  checkpoint: string,
  kind: StateKind<Outcome>,
  { outcome, files }: { readonly outcome: Outcome; readonly files: readonly string[] },
): Promise<void> {
  const digests: Record<string, string> = {};
  for (const file of files) {
    const digest = await digestOf(file);
    if (digest === undefined) return;
    digests[relative(dirname(checkpoint), file)] = digest;
  }
  await writeFileAtomic(pathOf(checkpoint), formatState(conclusionOf(kind), { outcome, files: digests }));
}

/** What the run of a checkpoint came to; undefined when none has ended, or its files are others by now. */
export async function loadConclusion<Outcome>(
  checkpoint: string,
  kind: StateKind<Outcome>,
): Promise<Outcome | undefined> {
  const file = pathOf(checkpoint);
  try {
    const { outcome, files } = parseState(await readFile(file), conclusionOf(kind), { file });
    for (const [path, digest] of Object.entries(files))
      if ((await digestOf(join(dirname(checkpoint), path))) !== digest) return undefined;
    return outcome;
  } catch {
    return undefined; // it is not there, or damaged: as if it had not been kept
  }
}

function pathOf(checkpoint: string): string {
  return join(dirname(checkpoint), `.${shortName(checkpoint)}.done`);
}

function conclusionOf<Outcome>(kind: StateKind<Outcome>): StateKind<Conclusion<Outcome>> {
  const schema = z.strictObject({ outcome: kind.schema, files: z.record(z.string(), z.string()) });
  return { ...kind, schema };
}

/** Undefined for what is not a file. */
async function digestOf(path: string): Promise<string | undefined> {
  const stats = await stat(path).catch(() => undefined);
  if (stats?.isFile() !== true) return undefined;
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path, { highWaterMark: 2 ** 20 })) hash.update(chunk);
  return hash.digest('hex');
}
