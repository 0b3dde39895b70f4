import type { Command } from 'commander';
import { countOf } from '../../count-of.js';
import { runDataSplitTask, type WrittenPart } from '../../tasks/data/split/run.js';
import { dataSplitTask } from '../../tasks/data/split/schema.js';
import { givenSettings } from '../input/setting-options.js';
import { print, printJson, remark } from '../output/output.js';

/** Runs `lamm data split` for files. */
export async function dataSplit(
  paths: readonly string[],
  { json }: { readonly json?: boolean },
  command: Command,
): Promise<void> {
  const events = runDataSplitTask(paths, await givenSettings(command, dataSplitTask), { tell: remark });
  const parts: WrittenPart[] = [];
  let next = await events.next();
  for (; !next.done; next = await events.next()) {
    parts.push(next.value);
    if (!json) print(describePart(next.value));
  }
  const { frames, groups, by, seed } = next.value;
  if (json) {
    const written = parts.map(({ kind: _, total: __, ...part }) => part);
    printJson({ frames, groups, by, seed, parts: written });
  } else remark(`${countOf(frames, 'frame')} in ${countOf(groups, 'group')}, by ${by}, seed ${seed}`);
}

function describePart({ out, frames, total }: WrittenPart): string {
  return `${out}: ${countOf(frames, 'frame')} (${((100 * frames) / total).toFixed(1)} %)`;
}
