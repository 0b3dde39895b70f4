import type { Random } from '../../src/random.js';

/** One way to damage bytes; `other` is another file to take from. */
type Mutation = (bytes: Buffer, random: Random, other: Buffer) => Buffer;

const tokens = [
  ...['NaN', 'inf', '-1', '0', '1e308', '1e-320', '4294967296', '9007199254740993', '-0', '999999999999'],
  ...['"', "'", '[', '{', '<', '\0', '\x1b[31m', '\u202e', ' ', '\n', '\r\n', '\t', '=', ',', '/*', '#', ';', '&', '*'],
].map((text) => Buffer.from(text));

const extremes = ['ff', '00', '7f', '80'].flatMap((byte) =>
  [1, 2, 4, 8].map((width) => Buffer.from(byte.repeat(width), 'hex')),
);

/** A span of at most `longest` bytes somewhere in `bytes`. */
function spanIn(bytes: Buffer, random: Random, longest: number): readonly [start: number, end: number] {
  const start = random.integer(bytes.length + 1);
  return [start, Math.min(bytes.length, start + random.integer(longest) + 1)];
}

function replaced(bytes: Buffer, [start, end]: readonly [number, number], middle: Uint8Array): Buffer {
  return Buffer.concat([bytes.subarray(0, start), middle, bytes.subarray(end)]);
}

function lineAt(bytes: Buffer, random: Random): readonly [start: number, end: number] {
  const at = random.integer(bytes.length + 1);
  const start = bytes.lastIndexOf(10, Math.max(0, at - 1)) + 1;
  const end = bytes.indexOf(10, at);
  return [start, end < 0 ? bytes.length : end + 1];
}

const mutations: readonly Mutation[] = [
  function flipBit(bytes, random) {
    const copy = Buffer.from(bytes);
    copy[random.integer(bytes.length)] ^= 1 << random.integer(8);
    return copy;
  },
  function overwrite(bytes, random) {
    const copy = Buffer.from(bytes);
    extremes[random.integer(extremes.length)].copy(copy, random.integer(bytes.length));
    return copy;
  },
  (bytes, random) => bytes.subarray(0, random.integer(bytes.length)),
  (bytes, random) => replaced(bytes, spanIn(bytes, random, 64), Buffer.alloc(0)),
  (bytes, random) => replaced(bytes, lineAt(bytes, random), Buffer.alloc(0)),
  function doubleLine(bytes, random) {
    const [start, end] = lineAt(bytes, random);
    return replaced(bytes, [end, end], bytes.subarray(start, end));
  },
  function doubleSpan(bytes, random) {
    const [start, end] = spanIn(bytes, random, 256);
    return replaced(bytes, [end, end], bytes.subarray(start, end));
  },
  function insertToken(bytes, random) {
    const at = random.integer(bytes.length + 1);
    return replaced(bytes, [at, at], tokens[random.integer(tokens.length)]);
  },
  function replaceNumber(bytes, random) {
    const text = bytes.toString('latin1');
    const numbers = [...text.matchAll(/[-+\d][\d.eE+-]*/g)];
    if (numbers.length === 0) return bytes;
    const { 0: word, index } = numbers[random.integer(numbers.length)];
    return replaced(bytes, [index, index + word.length], tokens[random.integer(10)]);
  },
  function repeatToken(bytes, random) {
    const at = random.integer(bytes.length + 1);
    const token = tokens[random.integer(tokens.length)];
    return replaced(bytes, [at, at], Buffer.concat(new Array<Buffer>(10_000).fill(token)));
  },
  function splice(bytes, random, other) {
    const [start, end] = spanIn(other, random, 512);
    return replaced(bytes, spanIn(bytes, random, 64), other.subarray(start, end));
  },
];

/** Bytes that were damaged in one to four ways, the same for the same random numbers. */
export function mutate(bytes: Buffer, random: Random, other: Buffer): Buffer {
  let damaged = bytes;
  for (let count = 1 + random.integer(4); count > 0 && damaged.length > 0; count--)
    damaged = mutations[random.integer(mutations.length)](damaged, random, other);
  return damaged;
}
