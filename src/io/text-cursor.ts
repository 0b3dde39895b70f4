import { chemicalSymbols } from '../elements.js';

const newline = 10;
const space = 32;
const exactPowers = Float64Array.from({ length: 23 }, (_, exponent) => 10 ** exponent);
/** Integers up to this are exact, and so is a sum of digits that stays below it. */
const exactMantissa = 2 ** 53;

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

  constructor(bytes: Buffer, position: number) {
    this.bytes = bytes;
    this.position = position;
  }

  /** Goes to the next word of this line; false when there is none. */
  nextWord(): boolean {
    let position = this.position;
    for (let byte = this.bytes[position]; isBlank(byte) && byte !== newline; byte = this.bytes[position]) position++;
    this.position = this.wordStart = position;
    return this.bytes[position] !== newline;
  }

  /** Goes to the start of the next line. */
  skipLine(): void {
    this.position = this.bytes.indexOf(newline, this.position) + 1;
  }

  /**
   * Reads the next `count` words of this line as numbers, correctly rounded, into `values` from `start` on; Fortran's `1.5D+00` is one.
   * A word that is not a finite number ends the reading and is then the last word.
   *
   * @returns how many numbers were read.
   */
  readNumbers(values: Float64Array, start: number, count: number): number {
    const bytes = this.bytes;
    let position = this.position;
    for (let index = 0; index < count; index++) {
      let byte = bytes[position];
      while (byte === space || byte === 9) byte = bytes[++position];
      const wordStart = position;
      const negative = byte === 45;
      if (negative || byte === 43) byte = bytes[++position];
      let mantissa = 0;
      let digitCount = 0;
      let exponent = 0;
      for (; byte >= 48 && byte <= 57; byte = bytes[++position]) {
        mantissa = mantissa * 10 + (byte - 48);
        digitCount++;
      }
      if (byte === 46) {
        for (byte = bytes[++position]; byte >= 48 && byte <= 57; byte = bytes[++position]) {
          mantissa = mantissa * 10 + (byte - 48);
          digitCount++;
          exponent++;
        }
      }
      const isShort = isBlank(byte) && digitCount > 0 && mantissa < exactMantissa && exponent <= 22;
      if (isShort) {
        const value = exponent === 0 ? mantissa : mantissa / exactPowers[exponent];
        values[start + index] = negative ? -value : value;
      } else {
        this.position = wordStart;
        if (!this.nextWord()) return index;
        const value = parseNumber(this.readWord());
        if (!Number.isFinite(value)) return index;
        values[start + index] = value;
        position = this.position;
      }
    }
    this.position = position;
    return count;
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

/** Space, tab and the characters that end lines and pages; other control characters are never blank. */
export function isBlank(byte: number): boolean {
  return byte === space || (byte >= 9 && byte <= 13);
}

const decimalNumber = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eEdD][+-]?\d+)?$/;

/** The number that a word writes in decimal, Fortran's exponents included; NaN when it is not one. */
export function parseNumber(word: string): number {
  return decimalNumber.test(word) ? Number(word.replace(/d/i, 'e')) : Number.NaN;
}

/** A piece of the input for a message: quoted, control characters made visible, shortened. */
export function quote(text: string): string {
  return JSON.stringify(text.length > 40 ? `${text.slice(0, 40)}...` : text);
}
