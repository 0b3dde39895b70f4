import { LammError } from '../errors.js';
import type { InfoValue } from '../structure/structure.js';
import { parseNumber, quote } from './text-cursor.js';

/** A value as it stands in the comment line, with its opening delimiter. */
interface RawValue {
  readonly text: string;
  readonly delimiter: '' | '"' | "'" | '{' | '[';
}

/**
 * Reads the `key=value` pairs of the second line of a frame, in order.  Without `Lattice`, `Properties` or `pbc` the line may be free
 * text: what is not made of pairs is then kept whole under `comment`.
 *
 * @throws {LammError} `format`, without a place, for unbalanced quotes and the like.
 */
export function parseComment(text: string): Map<string, InfoValue> {
  if (isExtendedComment(text)) return readPairs(text);
  const comment = text.trim();
  if (comment === '') return new Map();
  const freeText = new Map<string, InfoValue>([['comment', comment]]);
  if (!comment.includes('=')) return freeText;
  try {
    return readPairs(text);
  } catch (error) {
    if (error instanceof LammError) return freeText;
    throw error;
  }
}

/** Whether a comment line declares itself as extended XYZ. */
export function isExtendedComment(text: string): boolean {
  return /(?:^|\s)(?:Lattice|Properties|pbc)\s*=/i.test(text);
}

/** Writes pairs so that `parseComment` gives the same keys and values back. */
export function formatPairs(pairs: Iterable<readonly [string, InfoValue]>): string {
  return Array.from(pairs, ([key, value]) => `${formatKey(key)}=${formatValue(key, value)}`).join(' ');
}

/** A number with the fewest digits that give the same bits back, the sign of zero included. */
export function formatNumber(value: number): string {
  return Object.is(value, -0) ? '-0' : String(value);
}

function readPairs(text: string): Map<string, InfoValue> {
  const pairs = new Map<string, InfoValue>();
  let position = skipBlanks(text, 0);
  while (position < text.length) {
    const key = readKey(text, position);
    position = key.end;
    const equals = skipBlanks(text, position);
    let value: InfoValue = true;
    if (text[equals] === '=') {
      const raw = readValue(text, equals + 1);
      position = raw.end;
      value = convert(key.text, raw);
    }
    pairs.set(key.text, value);
    position = skipBlanks(text, position);
  }
  return pairs;
}

function readKey(text: string, start: number): { text: string; end: number } {
  if (text[start] === '"' || text[start] === "'") return readQuoted(text, start);
  const end = findEnd(text, start, /[\s=]/g);
  if (end === start) return fail(`expected a key before "=" at column ${start + 1}`);
  return { text: text.slice(start, end), end };
}

function readValue(text: string, afterEquals: number): RawValue & { end: number } {
  const start = skipBlanks(text, afterEquals);
  const delimiter = text[start];
  if (delimiter === '"' || delimiter === "'") return { ...readQuoted(text, start), delimiter };
  if (delimiter === '{' || delimiter === '[') return { ...readBracketed(text, start), delimiter };
  const end = findEnd(text, start, /\s/g);
  const bare = text.slice(start, end);
  const isNextPair = start > afterEquals && bare.includes('=');
  return isNextPair ? { text: '', delimiter: '', end: afterEquals } : { text: bare, delimiter: '', end };
}

function readQuoted(text: string, start: number): { text: string; end: number } {
  const pieces: string[] = [];
  const special = text[start] === '"' ? /["\\]/g : /['\\]/g;
  let from = start + 1;
  for (;;) {
    const at = findEnd(text, from, special);
    if (at === text.length) return fail(`the quote ${text[start]} at column ${start + 1} is not closed`);
    pieces.push(text.slice(from, at));
    if (text[at] !== '\\') return endDelimited(text, at, pieces.join(''), start);
    pieces.push(text[at + 1] === 'n' ? '\n' : (text[at + 1] ?? ''));
    from = at + 2;
  }
}

function readBracketed(text: string, start: number): { text: string; end: number } {
  const [open, close] = text[start] === '{' ? '{}' : '[]';
  let depth = 0;
  for (let at = start; at < text.length; at++) {
    if (text[at] === open) depth++;
    if (text[at] === close && --depth === 0) return endDelimited(text, at, text.slice(start + 1, at), start);
  }
  return fail(`the bracket ${open} at column ${start + 1} is not closed`);
}

function endDelimited(text: string, at: number, content: string, start: number): { text: string; end: number } {
  const next = text[at + 1];
  if (next !== undefined && !/[\s=,]/.test(next)) {
    return fail(
      `expected a blank after the value that starts at column ${start + 1}, found ${quote(next)}; check the quotes`,
    );
  }
  return { text: content, end: next === ',' ? at + 2 : at + 1 };
}

const logicals: ReadonlyMap<string, boolean> = new Map([
  ...['T', 'true', 'True', 'TRUE'].map((word) => [word, true] as const),
  ...['F', 'false', 'False', 'FALSE'].map((word) => [word, false] as const),
]);

/** The logical value of a word, undefined when it is not one. */
export function parseLogical(word: string): boolean | undefined {
  return logicals.get(word);
}

/** Keys whose nine numbers are a matrix, column after column. */
const matrixKeys: ReadonlySet<string> = new Set(['virial', 'stress']);

function convert(key: string, { text, delimiter }: RawValue): InfoValue {
  if (text.startsWith('_JSON ')) return parseJson(text.slice(6)) ?? text;
  if (delimiter === '[') {
    const json = parseJson(`[${text}]`);
    if (json !== undefined) return json;
    if (text.includes('[')) return `[${text}]`;
  }
  const words = text.match(/[^\s,]+/g) ?? [];
  const values = convertWords(words);
  if (values === undefined || words.length === 0) return delimiter === '[' ? words : text;
  if (words.length === 1 && delimiter !== '[') return values[0];
  return matrixKeys.has(key) && values.length === 9 ? columnsToRows(values) : values;
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

function parseJson(text: string): InfoValue | undefined {
  try {
    const value: unknown = JSON.parse(text);
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
  const rows = matrixKeys.has(key) && values.length === 3 ? values : undefined;
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
  return findEnd(text, start, /\S/g);
}

function findEnd(text: string, start: number, stop: RegExp): number {
  stop.lastIndex = start;
  return stop.exec(text)?.index ?? text.length;
}

function fail(message: string): never {
  throw new LammError('format', message);
}
