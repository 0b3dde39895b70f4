import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { nameSettings } from './output/output.js';

/** A command as `--help` names it; what it takes and does is loaded when it is called. */
interface Entry {
  readonly name: string;
  readonly description: string;
  /** The function that gives the command its arguments, options and action. */
  load(): Promise<(command: Command) => void>;
}

const commands: readonly Entry[] = [
  {
    name: 'singlepoint',
    description: 'energy, forces and stress of structures as they are',
    load: async () => (await import('./simulate/command-singlepoint.js')).registerSinglepoint,
  },
  {
    name: 'relax',
    description: 'bring structures to their nearest energy minimum',
    load: async () => (await import('./simulate/command-relax.js')).registerRelax,
  },
  {
    name: 'screen',
    description: 'energies, hulls and ranking of many structures, by any number of workers on one folder',
    load: async () => (await import('./screen/command-screen.js')).registerScreen,
  },
  {
    name: 'md',
    description: 'molecular dynamics',
    load: async () => (await import('./simulate/command-md.js')).registerMd,
  },
  {
    name: 'eos',
    description: 'equilibrium volume and bulk modulus from energies at several volumes',
    load: async () => (await import('./simulate/command-eos.js')).registerEos,
  },
  {
    name: 'pretrain',
    description: 'train a model as a configuration says',
    load: async () => (await import('./train/command-pretrain.js')).registerPretrain,
  },
  {
    name: 'finetune',
    description: 'adapt a trained model to data of your own',
    load: async () => (await import('./train/command-finetune.js')).registerFinetune,
  },
  {
    name: 'plan-batches',
    description: 'load balance and memory peak of the ways to share samples among ranks, before any training',
    load: async () => (await import('./train/command-plan-batches.js')).registerPlanBatches,
  },
  {
    name: 'evaluate',
    description: 'errors of a model or calculator against the labels of structures',
    load: async () => (await import('./model/command-evaluate.js')).registerEvaluate,
  },
  {
    name: 'embed',
    description: 'maps of structures and elements by what a model makes of them, and whether like lies near like',
    load: async () => (await import('./model/command-embed.js')).registerEmbed,
  },
  {
    name: 'report',
    description: 'a page with the learning curves, pace and best errors of a training, or of several over each other',
    load: async () => (await import('./train/command-report.js')).registerReport,
  },
  {
    name: 'compare',
    description: 'train with different settings, with several seeds each, and say which is better and how surely',
    load: async () => (await import('./train/command-compare.js')).registerCompare,
  },
  {
    name: 'analyze',
    description:
      'radial distribution, diffusion, vibrations and averages of a trajectory (default: all that it allows)',
    load: async () => (await import('./analyze/command-analyze.js')).registerAnalyze,
  },
  {
    name: 'view',
    description: 'a page with the atoms in space and pictures of energy, temperature, structure and motion',
    load: async () => (await import('./analyze/command-analyze.js')).registerView,
  },
  {
    name: 'serve',
    description: 'energies and forces for another program (i-PI, ASE) over the i-PI protocol',
    load: async () => (await import('./simulate/command-serve.js')).registerServe,
  },
];

const dataCommands: readonly Entry[] = [
  {
    name: 'info',
    description: 'frames, elements, sizes, labels and their ranges',
    load: async () => (await import('./data/command-data-info.js')).registerDataInfo,
  },
  {
    name: 'check',
    description: 'labels, reference energies and forces as a training would take them; refuses what makes no sense',
    load: async () => (await import('./data/command-data-check.js')).registerDataCheck,
  },
  {
    name: 'convert',
    description: 'write structures in another format',
    load: async () => (await import('./data/command-data-convert.js')).registerDataConvert,
  },
  {
    name: 'split',
    description: 'distribute frames over a training set, a validation set and others',
    load: async () => (await import('./data/command-data-split.js')).registerDataSplit,
  },
  {
    name: 'prepare',
    description: 'read and check the data of a training once, and write them so that trainings read them at once',
    load: async () => (await import('./data/command-data-prepare.js')).registerDataPrepare,
  },
];

const modelCommands: readonly Entry[] = [
  {
    name: 'info',
    description: 'elements, heads, size, licence, training data and errors of a model or calculator',
    load: async () => (await import('./model/command-model-info.js')).registerModelInfo,
  },
  {
    name: 'import',
    description:
      'make a model file of a training checkpoint of FAIR-Chem, PaiNN or EquiformerV2; nothing in it is executed',
    load: async () => (await import('./model/command-model-import.js')).registerModelImport,
  },
];

/** All commands of `lamm`; what they need is loaded when they run, so that `--help` is quick. */
export function createProgram(): Command {
  const program = new Command('lamm')
    .description('Atomistic simulation with neural potentials: energies, relaxation, molecular dynamics and training.')
    .version(readVersion(), '--version')
    .exitOverride()
    .configureHelp({ minWidthToWrap: 20 }) // long names of options leave less than the usual 40 of a page
    .configureOutput({ outputError: () => undefined }) // reportError says it, once
    .showSuggestionAfterError()
    .hook('preAction', async (_, command) => {
      const names = (await import('./input/setting-options.js')).optionNames(program);
      nameSettings((key) => names.get(key));
      if (command.getOptionValue('config') === undefined) return;
      const { applyConfigFile } = await import('./input/config-file.js');
      await applyConfigFile(command);
    });
  addCommands(program, commands);
  const data = program
    .command('data')
    .description('look at sets of structures; check, convert, split and prepare them');
  addCommands(data, dataCommands);
  const model = program.command('model').description('look at models, or import one');
  addCommands(model, modelCommands);
  for (const parent of [data, model, program]) addHelp(parent);
  return program;
}

function addCommands(parent: Command, entries: readonly Entry[]): void {
  const loaders = new Map(
    entries.map(({ name, description, load }) => [parent.command(name).description(description), load]),
  );
  parent.hook('preSubcommand', async (_, command) => (await loaders.get(command)?.())?.(command));
}

/** `help NAME`, as commander's own would not wait for what the command takes. */
function addHelp(parent: Command): void {
  parent
    .helpCommand(false)
    .command('help')
    .description('display help for command')
    .argument('[command]')
    .action(async (name?: string) => {
      await parent.parseAsync([...(name === undefined ? [] : [name]), '--help'], { from: 'user' });
    });
}

/** Version of the package; this file lies three folders below its root. */
function readVersion(): string {
  const text = readFileSync(new URL('../../../package.json', import.meta.url), 'utf8');
  const { version } = JSON.parse(text) as { version: string }; // our own package.json
  return version;
}
