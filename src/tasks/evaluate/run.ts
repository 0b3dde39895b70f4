import { openCalculator } from '../../../calculators/open-calculator.js';
import { type Evaluation, evaluate } from '../../../pretrain/assess/evaluate.js';
import { loadSamples } from '../../../pretrain/dataset/load/load-samples.js';
import { checkSettings } from '../../settings/check-settings.js';
import { calculatorEvents, type TaskBegins, type TaskContext } from '../context.js';
import { assertPage, resolveOutputPath } from '../structures/output-path.js';
import { writeEvaluationPage } from './page.js';
import { type EvaluateTaskSettings, evaluateTask } from './schema.js';

/** So many structures are done. */
export interface EvaluateStepped {
  readonly kind: 'step';
  readonly done: number;
}

export interface EvaluateOutcome {
  readonly evaluation: Evaluation;
  readonly calculator: string;
  readonly structureCount: number;
  readonly atomCount: number;
  readonly seconds: number;
}

/**
 * Compares a calculator with the labels of the structures of files; the page goes to `out`, if that is given.
 *
 * @throws {LammError} for settings that do not fit, a page that is taken, and files without labels or with elements
 *   that the calculator does not know.
 */
export async function* runEvaluateTask(
  files: readonly string[],
  given: EvaluateTaskSettings,
  context: TaskContext = {},
): AsyncGenerator<TaskBegins | EvaluateStepped, EvaluateOutcome, void> {
  const { energyKey, forcesKey, by, rereference, out, force, ...calculatorSettings } = checkSettings(
    evaluateTask,
    given,
  );
  if (out !== undefined) assertReport(out, force);
  const loaded = await Promise.all(
    files.map((path) => loadSamples({ path, name: path, energyKey, forcesKey, groupKey: by })),
  );
  const samples = loaded.flatMap((file) => file.samples);
  await using calculator = openCalculator(calculatorSettings, calculatorEvents(context));
  const started = performance.now();
  const run = evaluate(calculator, samples, { rereference });
  yield { kind: 'begin', total: samples.length, done: 0, canStop: false };
  let next = await run.next();
  for (; !next.done; next = await run.next()) yield { kind: 'step', done: next.value };
  const evaluation = next.value;
  const seconds = (performance.now() - started) / 1000;
  if (out !== undefined)
    await writeEvaluationPage(out, evaluation.comparisons, { calculator: calculator.name, by: by ?? 'config_type' });
  const atomCount = samples.reduce((sum, { structure }) => sum + structure.numbers.length, 0);
  return { evaluation, calculator: calculator.name, structureCount: samples.length, atomCount, seconds };
}

/** Refuses, before anything is calculated, a page that could not be written. */
function assertReport(out: string, force: boolean): void {
  assertPage(out, '`out`');
  resolveOutputPath({ input: out, out, suffix: '.html', force });
}
