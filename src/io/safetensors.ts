import { LammError } from '../errors.js';
import { membersOfJson, parseJson } from './text/json.js';

/** The numbers of a tensor; BOOL is held as bytes 0 and 1, F16 as the bits of its numbers. */
export type TensorData =
  | Float64Array
  | Float32Array
  | BigInt64Array
  | BigUint64Array
  | Int32Array
  | Uint32Array
  | Int16Array
  | Uint16Array
  | Int8Array
  | Uint8Array;

export type SafeTensorType =
  | 'F64'
  | 'F32'
  | 'F16'
  | 'I64'
  | 'U64'
  | 'I32'
  | 'U32'
  | 'I16'
  | 'U16'
  | 'I8'
  | 'U8'
  | 'BOOL';

/** One tensor of a file: `data` holds the product of `shape` values, row-major. */
export interface SafeTensor {
  readonly dtype: SafeTensorType;
  readonly shape: readonly number[];
  readonly data: TensorData;
}

export interface SafeTensorsFile {
  readonly tensors: ReadonlyMap<string, SafeTensor>;
  readonly metadata: Readonly<Record<string, string>>;
}

type DataConstructor = {
  readonly BYTES_PER_ELEMENT: number;
  new (buffer: ArrayBufferLike, byteOffset: number, length: number): TensorData;
};

const dataTypes: Readonly<Record<SafeTensorType, DataConstructor>> = {
  F64: Float64Array,
  F32: Float32Array,
  F16: Uint16Array,
  I64: BigInt64Array,
  U64: BigUint64Array,
  I32: Int32Array,
  U32: Uint32Array,
  I16: Int16Array,
  U16: Uint16Array,
  I8: Int8Array,
  U8: Uint8Array,
  BOOL: Uint8Array,
};

const metadataKey = '__metadata__';
const maximumHeaderLength = 100_000_000;

/**
 * Reads the safetensors format: 8 bytes header length, a JSON header, the data.  Tensors are views of `bytes` where
 * alignment allows.
 *
 * @throws {LammError} `format` for anything that is not exactly such a file: truncation, overlaps, gaps, sizes that do
 *   not match shapes.
 * @see https://github.com/huggingface/safetensors (format description)
 */
export function parseSafetensors(bytes: Uint8Array, { file }: { readonly file?: string } = {}): SafeTensorsFile {
  const fail = (message: string): never => {
    throw new LammError('format', message, { file });
  };
  const { header, dataStart } = readHeader(bytes, fail);
  const entries = Object.entries(header).filter(([name]) => name !== metadataKey);
  const spans = entries.map(([name, entry]) => readEntry(name, entry, fail));
  assertContiguous(spans, bytes.length - dataStart, fail);
  const tensors = new Map(spans.map((span) => [span.name, viewTensor(bytes, dataStart, span)]));
  return { tensors, metadata: readMetadata(header, fail) };
}

/**
 * Writes tensors in a fixed order (widest type first, then by name), so equal contents give equal bytes and every
 * tensor is aligned.
 *
 * @throws {LammError} `format` when a tensor's data do not fit its shape or type.
 */
export function formatSafetensors(
  tensors: Iterable<readonly [string, SafeTensor]>,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array {
  const width = (tensor: SafeTensor) => dataTypes[tensor.dtype].BYTES_PER_ELEMENT;
  const sorted = [...tensors].sort(
    ([nameA, a], [nameB, b]) => width(b) - width(a) || (nameA < nameB ? -1 : Number(nameA > nameB)),
  );
  const keys = Object.keys(metadata).sort();
  const header: [string, unknown][] = keys.length === 0 ? [] : [[metadataKey, pick(metadata, keys)]];
  let end = 0;
  for (const [name, tensor] of sorted) {
    assertWritable(name, tensor);
    const start = end;
    end += tensor.data.byteLength;
    header.push([name, { dtype: tensor.dtype, shape: tensor.shape, data_offsets: [start, end] }]);
  }
  return assemble(JSON.stringify(Object.fromEntries(header)), sorted, end);
}

interface Span {
  readonly name: string;
  readonly dtype: SafeTensorType;
  readonly shape: readonly number[];
  readonly start: number;
  readonly end: number;
}

type Fail = (message: string) => never;

function readHeader(bytes: Uint8Array, fail: Fail): { header: Record<string, unknown>; dataStart: number } {
  if (bytes.length < 8)
    return fail(`expected a safetensors file, found only ${bytes.length} bytes; copy or download it again`);
  const length = Number(new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0, true));
  if (length > maximumHeaderLength || bytes[8] !== 0x7b) {
    return fail('expected a safetensors file, found something else; check the path');
  }
  if (length > bytes.length - 8) {
    return fail(
      `the file is truncated: expected a header of ${length} bytes, found ${bytes.length - 8}; copy or download it again`,
    );
  }
  return { header: parseHeader(bytes.subarray(8, 8 + length), fail), dataStart: 8 + length };
}

