import { invalid, LammError } from '../src/errors.js';
import { nearestName } from '../src/settings/nearest-name.js';
import type { EmtOptions } from './emt.js';
import type { LennardJonesOptions } from './lennard-jones.js';
import type { ModelCalculatorOptions } from './model-calculator.js';
import type { MorseOptions } from './morse.js';
import type { SocketCalculatorOptions } from './socket.js';

/** Type of the value of an option; `model` is a path or a loaded model. */
export type OptionType = 'number' | 'boolean' | 'string' | 'function' | 'model';

const modelOptions = {
  model: 'model',
  head: 'string',
  skin: 'number',
  onNotice: 'function',
  engine: 'string',
  device: 'string',
  threads: 'number',
  spinning: 'boolean',
  precision: 'string',
  worker: 'boolean',
} as const satisfies Record<keyof ModelCalculatorOptions, OptionType>;

/** The calculators that can be created by name, with their options. */
export const calculatorOptions = {
  'lamm-s': modelOptions,
  'lamm-l': modelOptions,
  lj: {
    epsilon: 'number',
    sigma: 'number',
    cutoff: 'number',
    smooth: 'boolean',
    onset: 'number',
    threads: 'number',
  } satisfies Record<keyof LennardJonesOptions, OptionType>,
  emt: { threads: 'number' } satisfies Record<keyof EmtOptions, OptionType>,
  morse: {
    epsilon: 'number',
    rho0: 'number',
    r0: 'number',
    onset: 'number',
    cutoff: 'number',
    threads: 'number',
  } satisfies Record<keyof MorseOptions, OptionType>,
  ipi: {
    address: 'string',
    connectTimeoutS: 'number',
    answerTimeoutS: 'number',
    stress: 'boolean',
    conservative: 'boolean',
    onListening: 'function',
    onConnected: 'function',
  } satisfies Record<keyof SocketCalculatorOptions, OptionType>,
} as const satisfies Record<string, Readonly<Record<string, OptionType>>>;

export type CalculatorName = keyof typeof calculatorOptions;

/** The calculators that are models, with the options of any of them. */
export type ModelCalculatorName = {
  [Name in CalculatorName]: (typeof calculatorOptions)[Name] extends typeof modelOptions ? Name : never;
}[CalculatorName];

export function isModelCalculator(name: CalculatorName): name is ModelCalculatorName {
  return calculatorOptions[name] === modelOptions;
}

export const calculatorNames = Object.keys(calculatorOptions) as readonly CalculatorName[]; // the keys of the object just above

/** More than any machine has: each thread takes memory and time before it works. */
export const mostThreads = 512;

/**
 * Checks names and types of options, and that there are not too many threads; an option that is undefined counts as
 * absent.
 *
 * @throws {LammError} `usage` for an unknown calculator or option, or a value that does not fit.
 */
export function assertCalculatorOptions(name: string, options: object): void {
  if (!Object.hasOwn(calculatorOptions, name)) throw unknownName('calculator', name, calculatorNames);
  const types: Readonly<Record<string, OptionType>> = calculatorOptions[name as CalculatorName]; // checked just above
  for (const [key, value] of Object.entries(options)) {
    if (!Object.hasOwn(types, key)) throw unknownName(`option of calculator "${name}"`, key, Object.keys(types));
    if (value !== undefined) assertType(value, types[key], `${name}: ${key}`);
    if (key === 'threads' && value > mostThreads) {
      throw invalid(key, { expected: `at most ${mostThreads}`, actual: value });
    }
  }
}

function assertType(value: unknown, type: OptionType, quantity: string): void {
  if (type === 'model' && (typeof value === 'string' || (typeof value === 'object' && value !== null))) return;
  if (typeof value === type && !Number.isNaN(value)) return;
  const expected = type === 'model' ? 'a path or a loaded model' : `a ${type}`;
  const actual = typeof value === 'string' ? `"${value}"` : String(value);
  throw new LammError('usage', `${quantity}: expected ${expected}, found ${actual}`, { quantity, expected, actual });
}

function unknownName(what: string, name: string, known: readonly string[]): LammError {
  const near = nearestName(name, known);
  const hint = near === undefined ? 'known' : `did you mean "${near}"? Known`;
  return new LammError('usage', `unknown ${what} "${name}"; ${hint} are: ${known.join(', ')}`, {
    actual: name,
    expected: known.join(', '),
  });
}
