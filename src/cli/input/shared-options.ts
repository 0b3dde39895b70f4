import { type Command, InvalidArgumentError, Option } from 'commander';
import type { Calculator } from '../../../calculators/calculator.js';
import { LammError } from '../../errors.js';
import { remark } from '../output/output.js';
import { type CalculatorSpec, parseCalculatorSpec } from './calculator-spec.js';
import { configOption } from './config-file.js';

/** Options of every command that calculates. */
export interface CalculatorOptions {
  readonly calculator: CalculatorSpec;
  readonly model?: string;
  readonly head?: string;
  readonly threads?: number;
  readonly engine: 'onnx' | 'tfjs';
  readonly device: 'cpu' | 'cuda' | 'webgpu';
}

/** Options of every command that writes a result. */
export interface OutputOptions {
  readonly out?: string;
  readonly force?: boolean;
  readonly json?: boolean;
}

/** Adds `--calculator`, `--model`, `--head`, `--threads`, `--engine` and `--device`. */
export function addCalculatorOptions(command: Command): Command {
  return command
    .addOption(
      new Option(
        '-c, --calculator <name[:key=value,...]>',
        'energies and forces: lamm-s, lj, morse, emt, or ipi for another program',
      )
        .argParser(parseCalculatorSpec)
        .default(parseCalculatorSpec('lamm-s'), 'lamm-s'),
    )
    .option(
      '--model <path>',
      'file of a model of your own, or the name of one that comes with the program, such as lamm-s-metals',
    )
    .option(
      '--head <name>',
      'level of theory, for a model that has several (default: the first that knows all elements)',
    )
    .addOption(
      new Option(
        '--threads <count>',
        'threads of a model; of lj, morse and emt from 8192 atoms on (default: those of the machine)',
      ).argParser(parseCount),
    )
    .addOption(new Option('--engine <name>', 'numeric engine of a model').choices(['onnx', 'tfjs']).default('onnx'))
    .addOption(new Option('--device <name>', 'where a model runs').choices(['cpu', 'cuda', 'webgpu']).default('cpu'));
}

/** Adds `--out`, `--force`, `--json` and `--config`. */
export function addOutputOptions(command: Command, out = 'output file; its ending says the format'): Command {
  return command
    .option('-o, --out <path>', out)
    .option('--force', 'replace files that exist')
    .option('--json', 'print one JSON object on stdout')
    .addOption(configOption);
}

/** Values of an option that may be given several times. */
export function collectValues(value: string, previous: readonly string[]): readonly string[] {
  return [...previous, value];
}

/** Value of an option that counts something: a whole number of at least 1. */
export function parseCount(text: string): number {
  return parseWhole(text, 1);
}

/** Value of an option that may be zero: a whole number of at least 0. */
export function parseNatural(text: string): number {
  return parseWhole(text, 0);
}

/** Value of an option that is a positive number. */
export function parsePositive(text: string): number {
  const value = Number(text);
  if (Number.isFinite(value) && value > 0) return value;
  throw new InvalidArgumentError('expected a positive number');
}

/** The value of an option that a command needs, whether it came from the command line or from `--config`. */
export function requireOption<Value>(value: Value | undefined, option: string, example: string): Value {
  if (value === undefined) {
    const message = `expected the option ${option}, such as ${option} ${example}; it has no default`;
    throw new LammError('usage', message, { quantity: option });
  }
  return value;
}

/** Creates the calculator that the options name: a model of the user's, or one that comes with the program. */
export async function openCalculator({ calculator, model, ...chosen }: CalculatorOptions): Promise<Calculator> {
  const { name, options } = calculator;
  const isModel = model !== undefined || name === 'lamm-s';
  if (!isModel && chosen.head !== undefined) {
    throw new LammError('usage', `--head: the calculator "${name}" has no heads`, { quantity: '--head' });
  }
  if (name === 'ipi' && !isModel) return (await import('./open-engine.js')).openEngine(options);
  const { createCalculator } = await import('../../../calculators/create-calculator.js');
  const { head, threads, engine, device } = chosen;
  if (!isModel) return createCalculator(name, threads === undefined ? options : { ...options, threads });
  const given = Object.entries({ model, head, threads, engine, device }).filter(([, value]) => value !== undefined);
  return createCalculator('lamm-s', {
    ...(name === 'lamm-s' && options),
    ...Object.fromEntries(given),
    onNotice: remark,
  });
}

function parseWhole(text: string, least: number): number {
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (Number.isSafeInteger(value) && value >= least) return value;
  throw new InvalidArgumentError(`expected a whole number of at least ${least}`);
}
