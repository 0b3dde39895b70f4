import { type Command, Option } from 'commander';
import type { Calculator } from '../../../calculators/calculator.js';
import { labelledStructure } from '../../../calculators/labelled-structure.js';
import {
  loadRelaxCheckpoint,
  openRelaxJournal,
  type RelaxCheckpoint,
  type RelaxJournal,
  readRelaxCheckpoint,
} from '../../../md/relax/checkpoint.js';
import { type RelaxFrame, relaxedStructure } from '../../../md/relax/relax.js';
import { type RelaxAllOptions, type RelaxAllResult, relaxAll } from '../../../md/relax/relax-all.js';
import { type RelaxOptions, resolveRelaxOptions } from '../../../md/relax/settings.js';
import { describeSymmetry, type StartSymmetry, startSymmetry } from '../../../md/relax/start-symmetry.js';
import { countOf } from '../../count-of.js';
import { type ResultKeys, resultKeyChoices } from '../../io/result-keys.js';
import { writeStructures } from '../../io/write-structures.js';
import { formatExtxyz } from '../../io/xyz/extxyz.js';
import { cellVolume } from '../../structure/cell.js';
import { atInput } from '../../tasks/structures/failed-input.js';
import type { Input } from '../../tasks/structures/load-structure.js';
import { assertOutputFormat } from '../../tasks/structures/output-format.js';
import { assertDistinct, assertFree, companionPath, resolveOutputPath } from '../../tasks/structures/output-path.js';
import { addCalculationOptions, type CalculationOptions, filesArgument } from '../input/calculation-options.js';
import { loadInputs } from '../input/load-inputs.js';
import { addSettings } from '../input/setting-options.js';
import { parseCount } from '../input/shared-options.js';
import { remark } from '../output/output.js';
import { createProgress } from '../output/progress.js';
import { createStopSignal } from '../output/stop-signal.js';
import { pressureGPaOf } from './cell-change.js';
import { givenRelaxOptions, relaxRequest } from './relax-options.js';
import { type RelaxReport, reportRelax } from './relax-report.js';
import { openOrigin, originOf, type RunOrigin, takeUp } from './take-up.js';

interface Options extends CalculationOptions {
  readonly trajectory?: string;
  readonly batch?: number;
  readonly resume?: boolean;
}

/** `lamm relax`: structures to their nearest energy minimum. */
export function registerRelax(command: Command): void {
  command.argument(...filesArgument);
  addSettings(command, relaxRequest)
    .option('--trajectory <path>', 'extended XYZ file for every step')
    .addOption(
      new Option(
        '--batch <atoms>',
        'atoms of several structures that a model calculates at once (default: 64)',
      ).argParser(parseCount),
    )
    .addOption(new Option('--resume', 'go on where the same relaxation was interrupted'));
  addCalculationOptions(
    command,
    'relaxed structures; its ending says the format (default: named after the input)',
  ).action(relaxCommand);
}

async function relaxCommand(files: string[], options: Options, command: Command): Promise<void> {
  const given = await givenRelaxOptions(command);
  const out = resolveOut(files[0], options);
  await using journal = await openFiles(out, options);
  const inputs = await loadInputs(files, options);
  assertOutputFormat(
    out,
    inputs.map(({ structure }) => structure),
  );
  const isCalculatorGiven = command.getOptionValueSource('calculator') !== 'default';
  const request = { ...options, given, isCalculatorGiven };
  const resumeFrom = options.resume ? await findResumePoint(journal, inputs, request) : undefined;
  assertOutputsFree(out, options, { journal, isResumed: resumeFrom !== undefined });
  const origin = resumeFrom?.origin ?? originOf(options, { isCalculatorGiven: true, others: recordedOf(options) });
  await using calculator = openOrigin(origin, options);
  const started = performance.now();
  const run = { relax: resumeFrom?.options ?? given, origin, batchAtoms: options.batch, journal, resumeFrom };
  const symmetries = run.relax.symmetry ? announceSymmetries(inputs, run.relax) : undefined;
  const result = await relaxInputs(inputs, calculator, run).catch((error: unknown) => {
    throw inputs.length === 1 ? atInput(error, inputs[0]) : error;
  });
  const seconds = (performance.now() - started) / 1000;
  const { trajectory } = origin;
  const { relax } = run;
  const about = { inputs, relax, symmetries, calculator, out, trajectory, seconds, json: options.json };
  const report: RelaxReport = { ...result, ...about };
  await writeRelaxed(report, keysOf(origin));
  reportRelax({ ...report, checkpoint: journal.path });
  if (!result.interrupted) await journal.remove();
}

/** Says on stderr which symmetry is kept, and where another may have been meant; what is not a crystal is refused later. */
function announceSymmetries(inputs: readonly Input[], options: RelaxOptions): (StartSymmetry | undefined)[] {
  const { symmetryTolerance } = resolveRelaxOptions(options);
  const symmetries = inputs.map(({ structure }) => {
    try {
      return startSymmetry(structure, symmetryTolerance);
    } catch {
      return undefined;
    }
  });
  const counts = new Map<string, number>();
  for (const symmetry of symmetries) {
    const text = symmetry && describeSymmetry(symmetry);
    if (text !== undefined) counts.set(text, (counts.get(text) ?? 0) + 1);
  }
  for (const [text, count] of counts) remark(count === 1 ? text : `${text} (${count} structures)`);
  return symmetries;
}