function parseHeader(bytes: Uint8Array, fail: Fail): Record<string, unknown> {
  let header: unknown;
  let twice: string | undefined;
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    header = parseJson(text);
    twice = repeatedKey(text);
  } catch (error) {
    return fail(`the safetensors header is not valid JSON (${(error as Error).message})`); // JSON and TextDecoder throw Errors
  }
  if (twice !== undefined) return fail(`the name ${JSON.stringify(twice)} stands twice in the safetensors header`);
  return isRecord(header) ? header : fail('expected the safetensors header to be a JSON object');
}

/** A name that stands twice could mean either. */
function repeatedKey(text: string): string | undefined {
  const seen = new Set<string>();
  for (const { key } of membersOfJson(text)) {
    if (seen.has(key)) return key;
    seen.add(key);
  }
  return undefined;
}

function readEntry(name: string, entry: unknown, fail: Fail): Span {
  if (!isRecord(entry)) return fail(`expected an object for tensor "${name}" in the header`);
  const { dtype, shape, data_offsets: offsets } = entry;
  if (typeof dtype !== 'string' || !isType(dtype)) {
    return fail(`tensor "${name}" has type ${brief(dtype)}; expected one of ${Object.keys(dataTypes).join(', ')}`);
  }
  if (!isNaturalList(shape)) return fail(`tensor "${name}" has no valid shape: ${brief(shape)}`);
  if (!isNaturalList(offsets) || offsets.length !== 2 || offsets[0] > offsets[1]) {
    return fail(`tensor "${name}" has no valid data_offsets: ${brief(offsets)}`);
  }
  const expected = byteLength(dtype, shape);
  if (expected !== offsets[1] - offsets[0]) {
    return fail(
      `tensor "${name}" of type ${dtype} and shape [${shape}] needs ${expected} bytes, its offsets hold ${offsets[1] - offsets[0]}`,
    );
  }
  return { name, dtype, shape, start: offsets[0], end: offsets[1] };
}

function assertContiguous(spans: readonly Span[], available: number, fail: Fail): void {
  let end = 0;
  for (const span of [...spans].sort((a, b) => a.start - b.start || a.end - b.end)) {
    if (span.start !== end)
      fail(`the data of tensor "${span.name}" ${span.start < end ? 'overlap others' : 'come after a gap'}`);
    end = span.end;
  }
  if (end > available) {
    fail(`the file is truncated: expected ${end} bytes of data, found ${available}; copy or download it again`);
  }
  if (end < available) fail(`expected ${end} bytes of data, found ${available}: something was appended to the file`);
}

function viewTensor(bytes: Uint8Array, dataStart: number, { dtype, shape, start, end }: Span): SafeTensor {
  const constructor = dataTypes[dtype];
  const length = (end - start) / constructor.BYTES_PER_ELEMENT;
  const offset = bytes.byteOffset + dataStart + start;
  const data =
    offset % constructor.BYTES_PER_ELEMENT === 0
      ? new constructor(bytes.buffer, offset, length)
      : new constructor(Uint8Array.from(bytes.subarray(dataStart + start, dataStart + end)).buffer, 0, length); // `slice` of a Buffer copies nothing
  return { dtype, shape, data };
}

function readMetadata(header: Record<string, unknown>, fail: Fail): Record<string, string> {
  const metadata = header[metadataKey] ?? {};
  if (!isRecord(metadata)) return fail('expected the metadata in the header to be an object of strings');
  const entries = Object.entries(metadata).map(([key, value]): [string, string] =>
    typeof value === 'string' ? [key, value] : fail(`expected a string for "${key}" in the metadata of the header`),
  );
  return Object.fromEntries(entries);
}

function assertWritable(name: string, { dtype, shape, data }: SafeTensor): void {
  const constructor = dataTypes[dtype];
  if (data instanceof constructor && data.byteLength === byteLength(dtype, shape) && name !== metadataKey) return;
  throw new LammError(
    'format',
    `tensor "${name}" of type ${dtype} and shape [${shape}] cannot hold a ${data.constructor.name} of ${data.length} values`,
  );
}

function assemble(json: string, tensors: readonly (readonly [string, SafeTensor])[], dataLength: number): Uint8Array {
  const text = new TextEncoder().encode(json);
  const headerLength = Math.ceil(text.length / 8) * 8;
  const bytes = new Uint8Array(8 + headerLength + dataLength);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(headerLength), true);
  bytes.fill(0x20, 8, 8 + headerLength);
  bytes.set(text, 8);
  let offset = 8 + headerLength;
  for (const [, { data }] of tensors) {
    bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), offset);
    offset += data.byteLength;
  }
  return bytes;
}

function byteLength(dtype: SafeTensorType, shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, dataTypes[dtype].BYTES_PER_ELEMENT);
}

function pick(record: Readonly<Record<string, string>>, keys: readonly string[]): Record<string, string> {
  return Object.fromEntries(keys.map((key) => [key, record[key]]));
}

function isType(name: string): name is SafeTensorType {
  return Object.hasOwn(dataTypes, name);
}

/** A value of the header for a message. */
function brief(value: unknown): string {
  return (JSON.stringify(value) ?? 'nothing').slice(0, 100);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isNaturalList(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((item) => Number.isSafeInteger(item) && item >= 0);
}
