import { calculateEach } from '../../../calculators/batching.js';
import type { CalculationResult, Calculator } from '../../../calculators/calculator.js';
import { labelledStructure } from '../../../calculators/labelled-structure.js';
import { openCalculator } from '../../../calculators/open-calculator.js';
import { isAboutOneStructure } from '../../errors.js';
import { writableFormatOfName } from '../../io/formats.js';
import { writeStructures } from '../../io/write-structures.js';
import { checkGiven } from '../../settings/check-settings.js';
import type { Structure } from '../../structure/structure.js';
import { calculatorEvents, type TaskBegins, type TaskContext } from '../context.js';
import { atInput, type FailedInput } from '../structures/failed-input.js';
import type { Input } from '../structures/load-structure.js';
import { loadInputs } from '../structures/load-structures.js';
import { assertOutputFormat } from '../structures/output-format.js';
import { resolveOutputPath } from '../structures/output-path.js';
import { type SinglepointTaskSettings, singlepointTask } from './schema.js';

/** A structure and what was calculated of it. */
export interface CalculatedInput extends Input {
  readonly result: CalculationResult;
}

/** So many structures are done. */
export interface SinglepointStepped {
  readonly kind: 'step';
  readonly done: number;
}

/** What came of each structure, in their order; when interrupted, the last are missing. */
export interface CalculatedInputs {
  readonly outcomes: readonly (CalculatedInput | FailedInput)[];
  readonly interrupted: boolean;
  /** Files that could not be read, as was told. */
  readonly skippedCount: number;
  readonly calculator: { readonly name: string; readonly conservative: boolean };
  /** The file with the results, if it was written. */
  readonly out?: string;
  readonly seconds: number;
}

/** The file for the results that is named after the first of the inputs. */
export function singlepointOutputOf(input: string, { out, force }: SinglepointTaskSettings): string {
  return resolveOutputPath({ input, out, suffix: '-singlepoint.extxyz', force });
}

/**
 * Calculates energy, forces and stress of the structures of files as they are, and writes them with these results to
 * `out`, if that is given.
 *
 * What is wrong with one structure of several is its outcome, and the others go on.
 *
 * @throws {LammError} for settings that do not fit, a file that is taken, and what is wrong with a single structure.
 */
export async function* runSinglepointTask(
  files: readonly string[],
  given: SinglepointTaskSettings,
  context: TaskContext = {},
): AsyncGenerator<TaskBegins | SinglepointStepped, CalculatedInputs, void> {
  checkGiven(singlepointTask, given);
  const out = given.out === undefined ? undefined : singlepointOutputOf(files[0], given);
  const { inputs, skippedCount } = await loadInputs(files, given, context);
  const structures = inputs.map(({ structure }) => structure);
  if (out !== undefined) assertOutputFormat(out, structures);
  const { calculator: spec, model, head, threads, engine, device } = given;
  await using calculator = openCalculator(
    { calculator: spec, model, head, threads, engine, device },
    calculatorEvents(context),
  );
  const started = performance.now();
  const { outcomes, interrupted } = yield* calculateInputs(inputs, calculator, context);
  const seconds = (performance.now() - started) / 1000;
  const calculated = outcomes.filter((outcome) => 'result' in outcome);
  const written = calculated.length > 0 ? out : undefined;
  if (written !== undefined) await writeLabelled(written, calculated, { given, context });
  const { name, capabilities } = calculator;
  return {
    ...{ outcomes, interrupted, skippedCount, out: written, seconds },
    calculator: { name, conservative: capabilities.conservative },
  };
}

async function* calculateInputs(
  inputs: readonly Input[],
  calculator: Calculator,
  { shouldStop }: TaskContext,
): AsyncGenerator<TaskBegins | SinglepointStepped, Pick<CalculatedInputs, 'outcomes' | 'interrupted'>, void> {
  yield { kind: 'begin', total: inputs.length, done: 0 };
  const outcomes: (CalculatedInput | FailedInput)[] = [];
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
    yield { kind: 'step', done: outcomes.length };
    if (outcomes.length < inputs.length && (await shouldStop?.())) return { outcomes, interrupted: true };
  }
  return { outcomes, interrupted: false };
}

async function writeLabelled(
  out: string,
  calculated: readonly CalculatedInput[],
  { given, context }: { readonly given: SinglepointTaskSettings; readonly context: TaskContext },
): Promise<void> {
  await writeStructures(
    out,
    calculated.map(({ structure, result }): Structure => labelledStructure(structure, result, given.resultKeys)),
  );
  const format = writableFormatOfName(out);
  if (format === 'extxyz') return;
  context.tell?.(`${out} holds the structures alone, for ${format} has no place for results; write .extxyz`);
}
