import { type CalculatorSettings, calculatorSettings } from '../../calculators/calculator-settings.js';
import { type CalculatorSpec, formatCalculatorSpec, parseCalculatorSpec } from '../../calculators/calculator-spec.js';
import { openCalculator } from '../../calculators/open-calculator.js';
import { type SteppedCalculator, withInner } from '../../md/ensembles/respa.js';
import { LammError } from '../errors.js';
import { calculatorEvents, type TaskContext } from './context.js';

/**
 * What results depend on besides numbers, as the user said it: which calculator, and what else a task adds.
 * It is recorded in checkpoints, and compared when a run is taken up again.
 */
export type RunOrigin = Readonly<Record<string, string>>;

interface OriginSettings extends Partial<CalculatorSettings> {
  readonly innerCalculator?: CalculatorSpec;
}

/** What a task adds to its origin, by key. */
type Others = Readonly<Record<string, string | undefined>>;

/** The origin that was asked for, with the calculator that is taken when none is named. */
export function originOf(settings: OriginSettings, others: Others = {}): RunOrigin {
  const { calculator } = calculatorSettings.parse({ calculator: settings.calculator });
  return { calculator: formatCalculatorSpec(calculator), ...namedOrigin(settings, others) };
}

/** What a run was started from, as far as that was said. */
export function namedOrigin(
  { calculator, model, head, innerCalculator }: OriginSettings,
  others: Others = {},
): RunOrigin {
  const named = {
    calculator: calculator && formatCalculatorSpec(calculator),
    ...{ model, head, ...others },
    innerCalculator: innerCalculator && formatCalculatorSpec(innerCalculator),
  };
  return Object.fromEntries(Object.entries(named).filter((entry): entry is [string, string] => entry[1] !== undefined));
}

/** Opens the calculator of an origin, where and on as many threads as the settings say. */
export function openOrigin(
  { calculator, model, head, innerCalculator }: RunOrigin,
  { threads, engine, device }: Partial<CalculatorSettings>,
  context: TaskContext,
): SteppedCalculator {
  const open = (spec: string, named: { readonly model?: string; readonly head?: string }) =>
    openCalculator(
      { calculator: parseCalculatorSpec(spec), ...named, threads, engine, device },
      calculatorEvents(context),
    );
  const outer = open(calculator, { model, head });
  return innerCalculator === undefined ? outer : withInner(outer, open(innerCalculator, {}));
}

export interface ResumeRequest<Checkpoint> {
  /** Where the checkpoint would be. */
  readonly file: string;
  /** Loads it and compares it with what is asked for. */
  readonly load: () => Promise<Checkpoint | undefined>;
  /** What must have been said to begin where there is nothing to go on from, by key. */
  readonly needed: Readonly<Record<string, unknown>>;
  /** What is told of a checkpoint that is there. */
  readonly describe: (checkpoint: Checkpoint) => string;
}

/**
 * The checkpoint to go on from; undefined where there is none and all is said that a new run needs.
 *
 * Whoever resumes believes that the options are recorded: without a checkpoint, defaults in their place would be
 * another run.
 *
 * @throws {LammError} `checkpoint` when it is damaged, when something else is asked for than it was begun with, or when
 *   there is none and not all that is needed was said.
 */
export async function findResumePoint<Checkpoint>(
  { file, load, needed, describe }: ResumeRequest<Checkpoint>,
  { tell }: TaskContext,
): Promise<Checkpoint | undefined> {
  const checkpoint = await load();
  if (checkpoint !== undefined) {
    tell?.(describe(checkpoint));
    return checkpoint;
  }
  const missing = Object.entries(needed).flatMap(([key, value]) => (value === undefined ? [`\`${key}\``] : []));
  if (missing.length > 0) {
    const message = `there is no checkpoint to resume from; leave out \`resume\` to start at step 0, or say in full what is to be done (missing: ${missing.join(', ')})`;
    throw new LammError('checkpoint', message, { file });
  }
  tell?.(`there is no checkpoint ${file} to resume from: starting at step 0`);
  return undefined;
}
