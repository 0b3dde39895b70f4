import type { Command } from 'commander';
import { claimRecord, claimTable } from '../../tasks/embed/claims.js';
import { runEmbedTask } from '../../tasks/embed/run.js';
import { embedTask } from '../../tasks/embed/schema.js';
import { follow } from '../input/follow.js';
import { givenSettings } from '../input/setting-options.js';
import { fitTable } from '../output/fit-table.js';
import { print, printJson } from '../output/output.js';

/** Runs `lamm embed` for files. */
export async function embed(
  files: readonly string[],
  { json }: { readonly json?: boolean },
  command: Command,
): Promise<void> {
  const given = await givenSettings(command, embedTask);
  const { analysis, model, structureCount, out } = await follow(
    command,
    (context) => runEmbedTask(files, given, context),
    ({ done }) => ({ done }),
  );
  if (json) printJson({ model, structures: structureCount, ...claimRecord(analysis), out });
  else print(`${fitTable(claimTable(analysis), 1)}\nwritten to ${out}`);
}
