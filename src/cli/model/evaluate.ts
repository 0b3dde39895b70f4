import type { Command } from 'commander';
import { errorRecord } from '../../../pretrain/assess/error-sums.js';
import {
  comparisonsByHead,
  type Evaluation,
  type EvaluationRow,
  type HeadComparisons,
  type SetErrors,
} from '../../../pretrain/assess/evaluate.js';
import { elementErrors } from '../../../pretrain/assess/parity.js';
import { type Ranking, rankingOf } from '../../../pretrain/assess/ranking.js';
import { countOf } from '../../count-of.js';
import { chemicalSymbols } from '../../elements.js';
import { calculatorWithHeads, headsOf, zerosRemarks } from '../../report/heads.js';
import { shortPaths } from '../../report/short-paths.js';
import { formatErrors } from '../../tasks/evaluate/format-errors.js';
import { type EvaluateOutcome, runEvaluateTask } from '../../tasks/evaluate/run.js';
import { evaluateTask } from '../../tasks/evaluate/schema.js';
import { follow } from '../input/follow.js';
import { givenSettings } from '../input/setting-options.js';
import { print, printJson, remark } from '../output/output.js';

/** Runs `lamm evaluate` for files. */
export async function evaluate(
  files: readonly string[],
  { json }: { readonly json?: boolean },
  command: Command,
): Promise<void> {
  const given = await givenSettings(command, evaluateTask);
  const outcome = await follow(
    command,
    (context) => runEvaluateTask(files, given, context),
    ({ done }) => ({ done }),
  );
  report(outcome, { json, out: given.out });
}

function report(
  { evaluation, calculator, structureCount, atomCount, seconds }: EvaluateOutcome,
  { json, out }: { readonly json?: boolean; readonly out?: string },
): void {
  const heads = headsOf(evaluation.comparisons.map(({ result }) => result));
  for (const text of [...zerosRemarks(heads), ...proposals(evaluation)]) remark(text);
  if (json) {
    printJson({ ...jsonReport(evaluation, { calculator, seconds, heads }), ...(out && { out }) });
    return;
  }
  print(textReport(evaluation));
  const ranking = rankingOf(evaluation.comparisons);
  if (ranking !== undefined) print(rankingText(ranking));
  if (out !== undefined) print(`written to ${out}`);
  const counts = `${countOf(structureCount, 'structure')}, ${countOf(atomCount, 'atom')}`;
  remark(`${calculatorWithHeads(calculator, heads)}: ${counts} in ${seconds.toFixed(1)} s`);
}

/** What may be wrong with the comparison itself. */
function proposals({ otherZeros }: Evaluation): string[] {
  return otherZeros.map(({ head, rmse, fitted }) => {
    const [before, after] = [rmse, fitted].map((error) => `${(1000 * error).toFixed(0)} meV/atom`);
    return `the energies${head === undefined ? '' : ` of head ${head}`} have another zero than the labels: their RMSE is ${before}, and ${after} where one energy per element is fitted first; \`rereference\` compares them so`;
  });
}

function rankingText({ compositions, structures, correlation, pairsInOrder }: Ranking): string {
  return `order of energies within ${countOf(compositions, 'composition')} (${countOf(structures, 'structure')}): rank correlation ${correlation.toFixed(3)}, ${(100 * pairsInOrder).toFixed(1)} % of pairs right`;
}

function textReport({ total, byHead, rows }: Evaluation): string {
  const single = rows.length === 1;
  const files = shortPaths([...new Set(rows.map(({ file }) => file))]);
  const name = ({ file, head, group }: EvaluationRow) => {
    if (group !== undefined) return `  ${group}`;
    const short = files.get(file) ?? file;
    return head === undefined ? short : `${short} (${head})`;
  };
  return formatErrors([
    ...rows.map((row) => ({ ...row, name: name(row) })),
    ...byHead.map(({ head, ...errors }) => ({ name: `all (${head})`, ...errors })),
    ...(single ? [] : [{ name: 'total', ...total }]),
  ]);
}

function jsonReport(
  { total, byHead, rows, comparisons }: Evaluation,
  run: { readonly calculator: string; readonly seconds: number; readonly heads: readonly string[] },
): object {
  const flat = ({ errors, ...row }: SetErrors) => ({ ...row, ...errorRecord(errors) });
  const ranking = rankingOf(comparisons);
  return {
    ...run,
    total: flat(total),
    ...(byHead.length > 0 && { byHead: byHead.map(flat) }),
    rows: rows.map(flat),
    ...(ranking && { ranking }),
    elements: comparisonsByHead(comparisons).flatMap(elementsReport),
  };
}

/** Errors by element, of one level of theory where several answered. */
function elementsReport({ head, comparisons }: HeadComparisons): object[] {
  return elementErrors(comparisons).map(({ number, structures, energy, atoms, forces }) => ({
    symbol: chemicalSymbols[number],
    ...(head !== undefined && { head }),
    structures,
    ...(structures > 0 && { energyMaeMeVPerAtom: 1000 * energy }),
    atoms,
    ...(atoms > 0 && { forceMaeMeVPerA: 1000 * forces }),
  }));
}
