import { formatCalculatorSpec } from '../../../calculators/calculator-spec.js';
import { calculatorSettings } from '../../../calculators/settings.js';
import type { MdCheckpoint, MdJournal } from '../../../md/record/checkpoint.js';
import { loadResumePoint } from '../../../md/record/record.js';
import type { MdOptions } from '../../../md/settings.js';
import { LammError } from '../../errors.js';
import type { TaskContext } from '../context.js';
import type { MdTaskSettings } from './schema.js';

/** What structure and calculator are made of, as recorded in checkpoints. */
export type MdOrigin = Readonly<Record<string, string>>;

/** The origin that was asked for, with the calculator that is taken when none is named. */
export function originOf(given: MdTaskSettings): MdOrigin {
  const { calculator } = calculatorSettings.parse({ calculator: given.calculator });
  return { calculator: formatCalculatorSpec(calculator), ...namedOrigin(given) };
}

/** As much of the origin as was said. */
function namedOrigin({ calculator, model, head, supercell, innerCalculator }: MdTaskSettings): MdOrigin {
  const named = {
    calculator: calculator && formatCalculatorSpec(calculator),
    ...{ model, head },
    supercell: supercell?.join(),
    innerCalculator: innerCalculator && formatCalculatorSpec(innerCalculator),
  };
  return Object.fromEntries(Object.entries(named).filter((entry): entry is [string, string] => entry[1] !== undefined));
}

/**
 * The checkpoint to go on from; undefined when there is none and all is said that a new simulation needs.
 *
 * @throws {LammError} `checkpoint` when it is damaged, or something else is asked for than it was begun with.
 */
export async function findResumePoint(
  journal: MdJournal,
  { given, md }: { readonly given: MdTaskSettings; readonly md: Partial<MdOptions> },
  { tell }: TaskContext,
): Promise<MdCheckpoint | undefined> {
  const { trajectoryEvery, logEvery, resultKeys } = given;
  const settings = { trajectoryEvery, logEvery, resultKeys, origin: namedOrigin(given) };
  const checkpoint = await loadResumePoint(journal, { md, settings });
  if (checkpoint === undefined) {
    assertGivenInFull(journal.path, given);
    tell?.(`there is no checkpoint ${journal.path} to resume from: starting at step 0`);
    return undefined;
  }
  const { step = 0 } = checkpoint.progress ?? {};
  if (step === md.steps)
    tell?.(`${journal.path} is at step ${step} already; \`steps\` is the total, those before it included`);
  else tell?.(`going on from step ${step} of ${journal.path}`);
  return checkpoint;
}

/** Whoever resumes believes that the options are recorded: without a checkpoint, defaults in their place would be another simulation. */
function assertGivenInFull(checkpoint: string, { calculator, model, ...given }: MdTaskSettings): void {
  const { steps, ensemble, timestepFs, temperatureK } = given;
  const needed = { steps, calculator: model ?? calculator, ensemble, timestepFs, temperatureK };
  const missing = Object.entries(needed).flatMap(([key, value]) => (value === undefined ? [`\`${key}\``] : []));
  if (missing.length === 0) return;
  const message = `there is no checkpoint to resume from; leave out \`resume\` to start at step 0, or say in full what is simulated (missing: ${missing.join(', ')})`;
  throw new LammError('checkpoint', message, { file: checkpoint });
}
