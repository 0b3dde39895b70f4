import { resolve } from 'node:path';
import { type Command, Option } from 'commander';
import { type FinetuneRequest, finetuneConfig } from '../../../pretrain/config/finetune-config.js';
import { modelFile } from '../../models/embedded-models.js';
import { loadModel } from '../../models/load-model.js';
import { strictOption } from '../input/input-options.js';
import { addTrainingOptions, runTraining, type TrainingCommandOptions, type TrainingTask } from './run-training.js';

interface FinetuneCommandOptions extends TrainingCommandOptions, Omit<FinetuneRequest, 'start' | 'train'> {
  readonly model?: string;
  readonly data: readonly string[];
}

/** `lamm finetune`: a training that starts from a model. */
export function registerFinetune(command: Command): void {
  command
    .option('--model <file>', 'model to start from (default: the one that comes with the program)')
    .requiredOption('--data <files...>', 'structures with labels to train on, or folders of such files')
    .option('--validation <files...>', 'structures to choose the best model by (default: a tenth of the data)')
    .option('--test <files...>', 'structures to measure the final model on')
    .option('--energy-key <name>', 'name of the energy in the files')
    .option('--forces-key <name>', 'name of the forces in the files')
    .addOption(strictOption)
    .addOption(
      new Option('--task <task>', 'S2EF-Total: energies and forces; IS2RE-Total: energies alone').choices([
        'S2EF-Total',
        'IS2RE-Total',
      ]),
    )
    .option(
      '--keep-head <name>',
      'go on with this head of the model and its reference energies (default: a new one, a copy of that which fits the data best)',
    )
    .addOption(
      new Option(
        '--recipe <name>',
        'short: some minutes for some hundred structures; jmp: as Shoghi et al., with a head that begins from zero, slow layers and up to 500 epochs',
      )
        .choices(['short', 'jmp'])
        .default('short'),
    )
    .addOption(
      new Option('--forces <kind>', 'how forces come about (default: as in the model)').choices([
        'direct',
        'conservative',
      ]),
    )
    .requiredOption('-o, --out <folder>', 'folder for the model, checkpoints and metrics');
  addTrainingOptions(command).action((options: FinetuneCommandOptions) =>
    runTraining(options, () => readTask(options)),
  );
}

function readTask({ model, out, set, data, ...options }: FinetuneCommandOptions): TrainingTask {
  const file = resolve(modelFile(model));
  const start = { file, config: loadModel(file).config };
  const config = finetuneConfig({ ...options, start, train: data, out: resolve(out) }, set);
  return { config, directory: resolve(), out: config.out };
}
