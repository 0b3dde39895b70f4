import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { registerAnalyze, registerView } from './analyze/command-analyze.js';
import { registerDataCheck } from './data/command-data-check.js';
import { registerDataConvert } from './data/command-data-convert.js';
import { registerDataInfo } from './data/command-data-info.js';
import { registerDataPrepare } from './data/command-data-prepare.js';
import { registerDataSplit } from './data/command-data-split.js';
import { applyConfigFile } from './input/config-file.js';
import { registerEmbed } from './model/command-embed.js';
import { registerEvaluate } from './model/command-evaluate.js';
import { registerModelImport } from './model/command-model-import.js';
import { registerModelInfo } from './model/command-model-info.js';
import { registerEos } from './simulate/command-eos.js';
import { registerMd } from './simulate/command-md.js';
import { registerRelax } from './simulate/command-relax.js';
import { registerServe } from './simulate/command-serve.js';
import { registerSinglepoint } from './simulate/command-singlepoint.js';
import { registerCompare } from './train/command-compare.js';
import { registerFinetune } from './train/command-finetune.js';
import { registerPlanBatches } from './train/command-plan-batches.js';
import { registerPretrain } from './train/command-pretrain.js';
import { registerReport } from './train/command-report.js';

/** All commands of `lamm`; what they need is loaded when they run, so that `--help` is quick. */
export function createProgram(): Command {
  const program = new Command('lamm')
    .description('Atomistic simulation with neural potentials: energies, relaxation, molecular dynamics and training.')
    .version(readVersion(), '--version')
    .exitOverride()
    .configureOutput({ outputError: () => undefined }) // reportError says it, once
    .showSuggestionAfterError()
    .hook('preAction', (_, command) => applyConfigFile(command));
  registerSinglepoint(program);
  registerRelax(program);
  registerMd(program);
  registerEos(program);
  registerPretrain(program);
  registerFinetune(program);
  registerPlanBatches(program);
  registerEvaluate(program);
  registerEmbed(program);
  registerReport(program);
  registerCompare(program);
  registerAnalyze(program);
  registerView(program);
  registerServe(program);
  const data = program
    .command('data')
    .description('look at sets of structures; check, convert, split and prepare them');
  registerDataInfo(data);
  registerDataCheck(data);
  registerDataConvert(data);
  registerDataSplit(data);
  registerDataPrepare(data);
  const model = program.command('model').description('look at models, or import one');
  registerModelInfo(model);
  registerModelImport(model);
  return program;
}

/** Version of the package; this file lies three folders below its root. */
function readVersion(): string {
  const text = readFileSync(new URL('../../../package.json', import.meta.url), 'utf8');
  const { version } = JSON.parse(text) as { version: string }; // our own package.json
  return version;
}
