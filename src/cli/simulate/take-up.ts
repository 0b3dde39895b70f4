import {
  type CalculatorSpec,
  formatCalculatorSpec,
  parseCalculatorSpec,
} from '../../../calculators/calculator-spec.js';
import { type SteppedCalculator, withInner } from '../../../md/ensembles/respa.js';
import { LammError } from '../../errors.js';
import { type CalculatorOptions, openCalculator } from '../input/shared-options.js';
import { remark } from '../output/output.js';

/** What results depend on besides numbers, as the user wrote it: recorded in checkpoints, and compared when a run is taken up again. */
export type RunOrigin = Readonly<Record<string, string>>;

export interface OriginOptions extends CalculatorOptions {
  readonly innerCalculator?: CalculatorSpec;
}

/** The origin that options name; the calculator is left out where it was left at its default. */
export function originOf(
  { calculator, model, head, innerCalculator }: OriginOptions,
  { isCalculatorGiven, others }: { isCalculatorGiven: boolean; others: Readonly<Record<string, string | undefined>> },
): RunOrigin {
  const named = {
    calculator: isCalculatorGiven ? formatCalculatorSpec(calculator) : undefined,
    ...{ model, head, ...others },
    innerCalculator: innerCalculator && formatCalculatorSpec(innerCalculator),
  };
  return Object.fromEntries(Object.entries(named).filter((entry): entry is [string, string] => entry[1] !== undefined));
}

/** Opens the calculator of an origin, where and on as many threads as the options say. */
export function openOrigin(origin: RunOrigin, options: OriginOptions): SteppedCalculator {
  const { calculator, model, head, innerCalculator } = origin;
  const outer = openCalculator({ ...options, calculator: parseCalculatorSpec(calculator), model, head });
  if (innerCalculator === undefined) return outer;
  const inner = openCalculator({
    ...options,
    calculator: parseCalculatorSpec(innerCalculator),
    model: undefined,
  });
  return withInner(outer, inner);
}

export interface TakeUp<Checkpoint> {
  /** Where the checkpoint would be. */
  readonly file: string;
  /** Loads it and compares it with what is asked for. */
  readonly load: () => Promise<Checkpoint | undefined>;
  /** What must have been given to begin where there is nothing to take up, by option. */
  readonly needed: Readonly<Record<string, unknown>>;
  /** What is said of a checkpoint that is there. */
  readonly describe: (checkpoint: Checkpoint) => string;
}

/**
 * The checkpoint that `--resume` goes on from; undefined where there is none and the run may begin.
 *
 * Whoever resumes believes that the options are recorded: without a checkpoint, defaults in their place would be another run.
 *
 * @throws {LammError} `checkpoint` when there is none and not all that is needed was given.
 */
export async function takeUp<Checkpoint>(request: TakeUp<Checkpoint>): Promise<Checkpoint | undefined> {
  const { file, load, needed, describe } = request;
  const checkpoint = await load();
  if (checkpoint !== undefined) {
    remark(describe(checkpoint));
    return checkpoint;
  }
  const missing = Object.entries(needed).flatMap(([name, value]) => (value === undefined ? [name] : []));
  if (missing.length > 0) {
    const message = `there is no checkpoint to resume from; leave out --resume to start at step 0, or say in full what is to be done (missing: ${missing.join(', ')})`;
    throw new LammError('checkpoint', message, { file });
  }
  remark(`there is no checkpoint ${file} to resume from: starting at step 0`);
  return undefined;
}
