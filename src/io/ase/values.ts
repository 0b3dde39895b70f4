import { LammError } from '../../errors.js';
import type { InfoValue } from '../../structure/structure.js';

/** An object of a JSON text, read key by key. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** A numeric array of any rank, row-major. */
export interface NdArray {
  readonly shape: readonly number[];
  readonly values: Float64Array;
}

const deepest = 8;
/** NumPy knows no more axes. */
const maxRank = 64;

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * The numbers of a value as ASE stores it: nested lists, `{"__ndarray__": [shape, type, values]}`, a cell object, or an
 * array that was read from a trajectory.  Logical values count as 0 and 1.
 *
 * @throws {LammError} `format`, without a place, for anything else and for numbers that are not finite.
 */
export function toNdArray(value: unknown, name: string): NdArray {
  if (isNdArray(value)) return value;
  const { __ndarray__: packed, array } = isObject(value) ? value : {};
  if (array !== undefined) return toNdArray(array, name);
  if (packed !== undefined) return unpack(packed, name);
  const values: number[] = [];
  const shape: number[] = [];
  flatten(value, 0, { name, values, shape });
  return { shape, values: Float64Array.from(values) };
}

/**
 * Reads an array of numbers, in any of the ways that ASE writes one, whose number of values is known beforehand.
 *
 * @throws {LammError} `format`, without a place, for anything else.
 */
export function toNumbers(value: unknown, count: number, name: string): Float64Array {
  const { values } = toNdArray(value, name);
  if (values.length === count) return values;
  throw new LammError('format', `expected ${count} numbers for ${name}, found ${values.length}`, { quantity: name });
}

/** A finite number, or an array of one. */
export function toNumber(value: unknown, name: string): number {
  return typeof value === 'number' && Number.isFinite(value) ? value : toNumbers(value, 1, name)[0];
}

/** A value for `info`; what has no form there is kept as the text `_JSON ...`, as extended XYZ does. */
export function toInfoValue(value: unknown, depth = deepest): InfoValue {
  if (typeof value === 'string' || typeof value === 'boolean' || (typeof value === 'number' && Number.isFinite(value)))
    return value;
  if (isNdArray(value) || (isObject(value) && '__ndarray__' in value)) {
    const { shape, values } = toNdArray(value, 'info');
    return nest(Array.from(values), shape);
  }
  if (Array.isArray(value) && depth > 0) {
    const items = value.map((item) => toInfoValue(item, depth - 1));
    if (!items.some((item) => typeof item === 'string' && item.startsWith('_JSON '))) return items;
  }
  return `_JSON ${JSON.stringify(value)}`;
}

function isNdArray(value: unknown): value is NdArray {
  return isObject(value) && value.values instanceof Float64Array && Array.isArray(value.shape);
}

function unpack(packed: unknown, name: string): NdArray {
  const [shape, type, data]: unknown[] = Array.isArray(packed) ? packed : [];
  const isShape =
    Array.isArray(shape) && shape.length <= maxRank && shape.every((size) => Number.isSafeInteger(size) && size >= 0);
  if (!isShape || typeof type !== 'string' || /complex|str|^[<>|]?[UO]/.test(type))
    fail(name, 'an array of real numbers');
  const { values } = toNdArray(data, name);
  const sizes: number[] = shape; // checked just above
  if (values.length !== sizes.reduce((product, size) => product * size, 1))
    fail(name, 'as many numbers as the shape of the array says');
  return { shape: sizes, values };
}

interface Flattening {
  readonly name: string;
  readonly values: number[];
  readonly shape: number[];
}

function flatten(value: unknown, depth: number, into: Flattening): void {
  const { name, values, shape } = into;
  if (typeof value === 'number' || typeof value === 'boolean') {
    if (depth !== shape.length || !Number.isFinite(Number(value))) fail(name, 'finite numbers in rows of equal length');
    values.push(Number(value));
    return;
  }
  if (!Array.isArray(value) || depth >= deepest) fail(name, 'numbers');
  if (values.length === 0 && depth === shape.length) shape.push(value.length);
  if (shape[depth] !== value.length) fail(name, 'rows of equal length');
  for (const item of value) flatten(item, depth + 1, into);
}

/** An array without numbers is an empty list, whatever its shape. */
function nest(values: readonly number[], [size, ...rest]: readonly number[]): InfoValue {
  if (values.length === 0) return [];
  if (size === undefined) return values[0];
  const step = values.length / size;
  return Array.from({ length: size }, (_, index) => nest(values.slice(index * step, (index + 1) * step), rest));
}

function fail(name: string, expected: string): never {
  throw new LammError('format', `expected ${expected} for ${name}`, { quantity: name });
}
