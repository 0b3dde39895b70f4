import { LammError } from '../../errors.js';
import type { InfoValue } from '../../structure/structure.js';
import { parseJson } from '../text/json.js';
import { parseNumber, quote, TextCursor } from '../text/text-cursor.js';
import { parseArray } from './extxyz-array.js';

/** A value as it stands in the comment line, with its opening delimiter. */
interface RawValue {
  readonly text: string;
  readonly delimiter: '' | '"' | "'" | '{' | '[';
}

/** A value, and the position behind it. */
interface EndedValue extends RawValue {
  readonly end: number;
}

/** Values of keys that are mostly the same in all frames of a file, by key: those of the last frame. */
export interface ValueMemory {
  readonly values: Map<string, RawValue & { readonly value: InfoValue }>;
}

const equals = 61;

/**
 * Reads the `key=value` pairs of the second line of a frame, in order.  Without `Lattice`, `Properties` or `pbc` the
 * line may be free text: what is not made of pairs is then kept whole under `comment`.
 *
 * @throws {LammError} `format`, without a place, for unbalanced quotes and the like.
 */
export function parseComment(
  text: string,
  isExtended = isExtendedComment(text),
  memory: ValueMemory = { values: new Map() },
): Map<string, InfoValue> {
  if (isExtended) return readPairs(text, memory);
  const comment = text.trim();
  if (comment === '') return new Map();
  const freeText = new Map<string, InfoValue>([['comment', comment]]);
  if (!comment.includes('=')) return freeText;
  try {
    return readPairs(text, memory);
  } catch (error) {
    if (error instanceof LammError) return freeText;
    throw error;
  }
}

/** Whether a comment line declares itself as extended XYZ. */
export function isExtendedComment(text: string): boolean {
  return text.startsWith('Lattice=') || /(?:^|\s)(?:Lattice|Properties|pbc)\s*=/i.test(text);
}

/** Writes pairs so that `parseComment` gives the same keys and values back. */
export function formatPairs(pairs: Iterable<readonly [string, InfoValue]>): string {
  return Array.from(pairs, ([key, value]) => `${formatKey(key)}=${formatValue(key, value)}`).join(' ');
}

/** A number with the fewest digits that give the same bits back, the sign of zero included. */
export function formatNumber(value: number): string {
  return Object.is(value, -0) ? '-0' : String(value);
}

function readPairs(text: string, memory: ValueMemory): Map<string, InfoValue> {
  const pairs = new Map<string, InfoValue>();
  let position = skipBlanks(text, 0);
  while (position < text.length) {
    const key = readKey(text, position);
    position = key.end;
    const behind = skipBlanks(text, position);
    let value: InfoValue = true;
    if (text.charCodeAt(behind) === equals) {
      const raw = readValue(text, behind + 1);
      position = raw.end;
      value = valueOf(key.text, raw, memory);
    }
    if (singleKeys.has(key.text) && pairs.has(key.text) && !isSame(pairs.get(key.text) ?? '', value))
      fail(`${key.text} stands twice, with different values; keep one of them`);
    pairs.set(key.text, value);
    position = skipBlanks(text, position);
  }
  return pairs;
}

/** Keys whose value mostly is the same in all frames of a file. */
const steadyKeys: ReadonlySet<string> = new Set(['Lattice', 'Properties', 'pbc']);
/** Keys that must not stand twice, as one of the values would be lost. */
const singleKeys: ReadonlySet<string> = new Set([...steadyKeys, 'energy', 'stress', 'virial']);

function valueOf(key: string, raw: RawValue, { values }: ValueMemory): InfoValue {
  if (!steadyKeys.has(key)) return convert(key, raw);
  const before = values.get(key);
  if (before?.text === raw.text && before.delimiter === raw.delimiter) return before.value;
  const value = convert(key, raw);
  values.set(key, { ...raw, value });
  return value;
}

