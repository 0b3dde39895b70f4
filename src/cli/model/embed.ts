import type { Command } from 'commander';
import { countOf } from '../../count-of.js';
import { claimRecord, claimTable, featureCount, nothingToCompare } from '../../tasks/embed/claims.js';
import { runEmbedTask } from '../../tasks/embed/run.js';
import { embedTask } from '../../tasks/embed/schema.js';
import { follow } from '../input/follow.js';
import { givenSettings } from '../input/setting-options.js';
import { fitTable } from '../output/fit-table.js';
import { print, printJson, remark } from '../output/output.js';

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
  const width = featureCount(analysis);
  if (json) {
    printJson({ model, structures: structureCount, features: width, ...claimRecord(analysis), out });
    return;
  }
  const claims = claimTable(analysis);
  if (claims.length > 1) print(fitTable(claims, 1));
  else remark(nothingToCompare(analysis));
  print(`${countOf(structureCount, 'structure')} with ${width} features each by ${model}; written to ${out}`);
}
