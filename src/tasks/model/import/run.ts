import { writeFileAtomic } from '../../../io/bytes/atomic-file.js';
import { readBytesSync } from '../../../io/bytes/read-file.js';
import { parseTorchCheckpoint } from '../../../io/torch/torch-checkpoint.js';
import { importFairchem } from '../../../models/fairchem/import.js';
import type { Model } from '../../../models/model.js';
import { formatModel } from '../../../models/model-file.js';
import { checkSettings } from '../../../settings/check-settings.js';
import { resolveOutputPath } from '../../structures/output-path.js';
import { type ModelImportTaskSettings, modelImportTask } from './schema.js';

export interface ImportedModel {
  readonly model: Model;
  /** What was written. */
  readonly out: string;
}

/**
 * Makes a model file of a checkpoint of another program, of which nothing is executed.
 *
 * @throws {LammError} for settings that do not fit, a file that is taken, and what is no such checkpoint.
 */
export async function runModelImportTask(file: string, given: ModelImportTaskSettings): Promise<ImportedModel> {
  const { ema, license, ...output } = checkSettings(modelImportTask, given);
  const out = resolveOutputPath({ ...output, input: file, suffix: '.safetensors' });
  const model = importFairchem(parseTorchCheckpoint(readBytesSync(file), { file }), { file, ema, license });
  await writeFileAtomic(out, formatModel(model));
  return { model, out };
}
