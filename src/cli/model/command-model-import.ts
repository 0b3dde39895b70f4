import type { Command } from 'commander';
import { writeFileAtomic } from '../../io/bytes/atomic-file.js';
import { readBytesSync } from '../../io/bytes/read-file.js';
import { parseTorchCheckpoint } from '../../io/torch/torch-checkpoint.js';
import { importFairchem } from '../../models/fairchem/import.js';
import type { Model } from '../../models/model.js';
import { formatModel } from '../../models/model-file.js';
import { resolveOutputPath } from '../../tasks/structures/output-path.js';
import { print, printJson } from '../output/output.js';

interface Options {
  readonly out?: string;
  readonly ema?: boolean;
  readonly license?: string;
  readonly force?: boolean;
  readonly json?: boolean;
}

/** `lamm model import`: a model file from a checkpoint of another program. */
export function registerModelImport(command: Command): void {
  command
    .argument('<checkpoint>', 'file of PyTorch, such as best_checkpoint.pt')
    .option('-o, --out <path>', 'model file (default: the name of the checkpoint with .safetensors)')
    .option(
      '--ema',
      'take the moving average of the weights where the checkpoint has it (default: as the original program does)',
    )
    .option('--no-ema', 'take the last weights where the checkpoint has their moving average too')
    .option('--license <name>', 'licence of the weights, to be kept with the model (default: unknown)')
    .option('--force', 'replace files that exist')
    .option('--json', 'print one JSON object on stdout')
    .action(modelImport);
}

async function modelImport(file: string, { ema, license, json, ...output }: Options): Promise<void> {
  const out = resolveOutputPath({ ...output, input: file, suffix: '.safetensors' });
  const checkpoint = parseTorchCheckpoint(readBytesSync(file), { file });
  const model = importFairchem(checkpoint, { file, ema, license });
  await writeFileAtomic(out, formatModel(model));
  if (json) printJson({ out, parameterCount: model.parameters.length, config: model.config, ...model.card });
  else print(summarize(model, out));
}

function summarize({ card, parameters, config }: Model, out: string): string {
  return [
    `${card.name}: ${parameters.length.toLocaleString('en')} parameters, cutoff ${config.cutoff} A, ${config.forces} forces`,
    ...card.notes.map((note) => `  ${note}`),
    `wrote ${out}; use it with --model ${out}`,
  ].join('\n');
}
