import { createHash, randomUUID } from 'node:crypto';
import { readdir, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { fateOf, type ProcessIdentity, thisProcess } from '../../process-identity.js';

// A file is written as .NAME.PLACE-PID.RANDOM.tmp beside its name: whoever finds one can tell whether its writer still
// runs.
const namePattern = /^\..+\.([0-9a-f]{8})-(\d+)\.[0-9a-f]{8}\.tmp$/;
/**
 * Milliseconds without a write after which the file of a writer elsewhere, or of one that cannot be asked after, is
 * given up.
 */
const patienceMs = 24 * 3600_000;
const maxNameBytes = 200;

/** The name under which this process writes a file before it is whole. */
export function temporaryName(path: string): string {
  const { pid } = thisProcess();
  return join(dirname(path), `.${shortName(path)}.${placeOf(thisProcess())}-${pid}.${randomUUID().slice(0, 8)}.tmp`);
}

/** The name of a file within its folder, cut so that more can be added to it. */
export function shortName(path: string): string {
  let name = basename(path);
  while (Buffer.byteLength(name) > maxNameBytes) name = name.slice(0, -1);
  return name;
}

/** Removes the temporary files in a folder whose writers have ended without renaming them. */
export async function removeAbandoned(folder: string): Promise<void> {
  for (const name of await readdir(folder).catch(() => [])) {
    const [, place, pid] = namePattern.exec(name) ?? [];
    if (pid === undefined) continue;
    const path = join(folder, name);
    const hasEnded =
      place === placeOf(thisProcess()) && fateOf({ ...thisProcess(), pid: Number(pid), began: undefined }) === 'ended';
    if (hasEnded || (await isForgotten(path))) await rm(path, { force: true }).catch(() => undefined); // it may be another user's
  }
}

async function isForgotten(path: string): Promise<boolean> {
  const stats = await stat(path).catch(() => undefined);
  return stats !== undefined && Date.now() - stats.mtimeMs > patienceMs;
}

/** Machine, boot and namespace of a process, in short. */
function placeOf({ host, place }: ProcessIdentity): string {
  return createHash('sha256').update(`${host} ${place}`).digest('hex').slice(0, 8);
}
