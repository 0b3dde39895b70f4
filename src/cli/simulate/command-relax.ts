import { type Command, Option } from 'commander';
import type { Calculator } from '../../../calculators/calculator.js';
import type { RelaxCheckpoint } from '../../../md/relax/checkpoint.js';
import type { RelaxFrame } from '../../../md/relax/relax.js';
import type { RelaxAllOptions, RelaxAllResult } from '../../../md/relax/relax-all.js';
import { type ResultKeys, resultKeyChoices } from '../../io/result-keys.js';
import { addCalculationOptions, type CalculationOptions, filesArgument } from '../input/calculation-options.js';
import type { Input } from '../input/load-inputs.js';
import { addSettings } from '../input/setting-options.js';
import { openCalculator, parseCount } from '../input/shared-options.js';
import { givenRelaxOptions, relaxRequest } from './relax-options.js';
import { type RelaxReport, reportRelax } from './relax-report.js';

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
  const { companionPath } = await import('../output/output.js');
  const { loadInputs } = await import('../input/load-inputs.js');
  const { assertOutputFormat } = await import('../output/output-format.js');
  const given = await givenRelaxOptions(command);
  const out = await resolveOut(files[0], options);
  const checkpoint = companionPath(out, '.checkpoint');
  const inputs = await loadInputs(files, options);
  assertOutputFormat(
    out,
    inputs.map(({ structure }) => structure),
  );
  const asked = {
    ...given,
    batchAtoms: options.batch,
    ...(await originOf(options, command.getOptionValueSource('calculator') !== 'default')),
  };
  const resumeFrom = options.resume ? await findResumePoint(checkpoint, inputs, asked) : undefined;
  await assertOutputs({ out, checkpoint, trajectory: options.trajectory });
  if (!resumeFrom) await assertOutputsFree(out, options);
  const origin = resumeFrom?.origin ?? (await originOf(options, true));
  await using calculator = await openOrigin(origin, options);
  const started = performance.now();
  const run = { relax: resumeFrom?.options ?? given, origin, batchAtoms: options.batch, checkpoint, resumeFrom };
  const result = await relaxInputs(inputs, calculator, run).catch(async (error: unknown) => {
    const { atInput } = await import('../output/failures.js');
    throw inputs.length === 1 ? atInput(error, inputs[0]) : error;
  });
  const seconds = (performance.now() - started) / 1000;
  const { trajectory } = origin;
  const { relax } = run;
  const report: RelaxReport = { ...result, inputs, relax, calculator, out, trajectory, seconds, json: options.json };
  await writeRelaxed(report, keysOf(origin));
  await reportRelax({ ...report, checkpoint });
}

async function resolveOut(input: string, options: Options): Promise<string> {
  const { resolveOutputPath } = await import('../output/output.js');
  return resolveOutputPath({ ...options, input, suffix: '-relaxed.extxyz', force: options.force || options.resume });
}

async function assertOutputs({
  out,
  checkpoint,
  trajectory,
}: Readonly<Record<string, string | undefined>>): Promise<void> {
  const { assertDistinct } = await import('../output/output.js');
  await assertDistinct({ '--out': out, 'the checkpoint': checkpoint, '--trajectory': trajectory });
}

async function assertOutputsFree(out: string, { trajectory, force }: Options): Promise<void> {
  const { assertFree } = await import('../output/output.js');
  assertFree(out, force);
  if (trajectory !== undefined) assertFree(trajectory, force);
}

/** What the results depend on besides the structures, as recorded in checkpoints. */
async function originOf(
  { calculator, model, head, trajectory, resultKeys }: Options,
  withCalculator: boolean,
): Promise<Record<string, string>> {
  const { formatCalculatorSpec } = await import('../../../calculators/calculator-spec.js');
  const named = {
    ...(withCalculator && { calculator: formatCalculatorSpec(calculator) }),
    ...{ model, head, trajectory, resultKeys },
  };
  return Object.fromEntries(Object.entries(named).filter((entry): entry is [string, string] => entry[1] !== undefined));
}

function keysOf({ resultKeys }: Readonly<Record<string, string>>): ResultKeys | undefined {
  return resultKeyChoices.find((choice) => choice === resultKeys);
}