function resolveOut(input: string, options: Options): string {
  return resolveOutputPath({ ...options, input, suffix: '-relaxed.extxyz', force: true });
}

/** Makes sure that no other process writes the files. */
async function openFiles(out: string, { trajectory, resume }: Options): Promise<RelaxJournal> {
  const checkpoint = companionPath(out, '.checkpoint');
  const recorded = resume ? await readRelaxCheckpoint(checkpoint).catch(() => undefined) : undefined; // loading it says what is wrong
  const path = trajectory ?? recorded?.origin.trajectory;
  await assertDistinct({ '--out': out, 'the checkpoint': checkpoint, '--trajectory': path });
  const files = path === undefined ? {} : { trajectory: path };
  return openRelaxJournal({ checkpoint, files, outputs: [out], tell: remark });
}

// Before anything is calculated: nothing is overwritten but what --resume continues, or --force gives up.
function assertOutputsFree(
  out: string,
  { trajectory, force }: Options,
  { journal, isResumed }: { readonly journal: RelaxJournal; readonly isResumed: boolean },
): void {
  assertFree(out, force || journal.owns(out));
  if (trajectory !== undefined) assertFree(trajectory, force || isResumed);
}

function recordedOf({ trajectory, resultKeys }: Options): Readonly<Record<string, string | undefined>> {
  return { trajectory, resultKeys };
}

function keysOf({ resultKeys }: RunOrigin): ResultKeys | undefined {
  return resultKeyChoices.find((choice) => choice === resultKeys);
}

async function findResumePoint(
  journal: RelaxJournal,
  inputs: readonly Input[],
  options: Options & { readonly given: RelaxOptions; readonly isCalculatorGiven: boolean },
): Promise<RelaxCheckpoint | undefined> {
  const { given, batch, model, isCalculatorGiven } = options;
  const structures = inputs.map(({ structure }) => structure);
  const asked = {
    ...given,
    batchAtoms: batch,
    ...originOf(options, { isCalculatorGiven, others: recordedOf(options) }),
  };
  return takeUp({
    file: journal.path,
    load: () => loadRelaxCheckpoint(journal, { structures, asked }),
    needed: { '--calculator': model ?? (isCalculatorGiven || undefined), '--fmax': given.fmax },
    describe: ({ underWay, finished }) => {
      if (underWay.length === 0) return `going on behind ${finished.length} of ${countOf(inputs.length, 'structure')}`;
      const [{ index, point }, ...others] = underWay;
      const { file, frame } = inputs[index];
      const more = others.length > 0 ? ` and ${others.length} more` : '';
      return `going on from step ${point.step} of ${file}, frame ${frame}${more}`;
    },
  });
}

async function relaxInputs(
  inputs: readonly Input[],
  calculator: Calculator,
  options: Omit<RelaxAllOptions, 'formatStep'>,
): Promise<RelaxAllResult> {
  const structures = inputs.map(({ structure }) => structure);
  const { trajectory } = options.origin;
  using stop = createStopSignal();
  let done = options.resumeFrom?.finished.length ?? 0;
  using progress = createProgress({ label: 'relax', total: inputs.length, done });
  const steps = relaxAll(structures, calculator, {
    ...options,
    ...(trajectory !== undefined && {
      formatStep: (index, { system, result }) =>
        formatExtxyz(labelledStructure(relaxedStructure(structures[index], system), result, keysOf(options.origin))),
    }),
    shouldStop: () => stop.poll(),
  });
  for (;;) {
    const next = await steps.next();
    if (next.done) return next.value;
    const { index, frame } = next.value;
    const { file } = inputs[index];
    if (frame.isLast) done++;
    const cell = options.relax.cell === undefined ? '' : describeCell(frame);
    progress.update(
      done,
      `${file} ${inputs[index].frame}, step ${frame.step}: ${frame.energy.toFixed(4)} eV, fmax ${frame.fmax.toFixed(4)} eV/A${cell}`,
    );
  }
}

function describeCell({ system, result }: RelaxFrame): string {
  const pressure = result.stress ? `, ${pressureGPaOf(result.stress).toFixed(3)} GPa` : '';
  return `, ${cellVolume(system.cell).toFixed(3)} A^3${pressure}`;
}

async function writeRelaxed({ inputs, outcomes, out }: RelaxReport, keys: ResultKeys | undefined): Promise<void> {
  const relaxed = outcomes.flatMap((outcome, index) => {
    if ('failure' in outcome) return [];
    const { structure } = inputs[index];
    return [labelledStructure(relaxedStructure(structure, { ...structure, ...outcome }), outcome.result, keys)];
  });
  if (relaxed.length > 0) await writeStructures(out, relaxed);
}
