import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseNumber, TextCursor } from '../../../src/io/text/text-cursor.js';

/** What a cursor reads from a line of one word, and where it stops. */
function read(word: string): { value: number; position: number } {
  const cursor = new TextCursor(Buffer.from(`  ${word} x\n`), 0);
  const values = new Float64Array(1);
  const count = cursor.readNumbers(values, 0, 1);
  return { value: count === 1 ? values[0] : Number.NaN, position: cursor.position };
}

/** Same bits and place as the slow way. */
function expectSame(word: string): void {
  const { value, position } = read(word);
  const expected = parseNumber(word);
  const isSame = Number.isFinite(expected)
    ? Object.is(value, expected) && position === word.length + 2
    : Number.isNaN(value);
  expect(isSame, `${word}: ${value}, expected ${expected}`).toBe(true);
}

const digits = (least: number, most: number) =>
  fc.array(fc.integer({ min: 0, max: 9 }), { minLength: least, maxLength: most }).map((list) => list.join(''));
const sign = fc.constantFrom('', '-', '+');
const exponent = fc.oneof(
  fc.constant(''),
  fc
    .tuple(fc.constantFrom('e', 'E', 'd', 'D'), sign, digits(0, 3))
    .map(([letter, minus, size]) => letter + minus + size),
);
const decimal = fc
  .tuple(sign, digits(0, 20), fc.constantFrom('.', ''), digits(0, 22), exponent)
  .map((parts) => parts.join(''));

describe('reading a number from bytes', () => {
  it('gives the bits that Number gives, for whatever digits', () => {
    fc.assert(fc.property(decimal, expectSame), { numRuns: 20_000 });
  });

  it('gives back every number that was written with the fewest digits', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => expectSame(String(value))),
      { numRuns: 20_000 },
    );
    fc.assert(
      fc.property(
        fc.double({ min: -1000, max: 1000, noNaN: true }),
        fc.integer({ min: 1, max: 20 }),
        (value, count) => {
          expectSame(value.toFixed(count));
          expectSame(value.toPrecision(count));
        },
      ),
      { numRuns: 20_000 },
    );
  });

  it('rounds what lies in the middle between two numbers, or next to it, as Number does', () => {
    // n + 1/2^k halves the gap between doubles; one digit more or less decides.
    const middle = fc
      .tuple(
        fc.bigInt({ min: 2n ** 52n, max: 2n ** 53n - 1n }),
        fc.integer({ min: 1, max: 9 }),
        fc.integer({ min: -1, max: 1 }),
      )
      .map(([odd, shift, nudge]) => {
        const scaled = (2n * odd + 1n) * 5n ** BigInt(shift) + BigInt(nudge); // (2 odd + 1) / 2^shift in units of 10^-shift
        const text = String(scaled).padStart(shift + 1, '0');
        return `${text.slice(0, -shift)}.${text.slice(-shift)}`;
      });
    fc.assert(fc.property(middle, expectSame), { numRuns: 5000 });
    for (let exponentOfTwo = 40; exponentOfTwo <= 53; exponentOfTwo++) {
      for (const nudge of [-1n, 0n, 1n]) {
        const tenths = (2n ** BigInt(exponentOfTwo) * 2n + 1n) * 5n + nudge;
        expectSame(`${tenths / 10n}.${tenths % 10n}`);
      }
    }
  });

  it('rounds quotients that miss the middle between two numbers by less than 2^-100 of themselves', () => {
    const modulus = 2n ** 46n;
    const divisor = 5n ** 22n;
    let inverse = 1n;
    for (let bits = 1; bits < 46; bits *= 2) inverse = (inverse * (2n - divisor * inverse)) % modulus;
    for (let step = 0n; step < 64n; step++) {
      for (const miss of [-1n, 1n]) {
        const odd = ((((-miss * inverse) % modulus) + modulus) % modulus) + (128n + step) * modulus; // 54 bits
        expectSame(`0.${String((odd * divisor + miss) / modulus).padStart(22, '0')}`); // (odd + miss / 5^22) / 2^68
      }
    }
  });

  it.each([
    '',
    '-',
    '.',
    '-.',
    '1e',
    '1e+',
    'e5',
    '1.2.3',
    '1,5',
    '0x10',
    '--1',
    '1-2',
    'NaN',
    'inf',
    '1e999',
    '1_0',
    '١',
  ])('refuses %j and leaves it as the last word', (word) => {
    const cursor = new TextCursor(Buffer.from(`7 ${word}\n`), 0);
    expect(cursor.readNumbers(new Float64Array(3), 0, 3)).toBe(1);
    expect(cursor.word()).toBe(word);
  });

  it.each([
    ['5.', 5],
    ['.5', 0.5],
    ['-0', -0],
    ['-0.000', -0],
    ['1.5D+03', 1500],
    ['0e999', 0],
    ['123456789012345678', 123456789012345680],
    ['0.1234567890123456789', 0.12345678901234568],
  ])('reads %s', (word, value) => {
    expect(read(word).value).toBe(value);
  });
});