async function openOrigin(
  { calculator, model, head }: Readonly<Record<string, string>>,
  options: Options,
): Promise<Calculator> {
  const { parseCalculatorSpec } = await import('../../../calculators/calculator-spec.js');
  return openCalculator({ ...options, calculator: parseCalculatorSpec(calculator), model, head });
}

async function findResumePoint(
  path: string,
  inputs: readonly Input[],
  asked: Readonly<Record<string, unknown>>,
): Promise<RelaxCheckpoint | undefined> {
  const { loadRelaxCheckpoint } = await import('../../../md/relax/checkpoint.js');
  const { assertSameOptions } = await import('../../journal/same-run.js');
  const { remark } = await import('../output/output.js');
  const structures = inputs.map(({ structure }) => structure);
  const checkpoint = await loadRelaxCheckpoint(path, structures);
  if (checkpoint === undefined) {
    remark(`there is no checkpoint ${path} to resume from: starting at step 0`);
    return undefined;
  }
  assertSameOptions(
    asked,
    { ...checkpoint.options, ...checkpoint.origin, batchAtoms: checkpoint.batchAtoms },
    { file: path, what: 'relaxation' },
  );
  const [{ index, point }, ...others] = checkpoint.underWay;
  const { file, frame } = inputs[index];
  const more = others.length > 0 ? ` and ${others.length} more` : '';
  remark(`going on from step ${point.step} of ${file}, frame ${frame}${more}`);
  return checkpoint;
}

async function relaxInputs(
  inputs: readonly Input[],
  calculator: Calculator,
  options: Omit<RelaxAllOptions, 'trajectory'>,
): Promise<RelaxAllResult> {
  const { relaxAll } = await import('../../../md/relax/relax-all.js');
  const { relaxedStructure } = await import('../../../md/relax/relax.js');
  const { formatExtxyz } = await import('../../io/xyz/extxyz.js');
  const { createProgress } = await import('../output/progress.js');
  const { createStopSignal } = await import('../output/stop-signal.js');
  const { labelledStructure } = await import('../../../calculators/labelled-structure.js');
  const structures = inputs.map(({ structure }) => structure);
  const { trajectory } = options.origin;
  using stop = createStopSignal();
  let done = options.resumeFrom?.finished.length ?? 0;
  using progress = createProgress({ label: 'relax', total: inputs.length, done });
  const steps = relaxAll(structures, calculator, {
    ...options,
    ...(trajectory !== undefined && {
      trajectory: {
        path: trajectory,
        format: (index, { system, result }) =>
          formatExtxyz(labelledStructure(relaxedStructure(structures[index], system), result, keysOf(options.origin))),
      },
    }),
    shouldStop: () => stop.poll(),
  });
  for (;;) {
    const next = await steps.next();
    if (next.done) return next.value;
    const { index, frame } = next.value;
    const { file } = inputs[index];
    if (frame.isLast) done++;
    const cell = options.relax.cell === undefined ? '' : await describeCell(frame);
    progress.update(
      done,
      `${file} ${inputs[index].frame}, step ${frame.step}: ${frame.energy.toFixed(4)} eV, fmax ${frame.fmax.toFixed(4)} eV/A${cell}`,
    );
  }
}

async function describeCell({ system, result }: RelaxFrame): Promise<string> {
  const { cellVolume } = await import('../../structure/cell.js');
  const { pressureGPaOf } = await import('./cell-change.js');
  const pressure = result.stress ? `, ${pressureGPaOf(result.stress).toFixed(3)} GPa` : '';
  return `, ${cellVolume(system.cell).toFixed(3)} A^3${pressure}`;
}

async function writeRelaxed({ inputs, outcomes, out }: RelaxReport, keys: ResultKeys | undefined): Promise<void> {
  const { writeStructures } = await import('../../io/write-structures.js');
  const { relaxedStructure } = await import('../../../md/relax/relax.js');
  const { labelledStructure } = await import('../../../calculators/labelled-structure.js');
  const relaxed = outcomes.flatMap((outcome, index) => {
    if ('failure' in outcome) return [];
    const { structure } = inputs[index];
    return [labelledStructure(relaxedStructure(structure, { ...structure, ...outcome }), outcome.result, keys)];
  });
  if (relaxed.length > 0) await writeStructures(out, relaxed);
}
