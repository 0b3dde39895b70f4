import type { Command } from 'commander';
import { planBatchesTask } from '../../tasks/plan-batches/schema.js';
import { addJsonOption } from '../input/json-option.js';
import { addSettings } from '../input/setting-options.js';

/** `lamm plan-batches`: how well each way of making batches would use the ranks, before any training. */
export function registerPlanBatches(command: Command): void {
  addJsonOption(addSettings(command, planBatchesTask)).action(async (options) =>
    (await import('./plan-batches.js')).planBatches(options, command),
  );
}
