import { LammError } from '../src/errors.js';
import {
  assertCalculatorOptions,
  type CalculatorName,
  calculatorOptions,
  type OptionType,
} from './calculator-options.js';

/** A calculator by its name, with the options that are not the default. */
export interface CalculatorSpec {
  readonly name: CalculatorName;
  readonly options: Readonly<Record<string, number | boolean | string>>;
}

/**
 * Reads `NAME[:key=value,...]`, for instance `lj:epsilon=0.0104,sigma=3.4,cutoff=8.5,smooth=true`; a key alone means
 * `true`.
 *
 * @throws {LammError} `usage` for an unknown name or key, with the nearest known one, or a value of another type.
 */
export function parseCalculatorSpec(text: string): CalculatorSpec {
  const [name, ...rest] = text.split(':');
  const parts = rest.join(':').split(',');
  const assignments = parts.filter((part) => part.trim() !== '').map(splitAssignment);
  const names = Object.fromEntries(assignments.map(([key]) => [key, undefined]));
  assertCalculatorName(name, names);
  const types: Readonly<Record<string, OptionType>> = calculatorOptions[name];
  const options: Record<string, number | boolean | string> = {};
  for (const [key, value] of assignments) {
    if (Object.hasOwn(options, key)) throw new LammError('usage', `calculator ${name}: "${key}" is given twice`);
    options[key] = parseValue(value, types[key], `calculator ${name}: ${key}`);
  }
  return { name, options };
}

/** The specification as text that `parseCalculatorSpec` reads back. */
export function formatCalculatorSpec({ name, options }: CalculatorSpec): string {
  const assignments = Object.entries(options).map(([key, value]) => `${key}=${value}`);
  return assignments.length === 0 ? name : `${name}:${assignments.join()}`;
}

function splitAssignment(text: string): [key: string, value: string] {
  const split = text.indexOf('=');
  return split < 0 ? [text.trim(), 'true'] : [text.slice(0, split).trim(), text.slice(split + 1).trim()];
}

function assertCalculatorName(name: string, options: object): asserts name is CalculatorName {
  assertCalculatorOptions(name, options);
}

function parseValue(text: string, type: OptionType, place: string): number | boolean | string {
  if (type === 'function') throw new LammError('usage', `${place}: can be set only in a program`);
  if (type === 'string' || type === 'model') return text;
  if (type === 'boolean' && (text === 'true' || text === 'false')) return text === 'true';
  const value = text === '' ? Number.NaN : Number(text);
  if (type === 'number' && Number.isFinite(value)) return value;
  const expected = type === 'number' ? 'a number' : 'true or false';
  throw new LammError('usage', `${place}: expected ${expected}, found "${text}"`, { expected, actual: text });
}
