import { type Command, Option } from 'commander';
import type { Calculator } from '../../calculators/calculator.js';
import type { RecordFile } from '../../md/record-file.js';
import type { OptimizerName } from '../../md/relax/optimizer.js';
import type { RelaxOptions, RelaxResult } from '../../md/relax/relax.js';
import type { Structure } from '../structure/structure.js';
import type { Input } from './load-inputs.js';
import {
  addCalculatorOptions,
  addOutputOptions,
  type CalculatorOptions,
  type OutputOptions,
  openCalculator,
  parseNatural,
} from './shared-options.js';

interface Options extends CalculatorOptions, OutputOptions {
  readonly fmax?: string;
  readonly optimizer?: OptimizerName;
  readonly maxSteps?: number;
  readonly cell?: boolean;
  readonly pressure?: string;
  readonly trajectory?: string;
}

interface Relaxed extends Omit<RelaxResult, 'system'> {
  readonly file: string;
  readonly frame: number;
}

/** `lamm relax`: structures to their nearest energy minimum. */
export function registerRelax(program: Command): void {
  const command = program
    .command('relax')
    .description('bring structures to their nearest energy minimum')
    .argument('<files...>', 'structures in any known format; - for the standard input')
    .option('--fmax <force>', 'converged when no atom feels more, such as 0.01 eV/A (default: 0.05)')
    .addOption(
      new Option('--optimizer <name>', 'how to go downhill (default: lbfgs)').choices(['lbfgs', 'fire', 'bfgs']),
    )
    .addOption(
      new Option('--max-steps <count>', 'steps after which to give up (default: 1000)').argParser(parseNatural),
    )
    .option('--cell', 'relax the cell too')
    .option('--pressure <pressure>', 'pressure on the cell, with --cell (default: 0 GPa)')
    .option('--trajectory <path>', 'extended XYZ file for every step');
  addOutputOptions(addCalculatorOptions(command), 'relaxed structures; its ending says the format').action(
    relaxCommand,
  );
}

async function relaxCommand(files: string[], options: Options): Promise<void> {
  const { assertFree, resolveOutputPath } = await import('./output.js');
  const out = resolveOutputPath({ ...options, input: files[0], suffix: '-relaxed.extxyz' });
  if (options.trajectory !== undefined) assertFree(options.trajectory, options.force);
  const relaxOptions = await readRelaxOptions(options);
  const { loadInputs } = await import('./load-inputs.js');
  const { assertOutputFormat } = await import('./output-format.js');
  const inputs = await loadInputs(files);
  assertOutputFormat(out, inputs.length);
  await using calculator = await openCalculator(options);
  const started = performance.now();
  const { results, interrupted } = await relaxAll(inputs, calculator, {
    ...relaxOptions,
    trajectory: options.trajectory,
  });
  const seconds = (performance.now() - started) / 1000;
  await writeRelaxed(out, results);
  await report(results, { ...options, out, seconds, calculator });
  await setExitCode(results, interrupted);
}

async function readRelaxOptions({ fmax, optimizer, maxSteps, cell, pressure }: Options): Promise<RelaxOptions> {
  const { LammError } = await import('../errors.js');
  const { parseQuantity } = await import('./quantity.js');
  const { resolveRelaxOptions } = await import('../../md/relax/relax.js');
  if (pressure !== undefined && !cell) throw new LammError('usage', '--pressure acts on the cell: give --cell too');
  return resolveRelaxOptions({
    optimizer,
    maxSteps,
    ...(fmax !== undefined && { fmax: await parseQuantity(fmax, 'force', '--fmax') }),
    ...(cell && { cell: 'unit-cell' }),
    ...(pressure !== undefined && { pressureGPa: await parseQuantity(pressure, 'pressure', '--pressure') }),
  });
}

