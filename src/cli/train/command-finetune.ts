import { type Command, Option } from 'commander';
import { addTrainingOptions, runTraining, type TrainingCommandOptions, type TrainingTask } from './run-training.js';

interface FinetuneCommandOptions extends TrainingCommandOptions {
  readonly model?: string;
  readonly data: readonly string[];
  readonly validation?: readonly string[];
  readonly test?: readonly string[];
  readonly energyKey?: string;
  readonly forcesKey?: string;
  readonly keepHead?: string;
  readonly forces?: 'direct' | 'conservative';
  readonly out: string;
}

/** `lamm finetune`: a training that starts from a model, with the settings of the paper. */
export function registerFinetune(program: Command): void {
  const command = program
    .command('finetune')
    .description('adapt a trained model to data of your own')
    .option('--model <file>', 'model to start from (default: the one that comes with the program)')
    .requiredOption('--data <files...>', 'structures with labels to train on')
    .option('--validation <files...>', 'structures to choose the best model by (default: a tenth of the data)')
    .option('--test <files...>', 'structures to measure the final model on')
    .option('--energy-key <name>', 'name of the energy in the files')
    .option('--forces-key <name>', 'name of the forces in the files')
    .option('--keep-head <name>', 'go on with this head of the model (default: a new one)')
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

async function readTask({ model, out, set, data, ...options }: FinetuneCommandOptions): Promise<TrainingTask> {
  const [{ resolve }, { finetuneConfig }, { loadModel }, { modelFile }] = await Promise.all([
    import('node:path'),
    import('../../../pretrain/config/finetune-config.js'),
    import('../../models/load-model.js'),
    import('../../../calculators/lamm-s.js'),
  ]);
  const file = resolve(modelFile(model));
  const start = { file, config: loadModel(file).config };
  const config = finetuneConfig({ ...options, start, train: data, out: resolve(out) }, set);
  return { config, directory: resolve(), out: config.out };
}
