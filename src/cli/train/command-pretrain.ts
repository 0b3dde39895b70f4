import { resolve } from 'node:path';
import type { Command } from 'commander';
import { readTrainingFile } from '../input/training-file.js';
import { addTrainingOptions, runTraining, type TrainingCommandOptions, type TrainingTask } from './run-training.js';

interface PretrainCommandOptions extends TrainingCommandOptions {
  readonly config: string;
  readonly out?: string;
}

export function registerPretrain(command: Command): void {
  command
    .requiredOption('--config <file>', 'YAML file with the model, the data and the training')
    .option('-o, --out <folder>', 'folder for the model, checkpoints and metrics, instead of the one in the file');
  addTrainingOptions(command).action((options: PretrainCommandOptions) =>
    runTraining(options, () => readTask(options)),
  );
}

async function readTask({ config: file, out, set }: PretrainCommandOptions): Promise<TrainingTask> {
  const { config, directory } = await readTrainingFile(file, set);
  return { config, directory, out: out === undefined ? resolve(directory, config.out) : resolve(out) };
}
