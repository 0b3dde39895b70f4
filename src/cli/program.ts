import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { registerAnalyze, registerView } from './command-analyze.js';
import { registerCompare } from './command-compare.js';
import { registerDataCheck } from './command-data-check.js';
import { registerDataConvert } from './command-data-convert.js';
import { registerDataInfo } from './command-data-info.js';
import { registerDataPrepare } from './command-data-prepare.js';
import { registerDataSplit } from './command-data-split.js';
import { registerEmbed } from './command-embed.js';
import { registerEos } from './command-eos.js';
import { registerEvaluate } from './command-evaluate.js';
import { registerFinetune } from './command-finetune.js';
import { registerMd } from './command-md.js';
import { registerModelImport } from './command-model-import.js';
import { registerModelInfo } from './command-model-info.js';
import { registerPlanBatches } from './command-plan-batches.js';
import { registerPretrain } from './command-pretrain.js';
import { registerRelax } from './command-relax.js';
import { registerReport } from './command-report.js';
import { registerServe } from './command-serve.js';
import { registerSinglepoint } from './command-singlepoint.js';
import { applyConfigFile } from './config-file.js';

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
  const data = program.command('data').description('look at sets of structures, check, convert and split them');
  registerDataInfo(data);
  registerDataCheck(data);
  registerDataConvert(data);
  registerDataSplit(data);
  registerDataPrepare(data);
  const model = program.command('model').description('look at models');
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