async function relaxAll(
  inputs: readonly Input[],
  calculator: Calculator,
  options: RelaxOptions & { trajectory?: string },
) {
  const { createStopSignal } = await import('./stop-signal.js');
  const { openRecord } = await import('../../md/record-file.js');
  await using trajectory = options.trajectory === undefined ? undefined : await openRecord(options.trajectory);
  using stop = createStopSignal();
  const results: Relaxed[] = [];
  for (const input of inputs) {
    const result = await relaxOne(input, calculator, { options, trajectory, shouldStop: () => stop.poll() });
    results.push(result);
    if (stop.requested && !(result.converged && results.length === inputs.length))
      return { results, interrupted: true };
  }
  return { results, interrupted: false };
}

interface Surroundings {
  readonly options: RelaxOptions;
  readonly trajectory?: RecordFile;
  readonly shouldStop: () => Promise<boolean>;
}

async function relaxOne(
  { file, frame, structure }: Input,
  calculator: Calculator,
  surroundings: Surroundings,
): Promise<Relaxed> {
  const { relaxedStructure, relaxSteps } = await import('../../md/relax/relax.js');
  const { createProgress } = await import('./progress.js');
  const { formatExtxyz } = await import('../io/extxyz.js');
  const { labelledStructure } = await import('./labelled-structure.js');
  const { options, trajectory, shouldStop } = surroundings;
  using progress = createProgress({ label: `relax ${file} ${frame}`, total: options.maxSteps ?? 0 });
  const steps = relaxSteps(structure, calculator, options);
  for (;;) {
    const next = await steps.next();
    if (next.done) return { ...next.value, file, frame };
    const point = next.value;
    const now = (): Structure => relaxedStructure(structure, point.system);
    await trajectory?.append(formatExtxyz(labelledStructure(now(), point.result)));
    progress.update(point.step, `energy ${point.energy.toFixed(4)} eV, fmax ${point.fmax.toFixed(4)} eV/A`);
    if (!point.converged && (await shouldStop())) return { ...point, structure: now(), file, frame };
  }
}

async function writeRelaxed(out: string, results: readonly Relaxed[]): Promise<void> {
  const { writeStructures } = await import('../io/write-structures.js');
  const { labelledStructure } = await import('./labelled-structure.js');
  await writeStructures(
    out,
    results.map(({ structure, result }) => labelledStructure(structure, result)),
  );
}

async function report(
  results: readonly Relaxed[],
  {
    json,
    out,
    seconds,
    trajectory,
    calculator,
  }: Pick<Options, 'json' | 'trajectory'> & { out: string; seconds: number; calculator: Calculator },
): Promise<void> {
  const { formatTable, print, printJson } = await import('./output.js');
  const summaries = results.map(({ file, frame, converged, step, energy, fmax }) => ({
    file,
    frame,
    converged,
    steps: step,
    energy,
    fmax,
  }));
  const converged = summaries.every((summary) => summary.converged);
  const steps = summaries.reduce((sum, summary) => sum + summary.steps, 0);
  if (json) {
    const first = summaries.length === 1 ? summaries[0] : {};
    printJson({ ...first, converged, steps, out, ...(trajectory && { trajectory }), seconds, results: summaries });
    return;
  }
  const rows = summaries.map((summary) => [
    summary.file,
    String(summary.frame),
    summary.converged ? 'yes' : 'NO',
    String(summary.steps),
    summary.energy.toFixed(6),
    summary.fmax.toFixed(6),
  ]);
  print(formatTable([['file', 'frame', 'converged', 'steps', 'energy (eV)', 'fmax (eV/A)'], ...rows]));
  const speed = steps > 0 ? `, ${(steps / seconds).toFixed(1)} steps/s` : '';
  const conservative = calculator.capabilities.conservative ? '' : '; its forces are not the derivative of its energy';
  print(`${steps} steps with ${calculator.name} in ${seconds.toFixed(2)} s${speed}${conservative}`);
  print(`written to ${out}${trajectory ? `, every step to ${trajectory}` : ''}`);
}

async function setExitCode(results: readonly Relaxed[], interrupted: boolean): Promise<void> {
  const { exitCode } = await import('./report-error.js');
  if (interrupted) process.exitCode = exitCode.interrupted;
  else if (results.some(({ converged }) => !converged)) process.exitCode = exitCode.notConverged;
}
