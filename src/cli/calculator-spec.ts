import { LammError } from '../errors.js';
import { nearestName } from '../nearest-name.js';

type ValueType = 'number' | 'boolean';

/** The calculators that the command line offers, with their keys. */
export const calculatorKeys = {
  'lamm-s': {},
  lj: { epsilon: 'number', sigma: 'number', cutoff: 'number', onset: 'number', smooth: 'boolean' },
  emt: {},
  morse: { epsilon: 'number', rho0: 'number', r0: 'number', cutoff: 'number', onset: 'number' },
} as const satisfies Record<string, Readonly<Record<string, ValueType>>>;

export type CalculatorName = keyof typeof calculatorKeys;

/** A calculator as it is named on the command line. */
export interface CalculatorSpec {
  readonly name: CalculatorName;
  readonly options: Readonly<Record<string, number | boolean>>;
}

/**
 * Reads `NAME[:key=value,...]`, for instance `lj:epsilon=0.0104,sigma=3.4,cutoff=8.5,smooth=true`; a key alone means `true`.
 *
 * @throws {LammError} `usage` for an unknown name or key, with the nearest known one, or a value of another type.
 */
export function parseCalculatorSpec(text: string): CalculatorSpec {
  const [name, ...rest] = text.split(':');
  if (!isCalculatorName(name)) throw unknown('calculator', name, Object.keys(calculatorKeys));
  const assignments = rest
    .join(':')
    .split(',')
    .filter((part) => part.trim() !== '');
  const options: Record<string, number | boolean> = {};
  for (const assignment of assignments) {
    const [key, value] = splitAssignment(assignment);
    const types: Readonly<Record<string, ValueType>> = calculatorKeys[name];
    if (!Object.hasOwn(types, key)) throw unknown(`key of calculator "${name}"`, key, Object.keys(types));
    if (Object.hasOwn(options, key)) throw new LammError('usage', `--calculator ${name}: "${key}" is given twice`);
    options[key] = parseValue(value, types[key], `--calculator ${name}: ${key}`);
  }
  return { name, options };
}

/** The specification as text that `parseCalculatorSpec` reads back. */
export function formatCalculatorSpec({ name, options }: CalculatorSpec): string {
  const assignments = Object.entries(options).map(([key, value]) => `${key}=${value}`);
  return assignments.length === 0 ? name : `${name}:${assignments.join()}`;
}

function isCalculatorName(name: string): name is CalculatorName {
  return Object.hasOwn(calculatorKeys, name);
}

function splitAssignment(text: string): [key: string, value: string] {
  const split = text.indexOf('=');
  return split < 0 ? [text.trim(), 'true'] : [text.slice(0, split).trim(), text.slice(split + 1).trim()];
}

function parseValue(text: string, type: ValueType, place: string): number | boolean {
  if (type === 'boolean' && (text === 'true' || text === 'false')) return text === 'true';
  const value = text === '' ? Number.NaN : Number(text);
  if (type === 'number' && Number.isFinite(value)) return value;
  const expected = type === 'number' ? 'a number' : 'true or false';
  throw new LammError('usage', `${place}: expected ${expected}, found "${text}"`, { expected, actual: text });
}

function unknown(what: string, name: string, known: readonly string[]): LammError {
  const near = nearestName(name, known);
  const remedy =
    near === undefined
      ? `known are: ${known.join(', ') || 'none'}`
      : `did you mean "${near}"? Known are: ${known.join(', ')}`;
  return new LammError('usage', `unknown ${what} "${name}"; ${remedy}`, { actual: name });
}
