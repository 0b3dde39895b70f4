import type { Command } from 'commander';
import { runSinglepointTask, singlepointOutputOf } from '../../tasks/singlepoint/run.js';
import { singlepointTask } from '../../tasks/singlepoint/schema.js';
import { follow } from '../input/follow.js';
import { givenSettings } from '../input/setting-options.js';
import { reportSinglepoint } from './singlepoint-report.js';

/** Runs `lamm singlepoint` for files. */
export async function singlepoint(
  files: readonly string[],
  { json }: { readonly json?: boolean },
  command: Command,
): Promise<void> {
  const given = await givenSettings(command, singlepointTask);
  const out = given.out === undefined && json ? undefined : singlepointOutputOf(files[0], given);
  const outcome = await follow(
    command,
    (context) => runSinglepointTask(files, { ...given, out }, context),
    ({ done }) => ({ done }),
  );
  reportSinglepoint(outcome, { json });
}
