import type { Command } from 'commander';
import type { CalculationResult } from '../../../calculators/calculator.js';
import type { Structure } from '../../structure/structure.js';
import { type InputOptions, occupancyOption } from '../input/input-options.js';
import type { Input } from '../input/load-inputs.js';
import {
  addCalculatorOptions,
  addOutputOptions,
  type CalculatorOptions,
  type OutputOptions,
  openCalculator,
} from '../input/shared-options.js';

type Options = CalculatorOptions & OutputOptions & Pick<InputOptions, 'occupancy'>;

interface Point extends Input {
  readonly result: CalculationResult;
}

/** `lamm singlepoint`: energy, forces and stress of structures as they are. */
export function registerSinglepoint(program: Command): void {
  const command = program
    .command('singlepoint')
    .description('energy, forces and stress of structures as they are')
    .argument('<files...>', 'structures in any known format; - for the standard input');
  addOutputOptions(
    addCalculatorOptions(command).addOption(occupancyOption),
    'structures with their results; with --json nothing is written unless this is given',
  ).action(singlepoint);
}

async function singlepoint(files: string[], options: Options): Promise<void> {
  const { print, printJson, resolveOutputPath } = await import('../output/output.js');
  const { exitCode } = await import('../output/report-error.js');
  const wantsFile = options.out !== undefined || !options.json;
  const out = wantsFile ? resolveOutputPath({ ...options, input: files[0], suffix: '-singlepoint.extxyz' }) : undefined;
  const { loadInputs } = await import('../input/load-inputs.js');
  const { assertOutputFormat } = await import('../output/output-format.js');
  const inputs = await loadInputs(files, options);
  if (out !== undefined) assertOutputFormat(out, inputs.length);
  await using calculator = await openCalculator(options);
  const started = performance.now();
  const { points, interrupted } = await calculateInputs(inputs, calculator);
  const seconds = (performance.now() - started) / 1000;
  if (out !== undefined) await writeLabelled(out, points);
  if (options.json) {
    const results = await Promise.all(points.map(describePoint));
    printJson({
      results,
      calculator: calculator.name,
      conservative: calculator.capabilities.conservative,
      seconds,
      ...(out && { out }),
    });
  } else {
    print(await formatPoints(points));
    const atoms = points.reduce((sum, { structure }) => sum + structure.numbers.length, 0);
    print(
      `${points.length} structure${points.length === 1 ? '' : 's'}, ${atoms} atoms with ${calculator.name} in ${seconds.toFixed(2)} s; written to ${out}`,
    );
  }
  if (interrupted) process.exitCode = exitCode.interrupted;
}

async function calculateInputs(inputs: readonly Input[], calculator: Awaited<ReturnType<typeof openCalculator>>) {
  const { calculateAll } = await import('../../../calculators/batching.js');
  const { createProgress } = await import('../output/progress.js');
  const { createStopSignal } = await import('../output/stop-signal.js');
  using progress = createProgress({ label: 'singlepoint', total: inputs.length });
  using stop = createStopSignal();
  const points: Point[] = [];
  const structures = inputs.map(({ structure }) => structure);
  try {
    for await (const result of calculateAll(calculator, structures)) {
      points.push({ ...inputs[points.length], result });
      progress.update(points.length);
      if (points.length < inputs.length && (await stop.poll())) return { points, interrupted: true };
    }
  } catch (error) {
    throw await atInput(error, inputs[points.length]); // results come in order
  }
  return { points, interrupted: false };
}

async function atInput(error: unknown, { file, frame }: Input): Promise<unknown> {
  const { LammError } = await import('../../errors.js');
  if (!(error instanceof LammError) || error.details.file !== undefined) return error;
  return new LammError(error.code, `frame ${frame}: ${error.message}`, { ...error.details, file });
}

async function writeLabelled(out: string, points: readonly Point[]): Promise<void> {
  const { writeStructures } = await import('../../io/write-structures.js');
  const { labelledStructure } = await import('../output/labelled-structure.js');
  await writeStructures(
    out,
    points.map(({ structure, result }): Structure => labelledStructure(structure, result)),
  );
  const { writableFormatOfName } = await import('../../io/formats.js');
  const { remark } = await import('../output/output.js');
  const format = writableFormatOfName(out);
  if (format !== 'extxyz')
    remark(`${out} holds the structures alone, for ${format} has no place for results; write .extxyz`);
}

/** What `--json` prints of one structure; forces are rows, as in `lamm data info --json --full`. */
async function describePoint({ file, frame, structure, result }: Point) {
  const { formulaOf } = await import('../../structure/structure.js');
  const { largestForce } = await import('../../../md/relax/relax.js');
  const { rowsOf } = await import('../../linalg/rows.js');
  const { forces } = result;
  return { file, frame, formula: formulaOf(structure), ...result, forces: rowsOf(forces), fmax: largestForce(forces) };
}

async function formatPoints(points: readonly Point[]): Promise<string> {
  const { formatTable } = await import('../output/output.js');
  const { GPa } = await import('../../units.js');
  const rows = await Promise.all(
    points.map(async (point) => {
      const { file, frame, formula, energy, stress, fmax } = await describePoint(point);
      const pressure = stress ? (-(stress[0] + stress[1] + stress[2]) / 3 / GPa).toFixed(3) : '-';
      const perAtom = (energy / point.structure.numbers.length).toFixed(6);
      return [file, String(frame), formula, energy.toFixed(6), perAtom, fmax.toFixed(6), pressure];
    }),
  );
  return formatTable([
    ['file', 'frame', 'formula', 'energy (eV)', 'eV/atom', 'fmax (eV/A)', 'pressure (GPa)'],
    ...rows,
  ]);
}
