import type { Command } from 'commander';
import type { Evaluation, EvaluationRow } from '../../pretrain/evaluate.js';
import { addCalculatorOptions, type CalculatorOptions } from './shared-options.js';

interface EvaluateCommandOptions extends CalculatorOptions {
  readonly energyKey?: string;
  readonly forcesKey?: string;
  readonly rereference?: boolean;
  readonly json?: boolean;
}

export function registerEvaluate(program: Command): void {
  const command = program
    .command('evaluate')
    .description('errors of a model or calculator against the labels of structures')
    .argument('<files...>', 'files with labelled structures')
    .option('--energy-key <key>', 'key of the energies, when it is not the usual one')
    .option('--forces-key <key>', 'key of the forces, when it is not the usual one')
    .option(
      '--rereference',
      'fit one energy per element to the differences first, for calculators with another zero of energy',
    )
    .option('--json', 'print one JSON object on stdout')
    .action(runEvaluate);
  addCalculatorOptions(command);
}

async function runEvaluate(files: readonly string[], options: EvaluateCommandOptions): Promise<void> {
  const [{ loadSamples }, { evaluate }, { openCalculator }, { createProgress }, { print, printJson, remark }] =
    await Promise.all([
      import('../../pretrain/dataset/load-samples.js'),
      import('../../pretrain/evaluate.js'),
      import('./shared-options.js'),
      import('./progress.js'),
      import('./output.js'),
    ]);
  const { energyKey, forcesKey, rereference } = options;
  const loaded = await Promise.all(files.map((path) => loadSamples({ path, name: path, energyKey, forcesKey })));
  const samples = loaded.flatMap((file) => file.samples);
  await using calculator = await openCalculator(options);
  const start = performance.now();
  const run = evaluate(calculator, samples, { rereference });
  using progress = createProgress({ label: 'evaluate', total: samples.length });
  let turn = await run.next();
  while (!turn.done) {
    progress.update(turn.value);
    turn = await run.next();
  }
  const seconds = (performance.now() - start) / 1000;
  if (options.json) {
    printJson(await jsonReport(turn.value, { calculator: calculator.name, seconds }));
    return;
  }
  print(await textReport(turn.value));
  const atoms = samples.reduce((sum, { structure }) => sum + structure.numbers.length, 0);
  remark(`${calculator.name}: ${samples.length} structures, ${atoms} atoms in ${seconds.toFixed(1)} s`);
}

async function textReport({ total, rows }: Evaluation): Promise<string> {
  const { formatErrors } = await import('./format-errors.js');
  const single = rows.length === 1;
  return formatErrors([
    ...rows.map(({ file, group, frames, errors }) => ({
      name: group === undefined ? file : `  ${group}`,
      frames,
      errors,
    })),
    ...(single ? [] : [{ name: 'total', ...total }]),
  ]);
}

async function jsonReport(
  { total, rows }: Evaluation,
  run: { readonly calculator: string; readonly seconds: number },
): Promise<object> {
  const { errorRecord } = await import('../../pretrain/error-sums.js');
  const flat = ({ errors, ...row }: Omit<EvaluationRow, 'file'>) => ({ ...row, ...errorRecord(errors) });
  return { ...run, total: flat(total), rows: rows.map(flat) };
}
