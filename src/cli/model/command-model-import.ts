import type { Command } from 'commander';
import { modelImportTask } from '../../tasks/model/import/schema.js';
import { addJsonOption } from '../input/json-option.js';
import { addSettings } from '../input/setting-options.js';

/** `lamm model import`: a model file from a checkpoint of another program. */
export function registerModelImport(command: Command): void {
  command.argument('<checkpoint>', 'file of PyTorch, such as best_checkpoint.pt');
  addJsonOption(addSettings(command, modelImportTask)).action(async (file, options) =>
    (await import('./model-import.js')).modelImport(file, options, command),
  );
}