function readKey(text: string, start: number): { text: string; end: number } {
  if (text[start] === '"' || text[start] === "'") return readQuoted(text, start);
  let end = start;
  while (end < text.length && text.charCodeAt(end) !== equals && !isSpace(text, end)) end++;
  if (end === start) return fail(`expected a key before "=" at column ${start + 1}`);
  const key = text.slice(start, end);
  if (/["']/.test(key))
    return fail(`the quote in ${quote(key)} at column ${start + 1} closes nothing; check the quotes`);
  return { text: key, end };
}

function readValue(text: string, afterEquals: number): EndedValue {
  const start = skipBlanks(text, afterEquals);
  const delimiter = text[start];
  if (delimiter === '"' || delimiter === "'") return readQuoted(text, start);
  if (delimiter === '{' || delimiter === '[') return readBracketed(text, start);
  let end = start;
  while (end < text.length && !isSpace(text, end)) end++;
  const bare = text.slice(start, end);
  const isNextPair = start > afterEquals && bare.includes('=');
  return isNextPair ? { text: '', delimiter: '', end: afterEquals } : { text: bare, delimiter: '', end };
}

function readQuoted(text: string, start: number): EndedValue {
  const delimiter = text[start] === '"' ? '"' : "'";
  const close = text.indexOf(delimiter, start + 1);
  const backslash = text.indexOf('\\', start + 1);
  const isPlain = close >= 0 && (backslash < 0 || backslash > close);
  if (isPlain) return endDelimited(text, start, { text: text.slice(start + 1, close), delimiter, end: close + 1 });
  const pieces: string[] = [];
  let from = start + 1;
  for (;;) {
    let at = from;
    while (at < text.length && text[at] !== delimiter && text[at] !== '\\') at++;
    if (at >= text.length) return fail(`the quote ${delimiter} at column ${start + 1} is not closed`);
    pieces.push(text.slice(from, at));
    if (text[at] === delimiter) return endDelimited(text, start, { text: pieces.join(''), delimiter, end: at + 1 });
    pieces.push(text[at + 1] === 'n' ? '\n' : (text[at + 1] ?? ''));
    from = at + 2;
  }
}

function readBracketed(text: string, start: number): EndedValue {
  const [delimiter, close] = text[start] === '{' ? (['{', '}'] as const) : (['[', ']'] as const);
  let depth = 0;
  for (let at = start; at < text.length; at++) {
    if (text[at] === '"') at = endOfString(text, at);
    if (text[at] === delimiter) depth++;
    if (text[at] === close && --depth === 0)
      return endDelimited(text, start, { text: text.slice(start + 1, at), delimiter, end: at + 1 });
  }
  return fail(`the bracket ${delimiter} at column ${start + 1} is not closed`);
}

/** The position of the quote that closes a string in an array. */
function endOfString(text: string, start: number): number {
  let at = start + 1;
  while (at < text.length && text[at] !== '"') at += text[at] === '\\' ? 2 : 1;
  return at;
}

/** Passes a comma behind a value; without one a blank must follow. */
function endDelimited(text: string, start: number, value: EndedValue): EndedValue {
  const { end } = value;
  if (end === text.length || text.charCodeAt(end) === equals || isSpace(text, end)) return value;
  if (text[end] === ',') return { ...value, end: end + 1 };
  return fail(
    `expected a blank after the value that starts at column ${start + 1}, found ${quote(text[end])}; check the quotes`,
  );
}

const logicals: ReadonlyMap<string, boolean> = new Map([
  ...['T', 'true', 'True', 'TRUE'].map((word) => [word, true] as const),
  ...['F', 'false', 'False', 'FALSE'].map((word) => [word, false] as const),
]);

/** The logical value of a word, undefined when it is not one. */
export function parseLogical(word: string): boolean | undefined {
  return logicals.get(word);
}

/** Keys whose nine numbers are a matrix, column after column, such as `stress` and `REF_virial`. */
const matrixKey = /(^|_)(stress|virial)$/;

function convert(key: string, { text, delimiter }: RawValue): InfoValue {
  if (text.startsWith('_JSON ')) return jsonValue(text.slice(6)) ?? text;
  if (delimiter === '[') {
    const array = jsonValue(`[${text}]`) ?? parseArray(`[${text}]`, convertWords);
    if (array !== undefined) return array;
    if (text.includes('[')) return `[${text}]`;
  }
  if (delimiter !== '[' && isWord(text)) return text;
  const quick = numbersOfText(text);
  const words = quick === undefined ? (text.match(/[^\s,]+/g) ?? []) : [];
  const values = quick ?? convertWords(words);
  if (values === undefined || values.length === 0) return delimiter === '[' ? words : text;
  if (values.length === 1 && delimiter !== '[') return values[0];
  return matrixKey.test(key) && values.length === 9 ? columnsToRows(values) : values;
}

/** Room for one text and its numbers: `numbersOfText` fills and empties it in one go. */
const scratch = new TextCursor(Buffer.alloc(1024), 0);
const scratchValues = new Float64Array(64);

/** Numbers with blanks between; undefined for anything that is not as plain, and for long integers. */
function numbersOfText(text: string): readonly number[] | undefined {
  if (text.length > 300 || text.charCodeAt(0) > 57) return undefined;
  const length = scratch.bytes.write(text, 'utf8');
  scratch.bytes[length] = 10;
  scratch.position = 0;
  const count = scratch.readNumbers(scratchValues, 0, scratchValues.length);
  const isAll = count > 0 && count < scratchValues.length && scratch.word() === '' && scratch.position === length;
  if (!isAll || (count === 1 && Math.abs(scratchValues[0]) > Number.MAX_SAFE_INTEGER)) return undefined;
  const numbers = new Array<number>(count);
  for (let index = 0; index < count; index++) numbers[index] = scratchValues[index];
  return numbers;
}

/** Whether a text begins as neither a number nor a logical value does. */
function isWord(text: string): boolean {
  return /^[A-EG-SU-Za-eg-su-z]/.test(text);
}

/** All numbers or all logicals; undefined for anything else. */
function convertWords(words: readonly string[]): readonly (number | boolean)[] | undefined {
  const numbers = words.map(parseNumber);
  if (numbers.every(Number.isFinite)) {
    const isLongInteger = words.length === 1 && /^[+-]?\d+$/.test(words[0]) && !Number.isSafeInteger(numbers[0]);
    return isLongInteger ? undefined : numbers;
  }
  const booleans = words.map((word) => logicals.get(word));
  return booleans.every((value) => value !== undefined) ? booleans : undefined;
}

function columnsToRows(values: readonly InfoValue[]): InfoValue {
  return [0, 1, 2].map((row) => [values[row], values[row + 3], values[row + 6]]);
}

function jsonValue(text: string): InfoValue | undefined {
  try {
    const value = parseJson(text);
    return isInfoValue(value, 8) ? value : undefined;
  } catch {
    return undefined; // not JSON: the caller keeps the text
  }
}

function isInfoValue(value: unknown, depth: number): value is InfoValue {
  if (Array.isArray(value)) return depth > 0 && value.every((item) => isInfoValue(item, depth - 1));
  return typeof value === 'number' || typeof value === 'boolean' || typeof value === 'string';
}

function formatKey(key: string): string {
  return /^[^\s="'\\]+$/.test(key) ? key : quoteValue(key);
}

function formatValue(key: string, value: InfoValue): string {
  if (typeof value === 'number') return formatNumber(value);
  if (typeof value === 'boolean') return value ? 'T' : 'F';
  const plain = typeof value === 'string' ? value : formatList(key, value);
  if (plain !== undefined && isSame(convert(key, { text: plain, delimiter: '"' }), value)) return quoteIfNeeded(plain);
  return quoteValue(`_JSON ${JSON.stringify(value)}`);
}

function formatList(key: string, values: readonly InfoValue[]): string | undefined {
  const rows = matrixKey.test(key) && values.length === 3 ? values : undefined;
  const flat = rows
    ? [0, 1, 2].flatMap((column) => rows.map((row) => (Array.isArray(row) ? row[column] : row)))
    : values;
  const isPlain = flat.every((value) => typeof value === 'number' || typeof value === 'boolean');
  if (!isPlain) return undefined;
  return flat.map((value) => (typeof value === 'number' ? formatNumber(value) : value ? 'T' : 'F')).join(' ');
}

function isSame(a: InfoValue, b: InfoValue): boolean {
  if (!Array.isArray(a) || !Array.isArray(b)) return Object.is(a, b);
  return a.length === b.length && a.every((item, index) => isSame(item, b[index]));
}

function quoteIfNeeded(text: string): string {
  return /^[^\s="'{}[\]\\,]+$/.test(text) ? text : quoteValue(text);
}

function quoteValue(text: string): string {
  return `"${text.replace(/["\\]/g, '\\$&').replaceAll('\n', '\\n')}"`;
}

function skipBlanks(text: string, start: number): number {
  let position = start;
  while (position < text.length && isSpace(text, position)) position++;
  return position;
}

/** Whether a character is what `\s` matches. */
function isSpace(text: string, position: number): boolean {
  const code = text.charCodeAt(position);
  return code <= 32 ? code === 32 || (code >= 9 && code <= 13) : code >= 160 && /\s/.test(text[position]);
}

function fail(message: string): never {
  throw new LammError('format', message);
}
