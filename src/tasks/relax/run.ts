import type { Calculator } from '../../../calculators/calculator.js';
import { labelledStructure } from '../../../calculators/labelled-structure.js';
import { type RelaxFrame, relaxedStructure } from '../../../md/relax/relax.js';
import { type RelaxAllOptions, type RelaxAllResult, relaxAll } from '../../../md/relax/relax-all.js';
import type { RelaxOutcome } from '../../../md/relax/relax-checkpoint.js';
import type { RelaxOptions } from '../../../md/relax/relax-settings.js';
import { constrained } from '../../../md/state/constraints.js';
import { isUsualName, type ResultKeys, resultKeyChoices, resultNamesOf, withoutResults } from '../../io/result-keys.js';
import { writeStructures } from '../../io/write-structures.js';
import { formatExtxyz } from '../../io/xyz/extxyz.js';
import { checkGiven } from '../../settings/check-settings.js';
import type { Structure } from '../../structure/structure.js';
import type { TaskBegins, TaskContext } from '../context.js';
import { openOrigin, type RunOrigin } from '../resume.js';
import { atInput } from '../structures/failed-input.js';
import type { Input } from '../structures/load-structure.js';
import { loadInputs } from '../structures/load-structures.js';
import { assertOutputFormat, describeLoss } from '../structures/output-format.js';
import { type CompleteRelaxation, concludeRelaxed, findComplete } from './complete.js';
import { assertRelaxFilesFree, openRelaxFiles, relaxOutputOf } from './files.js';
import { relaxOptionsOf } from './options.js';
import { findRelaxResumePoint, relaxOriginOf } from './resume-relax.js';
import { type RelaxTaskSettings, relaxTask } from './schema.js';
import { summariseRelaxed } from './summary.js';
import { keptSymmetries } from './symmetries.js';

/** A step of one of the structures. */
export interface RelaxStepped {
  readonly kind: 'step';
  readonly input: Input;
  readonly frame: RelaxFrame;
  /** Whether its cell is relaxed too. */
  readonly withCell: boolean;
  /** Structures that are finished. */
  readonly done: number;
}

/** What relaxations came to. */
export interface RelaxedInputs extends CompleteRelaxation {
  /** The last inputs, when it was interrupted before their turn. */
  readonly notBegun: readonly Pick<Input, 'file' | 'frame'>[];
  readonly interrupted: boolean;
  /** Files that could not be read, as was told. */
  readonly skippedCount: number;
  readonly out: string;
  readonly checkpoint: string;
}

/**
 * Relaxes the structures of files, each to its nearest energy minimum: the relaxed structures with their results, and
 * every step if that is wanted.
 *
 * @throws {LammError} for settings that do not fit, files that are taken, and what the relaxation of a single structure
 *   throws.
 */
export async function* runRelaxTask(
  files: readonly string[],
  given: RelaxTaskSettings,
  context: TaskContext = {},
): AsyncGenerator<TaskBegins | RelaxStepped, RelaxedInputs, void> {
  checkGiven(relaxTask, given);
  const asked = relaxOptionsOf(given);
  const out = relaxOutputOf(files[0], given);
  await using journal = await openRelaxFiles(out, given, context);
  const { inputs, skippedCount } = await loadInputs(files, given, context);
  const structures = inputs.map(({ structure }) => structure);
  assertOutputFormat(out, structures);
  const request = { inputs, given, relax: asked };
  const complete = given.resume ? await findComplete(journal, request, { ...context, out }) : undefined;
  const about = { skippedCount, out, checkpoint: journal.path };
  if (complete !== undefined) return { ...complete, ...about, notBegun: [], interrupted: false };
  const resumeFrom = given.resume ? await findRelaxResumePoint(journal, request, context) : undefined;
  assertRelaxFilesFree(out, given, { journal, isResumed: resumeFrom !== undefined });
  const origin = resumeFrom?.origin ?? relaxOriginOf(given);
  await using calculator = openOrigin(origin, given, context);
  const started = performance.now();
  const relax = resumeFrom?.options ?? asked;
  const held = inputs.map((input) => heldAs(input, relax));
  tellLoss(out, held, context);
  const symmetries = relax.symmetry ? keptSymmetries(structures, relax, context) : [];
  const batchAtoms = resumeFrom?.batchAtoms ?? given.batchAtoms;
  const run = { relax, origin, batchAtoms, journal, resumeFrom, shouldStop: context.shouldStop };
  const { outcomes, interrupted } = yield* relaxInputs(inputs, calculator, { ...run, held });
  const seconds = (performance.now() - started) / 1000;
  await writeRelaxed(out, { held, outcomes, keys: keysOf(origin) });
  const { name, capabilities } = calculator;
  const relaxed = {
    summaries: summariseRelaxed(inputs, outcomes, { relax, symmetries }),
    ...{ withCell: relax.cell !== undefined, seconds, trajectory: origin.trajectory },
    calculator: { name, conservative: capabilities.conservative },
  };
  if (!interrupted) await concludeRelaxed(journal, { inputs, relax, origin, batchAtoms, relaxed });
  const notBegun = inputs.slice(outcomes.length).map(({ file, frame }) => ({ file, frame }));
  return { ...relaxed, ...about, notBegun, interrupted };
}

