import type { Command } from 'commander';
import type { Evaluation, EvaluationRow } from '../../../pretrain/assess/evaluate.js';
import { addCalculatorOptions, type CalculatorOptions } from '../input/shared-options.js';

interface EvaluateCommandOptions extends CalculatorOptions {
  readonly energyKey?: string;
  readonly forcesKey?: string;
  readonly rereference?: boolean;
  readonly out?: string;
  readonly force?: boolean;
  readonly json?: boolean;
}

export function registerEvaluate(command: Command): void {
  command
    .argument('<files...>', 'files with labelled structures')
    .option('--energy-key <key>', 'key of the energies, when it is not the usual one')
    .option('--forces-key <key>', 'key of the forces, when it is not the usual one')
    .option(
      '--rereference',
      'fit one energy per element to the differences first, for calculators with another zero of energy',
    )
    .option('-o, --out <page.html>', 'a report with parity plots, distributions of errors and the worst structures')
    .option('--force', 'replace files that exist')
    .option('--json', 'print one JSON object on stdout')
    .action(runEvaluate);
  addCalculatorOptions(command);
}

async function runEvaluate(files: readonly string[], options: EvaluateCommandOptions): Promise<void> {
  const [{ loadSamples }, { evaluate }, { openCalculator }, { createProgress }, { print, printJson, remark }] =
    await Promise.all([
      import('../../../pretrain/dataset/load/load-samples.js'),
      import('../../../pretrain/assess/evaluate.js'),
      import('../input/shared-options.js'),
      import('../output/progress.js'),
      import('../output/output.js'),
    ]);
  const { energyKey, forcesKey, rereference, out } = options;
  if (out !== undefined) await assertPage(out, options.force);
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
  if (out !== undefined) await writePage(out, turn.value, calculator.name);
  if (options.json) {
    printJson({ ...(await jsonReport(turn.value, { calculator: calculator.name, seconds })), ...(out && { out }) });
    return;
  }
  print(await textReport(turn.value));
  if (out !== undefined) print(`written to ${out}`);
  const atoms = samples.reduce((sum, { structure }) => sum + structure.numbers.length, 0);
  remark(`${calculator.name}: ${samples.length} structures, ${atoms} atoms in ${seconds.toFixed(1)} s`);
}

/** Refuses, before anything is calculated, a report that could not be written. */
async function assertPage(out: string, force = false): Promise<void> {
  const [{ LammError }, { resolveOutputPath }] = await Promise.all([
    import('../../errors.js'),
    import('../output/output.js'),
  ]);
  if (!/\.html?$/i.test(out))
    throw new LammError('usage', '--out: the report is a page; let its name end in .html', { file: out });
  resolveOutputPath({ input: out, out, suffix: '.html', force });
}

async function writePage(out: string, { comparisons }: Evaluation, calculator: string): Promise<void> {
  const [{ writeFileAtomic }, { formatReport }, { evaluationReport }] = await Promise.all([
    import('../../io/bytes/atomic-file.js'),
    import('../../report/page.js'),
    import('./evaluation-report.js'),
  ]);
  await writeFileAtomic(out, formatReport(evaluationReport(calculator, comparisons)));
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
  const { errorRecord } = await import('../../../pretrain/assess/error-sums.js');
  const flat = ({ errors, ...row }: Omit<EvaluationRow, 'file'>) => ({ ...row, ...errorRecord(errors) });
  return { ...run, total: flat(total), rows: rows.map(flat) };
}
