import type { Command } from 'commander';
import { calculatorSettings } from '../../../calculators/calculator-settings.js';
import { addJsonOption } from '../input/json-option.js';
import { addSettings } from '../input/setting-options.js';

/** `lamm model info`: what a model or calculator is, for whom and how good. */
export function registerModelInfo(command: Command): void {
  command.argument('[path]', 'file of a model; the model that comes with the program when absent');
  addJsonOption(addSettings(command, calculatorSettings)).action(async (path, options) =>
    (await import('./model-info.js')).modelInfo(path, options, command),
  );
}
