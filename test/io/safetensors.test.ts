import fc from 'fast-check';
import { expect, it } from 'vitest';
import { LammError } from '../../src/errors.js';
import { formatSafetensors, parseSafetensors, type SafeTensor } from '../../src/io/safetensors.js';

/** A file written by hand from the format description. */
function fileOf(header: string, data: readonly number[] = []): Uint8Array {
  const bytes = new Uint8Array(8 + header.length + data.length);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(header.length), true);
  bytes.set(new TextEncoder().encode(header), 8);
  bytes.set(data, 8 + header.length);
  return bytes;
}

const entry = (start: number, end: number, shape: readonly number[] = [end - start]) =>
  `{"dtype":"U8","shape":[${shape}],"data_offsets":[${start},${end}]}`;

it('reads a file that was made by hand, unaligned data included', () => {
  const header =
    '{"__metadata__":{"a":"b"},"x":{"dtype":"F32","shape":[2],"data_offsets":[1,9]},"i":{"dtype":"I8","shape":[],"data_offsets":[0,1]}}';
  const { tensors, metadata } = parseSafetensors(fileOf(header, [255, 0, 0, 128, 63, 0, 0, 0, 192]));
  expect(metadata).toEqual({ a: 'b' });
  expect(tensors.get('x')).toEqual({ dtype: 'F32', shape: [2], data: Float32Array.of(1, -2) });
  expect(tensors.get('i')).toEqual({ dtype: 'I8', shape: [], data: Int8Array.of(-1) });
});

it('reads the same from a header of any length, out of a whole file in a Buffer as from bytes alone', () => {
  const data = Float32Array.of(1.5, -2.25, 3);
  const rest = Buffer.from(data.buffer);
  for (let blanks = 0; blanks < 9; blanks++) {
    const header = `{"x":{"dtype":"F32","shape":[3],"data_offsets":[0,12]}}${' '.repeat(blanks)}`;
    const plain = fileOf(header, [...rest]);
    const buffer = Buffer.from(plain);
    for (const bytes of [plain, buffer, Buffer.concat([Buffer.alloc(3), buffer]).subarray(3)])
      expect(parseSafetensors(bytes).tensors.get('x')?.data, `${blanks} blanks`).toEqual(data);
  }
});

const tensor: fc.Arbitrary<SafeTensor> = fc.oneof(
  fc.float64Array({ maxLength: 6 }).map((data) => ({ dtype: 'F64' as const, shape: [data.length], data })),
  fc.float32Array({ maxLength: 6 }).map((data) => ({ dtype: 'F32' as const, shape: [data.length, 1], data })),
  fc.bigInt64Array({ maxLength: 6 }).map((data) => ({ dtype: 'I64' as const, shape: [1, data.length], data })),
  fc.int32Array({ maxLength: 6 }).map((data) => ({ dtype: 'I32' as const, shape: [data.length], data })),
  fc.uint8Array({ maxLength: 6 }).map((data) => ({ dtype: 'U8' as const, shape: [data.length], data })),
);

it('gives back what was written, bit for bit, aligned and in a fixed order', () => {
  const names = fc.string().filter((name) => name !== '__metadata__' && Buffer.from(name).toString() === name);
  const text = fc.string({ unit: 'grapheme' });
  fc.assert(
    fc.property(fc.dictionary(names, tensor), fc.dictionary(text, text), (tensors, metadata) => {
      const bytes = formatSafetensors(Object.entries(tensors), metadata);
      const read = parseSafetensors(bytes);
      expect(read.metadata).toEqual({ ...metadata });
      expect(new Map(read.tensors)).toEqual(new Map(Object.entries(tensors)));
      expect(Buffer.compare(formatSafetensors(Object.entries(tensors).reverse(), metadata), bytes)).toBe(0);
      for (const { data } of read.tensors.values()) expect(data.byteOffset % data.BYTES_PER_ELEMENT).toBe(0);
      expect([...read.tensors.values()].every(({ data }) => data.length === 0 || data.buffer === bytes.buffer)).toBe(
        true,
      );
    }),
  );
});

it.each([
  ['an empty file', new Uint8Array(0), /only 0 bytes/],
  [
    'another kind of file',
    new TextEncoder().encode('PK\u0003\u0004 and so on, at length'),
    /expected a safetensors file/,
  ],
  ['a header that is cut off', fileOf(`{"x":${entry(0, 1)}}`, [1]).slice(0, 20), /truncated/],
  ['data that are cut off', fileOf(`{"x":${entry(0, 4)}}`, [1, 2, 3]), /truncated: expected 4 bytes of data, found 3/],
  ['data behind the last tensor', fileOf(`{"x":${entry(0, 1)}}`, [1, 2]), /appended/],
  ['overlapping tensors', fileOf(`{"x":${entry(0, 2)},"y":${entry(1, 3)}}`, [1, 2, 3]), /"y" overlap/],
  ['a gap', fileOf(`{"x":${entry(0, 1)},"y":${entry(2, 3)}}`, [1, 2, 3]), /"y" come after a gap/],
  ['a shape that does not fit', fileOf(`{"x":${entry(0, 2, [3])}}`, [1, 2]), /needs 3 bytes, its offsets hold 2/],
  [
    'an unknown type',
    fileOf('{"x":{"dtype":"F9","shape":[],"data_offsets":[0,1]}}', [1]),
    /"F9"; expected one of F64, F32/,
  ],
  ['a negative size', fileOf('{"x":{"dtype":"U8","shape":[-1],"data_offsets":[0,1]}}', [1]), /no valid shape/],
  [
    'offsets the wrong way round',
    fileOf('{"x":{"dtype":"U8","shape":[0],"data_offsets":[1,0]}}', [1]),
    /no valid data_offsets/,
  ],
  ['metadata that are not text', fileOf('{"__metadata__":{"a":1}}'), /expected a string for "a"/],
  ['a header that is not JSON', fileOf('{"x":'), /not valid JSON/],
  ['a name that stands twice', fileOf(`{"x":${entry(0, 1)},"x":${entry(0, 1)}}`, [1]), /"x" stands twice/],
  [
    'a shape nested without end',
    fileOf(`{"x":{"dtype":"U8","shape":${'['.repeat(100_000)}`, [1]),
    /nested at most 100 deep/,
  ],
])('refuses %s with the name of the file', (_, bytes, message) => {
  expect(() => parseSafetensors(bytes, { file: 'model.safetensors' })).toThrow(message);
  expect(() => parseSafetensors(bytes, { file: 'model.safetensors' })).toThrow(/^model.safetensors: /);
});

it('never fails in another way on damaged bytes', () => {
  const good = formatSafetensors([['x', { dtype: 'F32', shape: [2], data: Float32Array.of(1, 2) }]]);
  fc.assert(
    fc.property(fc.nat(good.length - 1), fc.nat(255), fc.nat(good.length), (at, byte, length) => {
      const bad = good.slice(0, length);
      bad[at] = byte;
      try {
        parseSafetensors(bad);
      } catch (error) {
        expect(error).toBeInstanceOf(LammError);
      }
    }),
  );
});

it('refuses to write a tensor whose data do not fit', () => {
  const wrong: SafeTensor = { dtype: 'F32', shape: [3], data: Float32Array.of(1, 2) };
  expect(() => formatSafetensors([['x', wrong]])).toThrow(/"x".*cannot hold a Float32Array of 2/);
});
