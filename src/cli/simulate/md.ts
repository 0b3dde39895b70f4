import type { Command } from 'commander';
import { temperature } from '../../../md/state/state.js';
import { runMdTask } from '../../tasks/md/run.js';
import { mdTask } from '../../tasks/md/schema.js';
import { follow } from '../input/follow.js';
import { givenSettings } from '../input/setting-options.js';
import { reportMd } from './md-report.js';

/** Runs `lamm md` for one file. */
export async function md(file: string, { json }: { readonly json?: boolean }, command: Command): Promise<void> {
  const given = await givenSettings(command, mdTask);
  const outcome = await follow(
    command,
    (context) => runMdTask(file, given, context),
    ({ state }) =>
      state.step % 10 === 0 ? { done: state.step, note: `T ${temperature(state).toFixed(0)} K` } : undefined,
  );
  reportMd(outcome, { ...given, json });
}
