import type { Command } from 'commander';
import { calculateEach } from '../../../calculators/batching.js';
import type { CalculationResult, Calculator } from '../../../calculators/calculator.js';
import { labelledStructure } from '../../../calculators/labelled-structure.js';
import { largestForce } from '../../../md/relax/relax.js';
import { countOf } from '../../count-of.js';
import { isAboutOneStructure } from '../../errors.js';
import { writableFormatOfName } from '../../io/formats.js';
import type { ResultKeys } from '../../io/result-keys.js';
import { writeStructures } from '../../io/write-structures.js';
import { rowsOf } from '../../linalg/rows.js';
import { formatFixed } from '../../report/format-number.js';
import { calculatorWithHeads, headsOf, zerosRemarks } from '../../report/heads.js';
import { formulaOf, type Structure } from '../../structure/structure.js';
import { atInput, type FailedInput } from '../../tasks/structures/failed-input.js';
import type { Input } from '../../tasks/structures/load-structure.js';
import { assertOutputFormat } from '../../tasks/structures/output-format.js';
import { resolveOutputPath } from '../../tasks/structures/output-path.js';
import { addCalculationOptions, type CalculationOptions, filesArgument } from '../input/calculation-options.js';
import { loadInputs } from '../input/load-inputs.js';
import { openCalculator } from '../input/shared-options.js';
import { expectedErrorHeadings, expectedErrors, trustRemarks } from '../output/expected-errors.js';
import { exitCodeOfFailures, remarkFailures } from '../output/failures.js';
import { fitTable } from '../output/fit-table.js';
import { print, printJson, remark } from '../output/output.js';
import { createProgress } from '../output/progress.js';
import { exitCode } from '../output/report-error.js';
import { shortPaths } from '../output/short-paths.js';
import { createStopSignal } from '../output/stop-signal.js';
import { pressureGPaOf } from './cell-change.js';

interface Point extends Input {
  readonly result: CalculationResult;
}

type Outcome = Point | FailedInput;

/** `lamm singlepoint`: energy, forces and stress of structures as they are. */
export function registerSinglepoint(command: Command): void {
  command.argument(...filesArgument);
  addCalculationOptions(
    command,
    'structures with their results (default: named after the input; nothing with --json)',
  ).action(singlepoint);
}

async function singlepoint(files: string[], options: CalculationOptions): Promise<void> {
  const wantsFile = options.out !== undefined || !options.json;
  const out = wantsFile ? resolveOutputPath({ ...options, input: files[0], suffix: '-singlepoint.extxyz' }) : undefined;
  const inputs = await loadInputs(files, options);
  if (out !== undefined)
    assertOutputFormat(
      out,
      inputs.map(({ structure }) => structure),
    );
  await using calculator = openCalculator(options);
  const started = performance.now();
  const { outcomes, interrupted } = await calculateInputs(inputs, calculator);
  const seconds = (performance.now() - started) / 1000;
  const points = outcomes.filter((outcome) => 'result' in outcome);
  const failed = outcomes.filter((outcome) => 'error' in outcome);
  if (out !== undefined && points.length > 0) await writeLabelled(out, points, options.resultKeys);
  remarkFailures(failed);
  if (options.json) {
    printJson({
      results: outcomes.map(describeOutcome),
      calculator: calculator.name,
      conservative: calculator.capabilities.conservative,
      seconds,
      ...(out && points.length > 0 && { out }),
    });
  } else {
    print(formatOutcomes(outcomes));
    print(summaryLine(points, { failed, calculator, seconds, out }));
  }
  for (const text of zerosRemarks(headsOf(points.map(({ result }) => result)))) remark(text);
  for (const text of trustRemarks(points.map(({ result }) => result.uncertainty))) remark(text);
  process.exitCode = interrupted ? exitCode.interrupted : (exitCodeOfFailures(failed) ?? process.exitCode); // of files that could not be read
}

function summaryLine(
  points: readonly Point[],
  about: { failed: readonly FailedInput[]; calculator: Calculator; seconds: number; out?: string },
): string {
  const calculator = calculatorWithHeads(about.calculator.name, headsOf(points.map(({ result }) => result)));
  const atoms = points.reduce((sum, { structure }) => sum + structure.numbers.length, 0);
  const failed = about.failed.length > 0 ? `, ${about.failed.length} failed` : '';
  const written = points.length > 0 ? `written to ${about.out}` : 'nothing is written';
  return `${countOf(points.length, 'structure')}, ${countOf(atoms, 'atom')} with ${calculator} in ${about.seconds.toFixed(2)} s${failed}; ${written}`;
}

