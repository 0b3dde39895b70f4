import { chemicalSymbols } from '../../elements.js';

const tab = 9;
const newline = 10;
const space = 32;
const plus = 43;
const minus = 45;
const zero = 48;
/** What a decimal point is as a digit. */
const point = -2;
const exactPowers = Float64Array.from({ length: 23 }, (_, exponent) => 10 ** exponent);
/** Integers up to this are exact, and so is a sum of digits that stays below it. */
const exactMantissa = 2 ** 53;
/** Integers below this are exact times 10^index, for 5^index times them is below 2^53. */
const shortMantissas = Float64Array.from({ length: 10 }, (_, index) => exactMantissa / 5 ** index);

/** Atomic number by the two bytes of a symbol (second byte 0 for one letter); 0 where there is none. */
const numberOfBytes = new Uint8Array(65_536);
for (const [number, symbol] of [...chemicalSymbols.entries(), [1, 'D'], [1, 'T']] as const) {
  if (number > 0) numberOfBytes[symbol.charCodeAt(0) | ((symbol.charCodeAt(1) || 0) << 8)] = number;
}

/**
 * A reading position in the bytes of a text whose last line ends with a newline.
 * Words end at blanks (space, tab, carriage return) and at the newline, which is never passed.
 */
export class TextCursor {
  readonly bytes: Buffer;
  position: number;
  private wordStart = 0;
  private readonly view: DataView;
  /** The last place where eight bytes can be looked at together. */
  private readonly lastEight: number;

  constructor(bytes: Buffer, position: number) {
    this.bytes = bytes;
    this.position = position;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    this.lastEight = bytes.length - 8;
  }

  /** Goes to the next word of this line; false when there is none. */
  nextWord(): boolean {
    let position = this.position;
    for (let byte = this.bytes[position]; isBlank(byte) && byte !== newline; byte = this.bytes[position]) position++;
    this.position = this.wordStart = position;
    return this.bytes[position] !== newline;
  }

  /** Whether no line is left. */
  get isAtEnd(): boolean {
    return this.position >= this.bytes.length;
  }

  /** Goes to the start of the next line. */
  skipLine(): void {
    const isHere = this.bytes[this.position] === newline;
    this.position = (isHere ? this.position : this.bytes.indexOf(newline, this.position)) + 1;
  }

  /**
   * Reads the next `count` words of this line as numbers, correctly rounded, into `values` from `start` on; Fortran's
   * `1.5D+00` is one. A word that is not a finite number ends the reading and is then the last word.
   *
   * @returns how many numbers were read.
   */
  readNumbers(values: Float64Array, start: number, count: number): number {
    for (let index = start; index < start + count; index++) {
      if (this.scanNumber(values, index)) continue;
      const value = this.nextWord() ? parseNumber(this.readWord()) : Number.NaN;
      if (!Number.isFinite(value)) return index - start;
      values[index] = value;
    }
    return count;
  }

  /**
   * Passes blanks and a number into `values`; false, without having moved, where the word is anything else or rounding
   * it needs more care.
   *
   * Most numbers have at most nine digits on either side of the point: two small integers.  Where whole * 10^decimals +
   * fraction is exact, one division rounds correctly.  A number that a function returned would be an object on the
   * heap.
   */
  private scanNumber(values: Float64Array, index: number): boolean {
    const { bytes } = this;
    let { position } = this;
    let byte = bytes[position];
    while (byte === space || byte === tab) byte = bytes[++position];
    const isNegative = byte === minus;
    if (isNegative || byte === plus) byte = bytes[++position];
    const start = position;
    let digit = byte - zero;
    let whole = 0;
    for (; digit >= 0 && digit <= 9; digit = bytes[++position] - zero) whole = (Math.imul(whole, 10) + digit) | 0;
    const wholeDigits = position - start;
    if (wholeDigits > 9) return false;
    let decimals = 0;
    let fraction = 0;
    if (digit === point) {
      const fractionStart = ++position;
      const end = position + 9;
      const eight = this.eightDigits(position);
      if (eight >= 0) {
        fraction = eight;
        position += 8;
      }
      digit = bytes[position] - zero;
      for (; digit >= 0 && digit <= 9 && position < end; digit = bytes[++position] - zero)
        fraction = (Math.imul(fraction, 10) + digit) | 0;
      decimals = position - fractionStart;
    }
    if (wholeDigits + decimals === 0) return false;
    const scale = exactPowers[decimals];
    const mantissa = whole * scale + fraction;
    if (!isBlank(digit + zero) || mantissa >= exactMantissa)
      return this.scanRest(values, index, { position, mantissa, decimals, isNegative });
    values[index] = isNegative ? -mantissa / scale : mantissa / scale;
    this.position = position;
    return true;
  }

