import { createHash } from 'node:crypto';
import type { z } from 'zod';
import { LammError } from '../errors.js';
import { formatSafetensors, parseSafetensors, type SafeTensor, type SafeTensorType } from '../io/safetensors.js';

/** What states of one kind of run look like. */
export interface StateKind<State> {
  /** Stands in the file: `md`. */
  readonly name: string;
  /** Raised whenever files that were written before can no longer be read. */
  readonly version: number;
  /** For messages: `a checkpoint of lamm md`. */
  readonly title: string;
  /** Plain data: records, lists, texts, numbers, and typed arrays anywhere among them. */
  readonly schema: z.ZodType<State>;
}

type StateArray = Float64Array | Float32Array | Int32Array | Uint32Array | Uint8Array;

const metadataKey = 'lamm_state';
/** Among the tensors with the narrowest type it is the last by name, so its bytes end the file. */
const digestName = '~sha256';
const digestBytes = 32;

const arrayTypes: readonly (readonly [SafeTensorType, new (length: number) => StateArray])[] = [
  ['F64', Float64Array],
  ['F32', Float32Array],
  ['I32', Int32Array],
  ['U32', Uint32Array],
  ['U8', Uint8Array],
];

/**
 * A state as the bytes of a file: a safetensors file whose header holds the plain data as JSON, whose tensors are its
 * typed arrays, each named by its path (`run.state.positions`), and whose last 32 bytes are the SHA-256 of all before
 * them.
 *
 * Every bit comes back: numbers that JSON cannot hold (-0, NaN, infinities) travel as tensors without axes.
 */
export function formatState<State>(kind: StateKind<State>, state: State): Uint8Array {
  const tensors: [string, SafeTensor][] = [];
  const body = takeArrays(state, '', tensors);
  const text = JSON.stringify({ kind: kind.name, version: kind.version, body });
  const digest: SafeTensor = { dtype: 'U8', shape: [digestBytes], data: new Uint8Array(digestBytes) };
  const bytes = formatSafetensors([...tensors, [digestName, digest]], { [metadataKey]: text });
  bytes.set(digestOf(bytes), bytes.length - digestBytes);
  return bytes;
}

/**
 * Reads what `formatState` wrote.
 *
 * @throws {LammError} `checkpoint` for anything that is not such a file to the bit, for another kind of run, or for
 *   another version of it.
 */
export function parseState<State>(bytes: Uint8Array, kind: StateKind<State>, { file }: { file: string }): State {
  const fail = (found: string): never => {
    throw new LammError('checkpoint', `expected ${kind.title}, found ${found}; start over without resuming`, { file });
  };
  if (!endsWithDigest(bytes)) return fail(describeStranger(bytes));
  const { tensors, metadata } = parseSafetensors(bytes, { file });
  const { kind: name, version, body } = parseHeader(metadata[metadataKey]);
  if (name !== kind.name) return fail(typeof name === 'string' ? `one of another kind, "${name}"` : 'another file');
  if (version !== kind.version) return fail('one that another version of this program wrote');
  const state: { body: unknown } = { body };
  for (const [path, tensor] of tensors) {
    if (path !== digestName && !putBack(state, path, tensor)) return fail(`an array without a place, "${path}"`);
  }
  const { success, data, error } = kind.schema.safeParse(state.body);
  return success ? data : fail(`"${error.issues[0].path.join('.')}" wrong: ${error.issues[0].message}`);
}

/** Plain data with `null` in the places of arrays, which go into `tensors`. */
function takeArrays(value: unknown, path: string, tensors: [string, SafeTensor][]): unknown {
  const type = arrayTypes.find(([, constructor]) => value instanceof constructor);
  if (type !== undefined) {
    const data = value as StateArray; // of the type that was found
    tensors.push([path, { dtype: type[0], shape: [data.length], data }]);
    return null;
  }
  if (typeof value === 'number' && (!Number.isFinite(value) || Object.is(value, -0))) {
    tensors.push([path, { dtype: 'F64', shape: [], data: Float64Array.of(value) }]);
    return null;
  }
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((item, index) => takeArrays(item, join(path, String(index)), tensors));
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, takeArrays(item, join(path, key), tensors)]),
  );
}

/** Puts an array, or a number, into its place; false when there is none. */
function putBack(state: { body: unknown }, path: string, { data, shape }: SafeTensor): boolean {
  const keys = ['body', ...split(path)];
  const last = keys.pop() ?? '';
  let parent: unknown = state;
  for (const key of keys) parent = isParent(parent) && Object.hasOwn(parent, key) ? parent[key] : undefined;
  if (!isParent(parent) || !Object.hasOwn(parent, last) || parent[last] !== null) return false;
  parent[last] = shape.length === 0 ? data[0] : data.slice();
  return true;
}

// Paths join keys with dots; dots within keys are escaped as JSON pointers escape their slashes.
function join(path: string, key: string): string {
  const escaped = key.replaceAll('~', '~0').replaceAll('.', '~1');
  return path === '' ? escaped : `${path}.${escaped}`;
}

function split(path: string): string[] {
  return path.split('.').map((key) => key.replaceAll('~1', '.').replaceAll('~0', '~'));
}

function isParent(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !ArrayBuffer.isView(value);
}

function parseHeader(text: string | undefined): { kind?: unknown; version?: unknown; body?: unknown } {
  try {
    const header: unknown = JSON.parse(text ?? '{}');
    return typeof header === 'object' && header !== null ? header : {};
  } catch {
    return {};
  }
}

function digestOf(bytes: Uint8Array): Uint8Array {
  return createHash('sha256')
    .update(bytes.subarray(0, bytes.length - digestBytes))
    .digest();
}

function endsWithDigest(bytes: Uint8Array): boolean {
  return bytes.length > digestBytes && Buffer.compare(bytes.subarray(-digestBytes), digestOf(bytes)) === 0;
}

/** What a file is that does not end with its sum: what earlier versions wrote is told apart from damage. */
function describeStranger(bytes: Uint8Array): string {
  const start = Buffer.from(bytes.subarray(0, 4096)).toString('latin1');
  if (/^\{"format":"lamm-\w+-checkpoint"|^.{8}\{.{0,40}"lamm_checkpoint":/s.test(start)) {
    return 'one that an earlier version of this program wrote';
  }
  return 'a file that is damaged or of another kind';
}
