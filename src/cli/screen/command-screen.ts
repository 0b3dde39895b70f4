import { type Command, Option } from 'commander';
import { formatCalculatorSpec, parseCalculatorSpec } from '../../../calculators/calculator-spec.js';
import { countOf } from '../../count-of.js';
import { LammError } from '../../errors.js';
import { countWork } from '../../journal/work-folder.js';
import type { ScreenResult } from '../../tasks/screen/merge.js';
import { type ScreenEvent, screen } from '../../tasks/screen/run.js';
import { screenSettings } from '../../tasks/screen/schema.js';
import { configOption } from '../input/config-file.js';
import { addSettings, givenSettings } from '../input/setting-options.js';
import {
  addCalculatorOptions,
  type CalculatorOptions,
  openCalculator,
  parseNatural,
  requireOption,
} from '../input/shared-options.js';
import { print, printJson, remark } from '../output/output.js';
import { createProgress } from '../output/progress.js';
import { exitCode } from '../output/report-error.js';
import { createStopSignal } from '../output/stop-signal.js';
import { formatResult, remarksOf } from './screen-report.js';

interface Options extends CalculatorOptions {
  readonly out?: string;
  readonly top: number;
  readonly committee?: readonly string[];
  readonly status?: string;
  readonly json?: boolean;
  readonly force?: boolean;
}

/** `lamm screen`: energies of many structures, ranked, by any number of workers on one folder. */
export function registerScreen(command: Command): void {
  command.argument(
    '[paths...]',
    'structures in any known format: files, FILE@2 the second of a file, folders, patterns with *, or @LIST, a file with a path in each line',
  );
  addCalculatorOptions(addSettings(command, screenSettings))
    .option('-o, --out <folder>', 'folder of the screening; every worker that is given the same one joins in')
    .addOption(
      new Option('--top <count>', 'candidates that are printed at the end').default(10).argParser(parseNatural),
    )
    .option(
      '--committee <models>',
      'further models, files or names, whose disagreement with the calculator becomes columns; commas between them, or given again',
      (value: string, previous: readonly string[] = []) => [...previous, ...value.split(',')],
    )
    .option('--status <folder>', 'print how far the screening in a folder is, and do nothing else')
    .option('--json', 'print one JSON object on stdout')
    .addOption(new Option('--force').hideHelp())
    .addOption(configOption)
    .action(runScreen);
}

async function runScreen(paths: readonly string[], options: Options, command: Command): Promise<void> {
  if (options.force) {
    const message =
      'a screening has no `force`: every worker that is given its folder joins in; to begin anew, give another folder with --out, or remove this one first';
    throw new LammError('usage', message, { file: options.out, quantity: 'force' });
  }
  if (options.status !== undefined) {
    await printStatus(options.status, options);
    return;
  }
  if (paths.length === 0)
    throw new LammError('usage', 'expected structures to screen, found none; name files or folders');
  const out = requireOption(options.out, '--out', 'screening');
  const given = await givenSettings(command, screenSettings);
  await using calculator = openCalculator(options);
  await using committee = openCommittee(options);
  using stop = createStopSignal();
  const started = performance.now();
  const run = screen(calculator, {
    ...{ paths, out, top: options.top, tell: remark, shouldStop: () => stop.poll() },
    options: given,
    committee: committee.models,
    threads: options.threads,
    calculator: {
      ...{ calculator: formatCalculatorSpec(options.calculator), model: options.model, head: options.head },
      ...(options.committee && { committee: options.committee }),
    },
  });
  const result = await follow(run);
  const seconds = (performance.now() - started) / 1000;
  if (result === undefined) {
    remark(`stopped; what is done is in ${out}, and the same command goes on with the rest`);
    process.exitCode = exitCode.interrupted;
    return;
  }
  if (options.json) printJson({ ...result, calculator: calculator.name, out, seconds });
  else print(formatResult(result, { calculator: calculator.name, seconds }));
  for (const text of remarksOf(result)) remark(text);
  if (result.failed > 0) process.exitCode = exitCode.badInput;
  else if (result.notConverged > 0) process.exitCode = exitCode.notConverged;
}

/** The further models, which run as the calculator does, each with the head that knows a structure. */
function openCommittee({ committee = [], ...options }: Options) {
  const models = committee.map((model) => openCalculator({ ...options, calculator: lammS, model, head: undefined }));
  return {
    models,
    async [Symbol.asyncDispose]() {
      for (const model of models) await model[Symbol.asyncDispose]();
    },
  };
}

const lammS = parseCalculatorSpec('lamm-s');

async function follow(run: AsyncGenerator<ScreenEvent, ScreenResult | undefined>): Promise<ScreenResult | undefined> {
  let turn = await run.next();
  if (turn.done) return turn.value;
  const { chunks, done } = turn.value;
  using progress = createProgress({ label: 'screen', total: chunks, done });
  let [structures, failed] = [0, 0];
  while (!turn.done) {
    const event: ScreenEvent = turn.value;
    if (event.kind === 'chunk') {
      structures += event.structures;
      failed += event.failed;
    }
    const own = `${countOf(structures, 'structure')} by this worker${failed > 0 ? `, ${failed} failed` : ''}`;
    progress.update(event.done, event.kind === 'waiting' ? `${own}, waiting for others` : own);
    turn = await run.next();
  }
  return turn.value;
}

async function printStatus(folder: string, { json }: Options): Promise<void> {
  const work = await countWork(folder);
  if (work === undefined)
    throw new LammError('file-not-found', 'there is no screening in this folder', { file: folder });
  if (json) printJson(work);
  else print(`${work.done} of ${work.all} chunks done (${((100 * work.done) / Math.max(1, work.all)).toFixed(1)} %)`);
}