/** A structure with all that holds its atoms. */
function heldAs(input: Input, { constraints }: RelaxOptions): Structure {
  try {
    return constrained(input.structure, constraints);
  } catch (error) {
    throw atInput(error, input);
  }
}

function tellLoss(out: string, structures: readonly Structure[], { tell }: TaskContext): void {
  const kept = structures.map((structure) => ({ ...withoutResults(structure), info: {} }));
  const loss = describeLoss(out, kept);
  if (loss !== undefined) tell?.(loss);
  const old = [...new Set(structures.flatMap(resultNamesOf))].filter((name) => !isUsualName(name));
  if (old.length > 0) tell?.(`${old.join(', ')}: of the positions in the file, not written beside the relaxed ones`);
}

async function* relaxInputs(
  inputs: readonly Input[],
  calculator: Calculator,
  { held, ...options }: Omit<RelaxAllOptions, 'formatStep'> & { readonly held: readonly Structure[] },
): AsyncGenerator<TaskBegins | RelaxStepped, RelaxAllResult, void> {
  const structures = inputs.map(({ structure }) => structure);
  const { origin, relax, resumeFrom } = options;
  const formatStep = (index: number, { system, result }: RelaxFrame) =>
    formatExtxyz(labelledStructure(relaxedStructure(held[index], system), result, keysOf(origin)));
  let done = resumeFrom?.finished.length ?? 0;
  yield { kind: 'begin', total: inputs.length, done };
  try {
    const steps = relaxAll(structures, calculator, {
      ...options,
      formatStep: origin.trajectory === undefined ? undefined : formatStep,
    });
    let next = await steps.next();
    for (; !next.done; next = await steps.next()) {
      const { index, frame } = next.value;
      if (frame.isLast) done++;
      yield { kind: 'step', input: inputs[index], frame, withCell: relax.cell !== undefined, done };
    }
    return next.value;
  } catch (error) {
    throw inputs.length === 1 ? atInput(error, inputs[0]) : error;
  }
}

function keysOf({ resultKeys }: RunOrigin): ResultKeys | undefined {
  return resultKeyChoices.find((choice) => choice === resultKeys);
}

interface Relaxed {
  /** The structures that were relaxed, with all that held their atoms. */
  readonly held: readonly Structure[];
  readonly outcomes: readonly RelaxOutcome[];
  readonly keys?: ResultKeys;
}

async function writeRelaxed(out: string, { held, outcomes, keys }: Relaxed): Promise<void> {
  const relaxed = outcomes.flatMap((outcome, index) => {
    if ('failure' in outcome) return [];
    const structure = held[index];
    return [labelledStructure(relaxedStructure(structure, { ...structure, ...outcome }), outcome.result, keys)];
  });
  if (relaxed.length > 0) await writeStructures(out, relaxed);
}
