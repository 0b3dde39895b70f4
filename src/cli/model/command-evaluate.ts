import type { Command } from 'commander';
import { errorRecord } from '../../../pretrain/assess/error-sums.js';
import { type Evaluation, type EvaluationRow, evaluate } from '../../../pretrain/assess/evaluate.js';
import { elementErrors } from '../../../pretrain/assess/parity.js';
import { loadSamples } from '../../../pretrain/dataset/load/load-samples.js';
import { countOf } from '../../count-of.js';
import { chemicalSymbols } from '../../elements.js';
import { LammError } from '../../errors.js';
import { writeFileAtomic } from '../../io/bytes/atomic-file.js';
import { formatReport } from '../../report/page.js';
import { resolveOutputPath } from '../../tasks/structures/output-path.js';
import { addCalculatorOptions, type CalculatorOptions, openCalculator } from '../input/shared-options.js';
import { print, printJson, remark } from '../output/output.js';
import { createProgress } from '../output/progress.js';
import { evaluationReport } from './evaluation-report.js';
import { formatErrors } from './format-errors.js';

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
    .option(
      '-o, --out <page.html>',
      'a report with parity plots, distributions of errors, errors by element and the worst structures',
    )
    .option('--force', 'replace files that exist')
    .option('--json', 'print one JSON object on stdout')
    .action(runEvaluate);
  addCalculatorOptions(command);
}

async function runEvaluate(files: readonly string[], options: EvaluateCommandOptions): Promise<void> {
  const { energyKey, forcesKey, rereference, out } = options;
  if (out !== undefined) assertPage(out, options.force);
  const loaded = await Promise.all(files.map((path) => loadSamples({ path, name: path, energyKey, forcesKey })));
  const samples = loaded.flatMap((file) => file.samples);
  await using calculator = openCalculator(options);
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
    printJson({ ...jsonReport(turn.value, { calculator: calculator.name, seconds }), ...(out && { out }) });
    return;
  }
  print(textReport(turn.value));
  if (out !== undefined) print(`written to ${out}`);
  const atoms = samples.reduce((sum, { structure }) => sum + structure.numbers.length, 0);
  remark(
    `${calculator.name}: ${countOf(samples.length, 'structure')}, ${countOf(atoms, 'atom')} in ${seconds.toFixed(1)} s`,
  );
}

/** Refuses, before anything is calculated, a report that could not be written. */
function assertPage(out: string, force = false): void {
  if (!/\.html?$/i.test(out))
    throw new LammError('usage', '--out: the report is a page; let its name end in .html', { file: out });
  resolveOutputPath({ input: out, out, suffix: '.html', force });
}

async function writePage(out: string, { comparisons }: Evaluation, calculator: string): Promise<void> {
  await writeFileAtomic(out, formatReport(evaluationReport(calculator, comparisons)));
}

function textReport({ total, rows }: Evaluation): string {
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

function jsonReport(
  { total, rows, comparisons }: Evaluation,
  run: { readonly calculator: string; readonly seconds: number },
): object {
  const flat = ({ errors, ...row }: Omit<EvaluationRow, 'file'>) => ({ ...row, ...errorRecord(errors) });
  const elements = elementErrors(comparisons).map(({ number, structures, energy, atoms, forces }) => ({
    symbol: chemicalSymbols[number],
    structures,
    ...(structures > 0 && { energyMaeMeVPerAtom: 1000 * energy }),
    atoms,
    ...(atoms > 0 && { forceMaeMeVPerA: 1000 * forces }),
  }));
  return { ...run, total: flat(total), rows: rows.map(flat), elements };
}