/** What came of each input; a structure that fails does not stand in the way of others, but a single one throws. */
async function calculateInputs(
  inputs: readonly Input[],
  calculator: Calculator,
): Promise<{ outcomes: Outcome[]; interrupted: boolean }> {
  using progress = createProgress({ label: 'singlepoint', total: inputs.length });
  using stop = createStopSignal();
  const outcomes: Outcome[] = [];
  const structures = inputs.map(({ structure }) => structure);
  for await (const outcome of calculateEach(calculator, structures)) {
    const { file, frame, structure } = inputs[outcomes.length]; // results come in order
    if (outcome.status === 'fulfilled') {
      const uncertainty = await calculator.uncertaintyOf?.(structure, outcome.value);
      outcomes.push({ file, frame, structure, result: { ...outcome.value, ...(uncertainty && { uncertainty }) } });
    } else {
      const error: unknown = outcome.reason;
      if (inputs.length === 1 || !isAboutOneStructure(error)) throw atInput(error, { file, frame });
      outcomes.push({ file, frame, error: { code: error.code, message: error.message } });
    }
    progress.update(outcomes.length);
    if (outcomes.length < inputs.length && (await stop.poll())) return { outcomes, interrupted: true };
  }
  return { outcomes, interrupted: false };
}

async function writeLabelled(out: string, points: readonly Point[], keys: ResultKeys | undefined): Promise<void> {
  await writeStructures(
    out,
    points.map(({ structure, result }): Structure => labelledStructure(structure, result, keys)),
  );
  const format = writableFormatOfName(out);
  if (format !== 'extxyz')
    remark(`${out} holds the structures alone, for ${format} has no place for results; write .extxyz`);
}

/** What `--json` prints of one structure; forces are rows, as in `lamm data info --json --full`. */
function describeOutcome(outcome: Outcome) {
  if ('error' in outcome) return outcome;
  const { file, frame, structure, result } = outcome;
  const { forces } = result;
  return { file, frame, formula: formulaOf(structure), ...result, forces: rowsOf(forces), fmax: largestForce(forces) };
}

function formatOutcomes(outcomes: readonly Outcome[]): string {
  const heads = headsOf(outcomes.flatMap((outcome) => ('result' in outcome ? [outcome.result] : [])));
  const withHead = heads.length > 1;
  const withErrors = outcomes.some((outcome) => 'result' in outcome && outcome.result.uncertainty !== undefined);
  const names = shortNamesOf(outcomes);
  const rows = outcomes.map((outcome) => [
    names.get(outcome.file) ?? '',
    ...formatOutcome(outcome, { withHead, withErrors }),
  ]);
  const head = ['file', 'frame', 'formula', 'energy (eV)', 'eV/atom', 'fmax (eV/A)', 'pressure (GPa)'];
  const optional = [...(withErrors ? expectedErrorHeadings : []), ...(withHead ? ['head'] : [])];
  return fitTable([[...head, ...optional], ...rows], 2);
}

function shortNamesOf(inputs: readonly { readonly file: string }[]): Map<string, string> {
  return shortPaths([...new Set(inputs.map(({ file }) => file))]);
}

/** The cells of a row behind the name of the file. */
function formatOutcome(
  outcome: Outcome,
  { withHead, withErrors }: { readonly withHead: boolean; readonly withErrors: boolean },
): string[] {
  const described = describeOutcome(outcome);
  const uncertainty = 'uncertainty' in described ? described.uncertainty : undefined;
  const last = [
    ...(withErrors ? expectedErrors(uncertainty) : []),
    ...(withHead ? [('head' in described && described.head) || '-'] : []),
  ];
  if ('error' in described) return [String(described.frame), '-', 'FAILED', '-', '-', '-', ...last];
  const { frame, formula, energy, energies, stress, fmax } = described;
  const numbers = [energy.toFixed(6), (energy / energies.length).toFixed(6), fmax.toFixed(6)];
  return [String(frame), formula, ...numbers, stress ? formatFixed(pressureGPaOf(stress), 3) : '-', ...last];
}
