import { countOf } from '../../count-of.js';
import { maxRowNorm, rowsOf } from '../../linalg/rows.js';
import { pressureOfStress } from '../../linalg/voigt.js';
import { formatFixed } from '../../report/format-number.js';
import { calculatorWithHeads, headsOf, zerosRemarks } from '../../report/heads.js';
import { shortPaths } from '../../report/short-paths.js';
import { formulaOf } from '../../structure/structure.js';
import type { CalculatedInput, CalculatedInputs } from '../../tasks/singlepoint/run.js';
import type { FailedInput } from '../../tasks/structures/failed-input.js';
import { GPa } from '../../units.js';
import { expectedErrorHeadings, expectedErrors, trustRemarks } from '../output/expected-errors.js';
import { exitCodeOfFailures, failureAsJson, remarkFailures } from '../output/failures.js';
import { fitResults } from '../output/fit-table.js';
import { print, printJson, remark } from '../output/output.js';
import { exitCode } from '../output/report-error.js';

type Outcome = CalculatedInput | FailedInput;

/** Prints what was calculated and sets the exit code. */
export function reportSinglepoint(calculated: CalculatedInputs, { json }: { readonly json?: boolean }): void {
  const { outcomes, calculator, seconds, out, interrupted, skippedCount } = calculated;
  const points = outcomes.filter((outcome) => 'result' in outcome);
  const failed = outcomes.filter((outcome) => 'error' in outcome);
  remarkFailures(failed);
  if (json) {
    const { name, conservative } = calculator;
    printJson({
      results: outcomes.map(describeOutcome),
      ...{ calculator: name, conservative, seconds },
      ...(out && { out }),
    });
  } else {
    print(formatOutcomes(outcomes));
    print(summaryLine(calculated, points));
  }
  for (const text of zerosRemarks(headsOf(points.map(({ result }) => result)))) remark(text);
  for (const text of trustRemarks(points.map(({ result }) => result.uncertainty))) remark(text);
  const ofInputs = exitCodeOfFailures(failed) ?? (skippedCount > 0 ? exitCode.badInput : exitCode.done);
  process.exitCode = interrupted ? exitCode.interrupted : ofInputs;
}

function summaryLine(
  { outcomes, calculator, seconds, out }: CalculatedInputs,
  points: readonly CalculatedInput[],
): string {
  const by = calculatorWithHeads(calculator.name, headsOf(points.map(({ result }) => result)));
  const atoms = points.reduce((sum, { structure }) => sum + structure.numbers.length, 0);
  const failed = outcomes.length > points.length ? `, ${outcomes.length - points.length} failed` : '';
  const written = out === undefined ? 'nothing is written' : `written to ${out}`;
  return `${countOf(points.length, 'structure')}, ${countOf(atoms, 'atom')} with ${by} in ${seconds.toFixed(2)} s${failed}; ${written}`;
}

/** What `--json` prints of one structure; forces are rows, as in `lamm data info --json --full`. */
function describeOutcome(outcome: Outcome) {
  if ('error' in outcome) return failureAsJson(outcome);
  const { file, frame, structure, result } = outcome;
  const { forces } = result;
  return { file, frame, formula: formulaOf(structure), ...result, forces: rowsOf(forces), fmax: maxRowNorm(forces) };
}

function formatOutcomes(outcomes: readonly Outcome[]): string {
  const heads = headsOf(outcomes.flatMap((outcome) => ('result' in outcome ? [outcome.result] : [])));
  const withHead = heads.length > 1;
  const withErrors = outcomes.some((outcome) => 'result' in outcome && outcome.result.uncertainty !== undefined);
  const withFrame = outcomes.some(({ frame }) => frame !== 1);
  const names = shortPaths([...new Set(outcomes.map(({ file }) => file))]);
  const rows = outcomes.map((outcome) => [
    names.get(outcome.file) ?? '',
    ...(withFrame ? [String(outcome.frame)] : []),
    ...formatOutcome(outcome, { withHead, withErrors }),
  ]);
  const keys = ['file', ...(withFrame ? ['frame'] : [])];
  const head = ['formula', 'energy (eV)', 'eV/atom', 'fmax (eV/A)', 'pressure (GPa)'];
  const optional = [...(withErrors ? expectedErrorHeadings : []), ...(withHead ? ['head'] : [])];
  return fitResults([[...keys, ...head, ...optional], ...rows], { keyCount: keys.length });
}

/** The cells of a row behind the names of the file and its frame. */
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
  if ('error' in described) return ['-', 'FAILED', '-', '-', '-', ...last];
  const { formula, energy, energies, stress, fmax } = described;
  const isCrystal = 'structure' in outcome && outcome.structure.pbc.every(Boolean); // in a vacuum there is no pressure
  const numbers = [energy.toFixed(6), (energy / energies.length).toFixed(6), fmax.toFixed(6)];
  const pressure = stress && isCrystal ? formatFixed(pressureOfStress(stress) / GPa, 3) : '-';
  return [formula, ...numbers, pressure, ...last];
}
