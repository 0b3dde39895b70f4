import { LammError } from '../../errors.js';
import type { ByteSource } from '../bytes/byte-source.js';
import { InputBudget } from '../bytes/input-budget.js';
import { parseJson } from '../text/json.js';
import { decodeNumbers, widthOfType } from './number-types.js';
import { isObject, type JsonObject, type NdArray } from './values.js';

/** A file of ASE's format ULM: items of JSON, whose arrays lie beside them. */
export interface UlmFile {
  readonly source: ByteSource;
  /** What kind of data the file says it holds. */
  readonly tag: string;
  /** Where each item starts, in bytes. */
  readonly offsets: readonly number[];
}

const headerSize = 48;
const magics = ['- of Ulm', 'AFFormat'];

/** @throws {LammError} `format` when the source is no ULM file, or one that is cut off. */
export function openUlm(source: ByteSource): UlmFile {
  const { file } = source;
  const start = source.read(0, Math.min(headerSize, source.size));
  if (!magics.includes(start.toString('latin1', 0, 8))) {
    const isPickle = start.toString('latin1', 0, 16).includes('PickleTrajectory');
    const found = isPickle ? 'a pickle trajectory of an old ASE; convert it with "ase convert"' : 'something else';
    throw new LammError('format', `expected an ASE trajectory (a ULM file), found ${found}`, { file });
  }
  const header = source.read(0, headerSize);
  const [version, count, position] = [24, 32, 40].map((offset) => toInteger(header.readBigInt64LE(offset), file));
  if (version < 1 || version > 3)
    throw new LammError('format', `expected version 1 to 3 of the ULM format, found ${version}`, { file });
  const table = source.read(position, 8 * count);
  const offsets = Array.from({ length: count }, (_, item) => toInteger(table.readBigInt64LE(8 * item), file));
  if (new Set(offsets).size < count)
    throw new LammError('format', 'two items of the file lie in the same place; it is damaged', { file });
  return { source, tag: header.toString('latin1', 8, 24).trimEnd(), offsets };
}

/** Reads the JSON of an item; its arrays stay references. */
export function readUlmItem({ source, offsets }: UlmFile, item: number): JsonObject {
  const { file, budget } = source;
  const offset = offsets[item];
  const length = toInteger(source.read(offset, 8).readBigInt64LE(0), file);
  if (length > 2 ** 28)
    throw new LammError('format', `expected an item of at most 256 MB, found ${length} bytes`, { file });
  const text = source.read(offset + 8, length).toString('utf8');
  try {
    const value = parseJson(text, (bytes) => budget.allow(bytes, `item ${item + 1}`));
    if (isObject(value)) return value;
  } catch (error) {
    if (error instanceof LammError) throw error;
    // said below
  }
  throw new LammError('format', `expected JSON in item ${item + 1} at byte ${offset}; the file is damaged`, { file });
}

/**
 * Keys whose names end in a dot are arrays beside the JSON, or objects that hold such keys; they are read and lose the
 * dot.  Many keys may name one array: `budget`, that of this item alone when absent, bounds what is read.
 */
export function resolveArrays(
  source: ByteSource,
  item: JsonObject,
  budget = new InputBudget(source.file, source.size),
): JsonObject {
  return resolveIn(source, item, { budget, isLittleEndian: item._little_endian !== false });
}

interface Resolving {
  readonly budget: InputBudget;
  readonly isLittleEndian: boolean;
}

function resolveIn(source: ByteSource, item: JsonObject, resolving: Resolving): JsonObject {
  const entries = Object.entries(item).map(([name, value]): [string, unknown] => {
    if (!name.endsWith('.') || !isObject(value)) return [name, value];
    const resolved =
      'ndarray' in value ? readArray(source, value.ndarray, resolving) : resolveIn(source, value, resolving);
    return [name.slice(0, -1), resolved];
  });
  return Object.fromEntries(entries);
}

/** The first dimension of an array that an item refers to. */
export function lengthOfArray(item: JsonObject, name: string): number | undefined {
  const reference = item[`${name}.`];
  const parts: unknown = isObject(reference) ? reference.ndarray : undefined;
  const shape: unknown = Array.isArray(parts) ? parts[0] : undefined;
  return Array.isArray(shape) && Number.isSafeInteger(shape[0]) ? Number(shape[0]) : undefined;
}

/** `[shape, type, offset]` */
function readArray(source: ByteSource, reference: unknown, { budget, isLittleEndian }: Resolving): NdArray {
  const { file } = source;
  const [shape, type, offset]: unknown[] = Array.isArray(reference) ? reference : [];
  const isShape = Array.isArray(shape) && shape.every((size) => Number.isSafeInteger(size) && size >= 0);
  const width = widthOfType(String(type));
  if (!isShape || width === undefined || typeof offset !== 'number') {
    throw new LammError('format', `expected an array of numbers, found ${JSON.stringify(reference).slice(0, 100)}`, {
      file,
    });
  }
  const sizes: number[] = shape; // checked just above
  const count = sizes.reduce((product, size) => product * size, 1);
  const bytes = source.read(offset, width * count);
  budget.unpack(bytes.length, 'its arrays');
  const values = decodeNumbers(bytes, String(type), isLittleEndian);
  const bad = values.find((value) => !Number.isFinite(value));
  if (bad !== undefined)
    throw new LammError('format', `expected finite numbers in the array at byte ${offset}, found ${bad}`, { file });
  return { shape: sizes, values };
}

function toInteger(value: bigint, file: string | undefined): number {
  const number = Number(value);
  if (Number.isSafeInteger(number) && number >= 0) return number;
  throw new LammError('format', `expected a count or position in the file, found ${value}; the file is damaged`, {
    file,
  });
}
