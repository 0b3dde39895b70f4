import type { Command } from 'commander';
import { type ImportedModel, runModelImportTask } from '../../tasks/model/import/run.js';
import { modelImportTask } from '../../tasks/model/import/schema.js';
import { givenSettings } from '../input/setting-options.js';
import { print, printJson } from '../output/output.js';

/** Runs `lamm model import` for a checkpoint. */
export async function modelImport(
  file: string,
  { json }: { readonly json?: boolean },
  command: Command,
): Promise<void> {
  const imported = await runModelImportTask(file, await givenSettings(command, modelImportTask));
  const { model, out } = imported;
  if (json) printJson({ out, parameterCount: model.parameters.length, config: model.config, ...model.card });
  else print(summarize(imported));
}

function summarize({ model: { card, parameters, config }, out }: ImportedModel): string {
  return [
    `${card.name}: ${parameters.length.toLocaleString('en')} parameters, cutoff ${config.cutoff} A, ${config.forces} forces`,
    ...card.notes.map((note) => `  ${note}`),
    `wrote ${out}; use it with --model ${out}`,
  ].join('\n');
}