  /** Goes on at `position`, behind `mantissa` / 10^`decimals`, with further decimals and an exponent. */
  private scanRest(
    values: Float64Array,
    index: number,
    rest: { position: number; mantissa: number; decimals: number; isNegative: boolean },
  ): boolean {
    const { bytes } = this;
    const { isNegative } = rest;
    let { position, mantissa } = rest;
    const start = position;
    let digit = bytes[position] - zero;
    for (; digit >= 0 && digit <= 9 && mantissa < 1e8; digit = bytes[++position] - zero)
      mantissa = mantissa * 10 + digit;
    const tailStart = position;
    let tail = 0;
    for (; digit >= 0 && digit <= 9; digit = bytes[++position] - zero) tail = (Math.imul(tail, 10) + digit) | 0;
    const tailDigits = position - tailStart;
    let exponent = start - position - rest.decimals;
    let byte = digit + zero;
    const letter = byte | 32;
    if (letter === 101 || letter === 100) {
      byte = bytes[++position];
      const isSmall = byte === minus;
      if (isSmall || byte === plus) byte = bytes[++position];
      const sizeStart = position;
      let size = 0;
      for (; byte >= zero && byte <= zero + 9; byte = bytes[++position]) size = size * 10 + byte - zero;
      if (position === sizeStart) return false;
      exponent += isSmall ? -size : size;
    }
    if (tailDigits > 9 || !isBlank(byte)) return false;
    const size = tailDigits === 0 ? scaled(mantissa, exponent) : scaledLong(mantissa, { tail, tailDigits, exponent });
    if (Number.isNaN(size)) return false;
    values[index] = isNegative ? -size : size;
    this.position = position;
    return true;
  }

  /** The number that the next eight bytes write, -1 when they are not eight digits. */
  private eightDigits(position: number): number {
    if (position > this.lastEight) return -1;
    const first = this.view.getInt32(position, true) ^ 0x30303030; // a byte each, 9 at most
    const second = this.view.getInt32(position + 4, true) ^ 0x30303030;
    const overflow = (first + 0x76767676) | first | (second + 0x76767676) | second;
    return (overflow & 0x80808080) === 0 ? Math.imul(joinDigits(first), 10_000) + joinDigits(second) : -1;
  }

  /** Passes a chemical symbol and returns its atomic number; 0 when the word is not one. */
  readSymbol(): number {
    const start = this.position;
    const length = this.passWord() - start;
    if (length > 2) return 0;
    return numberOfBytes[this.bytes[start] | (length === 2 ? this.bytes[start + 1] << 8 : 0)];
  }

  /** Passes the word and returns it. */
  readWord(): string {
    this.passWord();
    return this.word();
  }

  /** The word that was entered last, up to its end. */
  word(): string {
    this.position = this.wordStart;
    return this.bytes.toString('utf8', this.wordStart, this.passWord());
  }

  private passWord(): number {
    let position = this.position;
    while (this.bytes[position] > space) position++;
    this.position = position;
    return position;
  }
}

/** The number that four digits make, a byte each. */
function joinDigits(digits: number): number {
  const pairs = Math.imul(digits & 0x00ff00ff, 10) + ((digits >>> 8) & 0x00ff00ff);
  return Math.imul(pairs & 0xff, 100) + (pairs >>> 16);
}

/** mantissa * 10^exponent where one operation on exact numbers gives it, which rounds correctly; NaN elsewhere. */
function scaled(mantissa: number, exponent: number): number {
  if (mantissa >= exactMantissa || exponent < -22 || exponent > 22) return Number.NaN;
  return exponent < 0 ? mantissa / exactPowers[-exponent] : mantissa * exactPowers[exponent];
}

/**
 * (mantissa * 10^tailDigits + tail) * 10^exponent, correctly rounded, or NaN where that is not certain.
 *
 * The mantissa becomes an exact sum of two numbers, high + low.  The quotient of high, and that of the remainder, which
 * is exact by Dekker's product, give the result to about 100 bits: enough unless it lies in the middle between two
 * numbers.
 */
function scaledLong(
  mantissa: number,
  { tail, tailDigits, exponent }: { tail: number; tailDigits: number; exponent: number },
): number {
  if (mantissa >= shortMantissas[tailDigits] || exponent < -22 || exponent >= 0) return Number.NaN;
  const front = mantissa * exactPowers[tailDigits];
  const high = front + tail;
  const low = tail - (high - front);
  const divisor = exactPowers[-exponent];
  const quotient = high / divisor;
  if (high < exactMantissa) return quotient;
  const quotientHigh = upperHalf(quotient);
  const divisorHigh = upperHalf(divisor);
  const quotientLow = quotient - quotientHigh;
  const divisorLow = divisor - divisorHigh;
  const product = quotient * divisor;
  const error =
    quotientHigh * divisorHigh -
    product +
    quotientHigh * divisorLow +
    quotientLow * divisorHigh +
    quotientLow * divisorLow;
  const correction = (high - product - error + low) / divisor;
  const least = quotient + correction * (1 - 2 ** -50);
  return least === quotient + correction * (1 + 2 ** -50) ? least : Number.NaN;
}

/** The upper 26 bits of a number. */
function upperHalf(value: number): number {
  const shifted = value * (2 ** 27 + 1);
  return shifted - (shifted - value);
}

/** Space, tab and the characters that end lines and pages; other control characters are never blank. */
export function isBlank(byte: number): boolean {
  return byte === space || (byte >= 9 && byte <= 13);
}

/** The longest double has 767 digits and nobody writes more; a pattern would try very many ways to read a million. */
const maxNumberLength = 1000;

const decimalNumber = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eEdD][+-]?\d+)?$/;

/** The number that a word writes in decimal, Fortran's exponents included; NaN when it is not one. */
export function parseNumber(word: string): number {
  if (word.length > maxNumberLength || !decimalNumber.test(word)) return Number.NaN;
  const value = Number(word);
  return Number.isNaN(value) ? Number(word.replace(/d/i, 'e')) : value;
}

/** A piece of the input for a message: quoted, control characters made visible, shortened. */
export function quote(text: string): string {
  return JSON.stringify(text.length > 40 ? `${text.slice(0, 40)}...` : text);
}
