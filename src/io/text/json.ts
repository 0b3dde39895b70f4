import { LammError } from '../../errors.js';

/** No text of ours nests lists and objects deeper. */
const deepest = 100;

/** Bytes of memory for a list or object, for what stands between two commas, and for each byte of a text in quotes. */
const costs = { container: 64, value: 16, character: 2 } as const;

/**
 * Reads JSON once its nesting is known to be bounded, so that neither this nor what works on the value runs out of
 * stack. `allow` is asked whether the memory that the value will take, in bytes, is granted; it throws when it is not.
 *
 * @throws {LammError} `format`, without a place, for lists and objects nested too deep; what `allow` throws;
 *   SyntaxError.
 */
export function parseJson(text: string, allow: (bytes: number) => void = () => undefined): unknown {
  allow(sizeOfJson(text));
  return JSON.parse(text);
}

/** About how much memory a JSON text will take, in bytes; the text need not be valid. */
export function sizeOfJson(text: string): number {
  let depth = 0;
  let size = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === 34) {
      const end = endOfString(text, at);
      size += costs.value + costs.character * (end - at);
      at = end;
    } else if (code === 91 || code === 123) {
      size += costs.container;
      if (++depth > deepest) throw new LammError('format', `expected JSON that is nested at most ${deepest} deep`);
    } else if (code === 93 || code === 125) depth--;
    else if (code === 44) size += costs.value;
  }
  return size;
}

/** Where the string that begins at a quote ends: at its closing quote, or at the end of the text. */
function endOfString(text: string, start: number): number {
  for (let at = start + 1; ; at++) {
    const end = text.indexOf('"', at);
    if (end < 0) return text.length;
    let slashes = 0;
    while (text.charCodeAt(end - 1 - slashes) === 92) slashes++;
    if (slashes % 2 === 0) return end;
    at = end;
  }
}

/** A key of an object and where its value stands in the text. */
export interface JsonMember {
  readonly key: string;
  readonly keyStart: number;
  readonly start: number;
  readonly end: number;
}

/**
 * Finds the members of the object that a text is, without reading their values; a key that stands there twice comes
 * twice.
 *
 * @throws {SyntaxError} for a text that is no object, with the position in its message as `JSON.parse` has it.
 */
export function* membersOfJson(text: string): Generator<JsonMember> {
  let at = passBlanks(text, passMark(text, passBlanks(text, 0), '{'));
  if (text[at] === '}') return passEnd(text, at);
  for (;;) {
    if (text[at] !== '"') throw unexpected(text, at);
    const keyStart = at;
    const keyEnd = endOfString(text, at) + 1;
    const key = String(JSON.parse(text.slice(keyStart, keyEnd)));
    const start = passBlanks(text, passMark(text, passBlanks(text, keyEnd), ':'));
    const end = endOfValue(text, start);
    yield { key, keyStart, start, end };
    if (text[end] === '}') return passEnd(text, end);
    at = passBlanks(text, passMark(text, end, ','));
  }
}

/** Where the comma or bracket stands that ends the value which begins at `start`. */
function endOfValue(text: string, start: number): number {
  let depth = 0;
  for (let at = start; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === 34) at = endOfString(text, at);
    else if (code === 91 || code === 123) depth++;
    else if (depth > 0 && (code === 93 || code === 125)) depth--;
    else if (depth === 0 && (code === 44 || code === 93 || code === 125)) return at;
  }
  throw unexpected(text, text.length);
}

function passBlanks(text: string, start: number): number {
  let at = start;
  while (' \n\r\t'.includes(text[at] ?? 'end')) at++;
  return at;
}

function passMark(text: string, at: number, mark: string): number {
  if (text[at] === mark) return at + 1;
  throw unexpected(text, at);
}

/** Nothing may follow the bracket at `at`. */
function passEnd(text: string, at: number): void {
  const end = passBlanks(text, at + 1);
  if (end < text.length) throw unexpected(text, end);
}

function unexpected(text: string, at: number): SyntaxError {
  const found = at < text.length ? `token ${JSON.stringify(text[at])}` : 'end';
  return new SyntaxError(`Unexpected ${found} in JSON at position ${at}`);
}
