import { LammError } from '../../errors.js';
import { quote } from '../text-cursor.js';

/** A word of CIF 1.1 with the line that it starts on. */
export interface CifToken {
  readonly kind: 'data' | 'save' | 'loop' | 'tag' | 'value';
  /** A name without its prefix, a tag as written, a value without its quotes. */
  readonly text: string;
  /** Whether the value stood in quotes or in a text field, where `?` and `.` are only characters. */
  readonly quoted: boolean;
  readonly line: number;
}

/**
 * Splits a text into the words of CIF 1.1: comments are dropped, quotes and text fields resolved.  Lines end with a newline.
 *
 * @throws {LammError} `format` for a quote or text field that is not closed, and for reserved words.
 */
export function* tokenizeCif(text: string, file: string | undefined): Generator<CifToken> {
  let position = 0;
  let line = 1;
  const fail = (message: string): never => {
    throw new LammError('format', message, { file, line });
  };
  while (position < text.length) {
    const character = text[position];
    if (character === '\n') {
      line++;
      position++;
    } else if (character === ' ' || character === '\t') {
      position++;
    } else if (character === '#') {
      position = endOfLine(text, position);
    } else if (character === ';' && (position === 0 || text[position - 1] === '\n')) {
      const end = text.indexOf('\n;', position);
      if (end < 0) fail('the text field that starts here is not closed: expected a line that starts with ";"');
      const content = text.slice(position + 1, end);
      yield { kind: 'value', text: content, quoted: true, line };
      line += countNewlines(content) + 1;
      position = end + 2;
    } else if (character === "'" || character === '"') {
      const end = endOfQuoted(text, position);
      if (end === undefined) return fail(`the quote ${character} is not closed on this line`);
      yield { kind: 'value', text: text.slice(position + 1, end), quoted: true, line };
      position = end + 1;
    } else {
      const end = endOfWord(text, position);
      yield toToken(text.slice(position, end), line, fail);
      position = end;
    }
  }
}

function toToken(word: string, line: number, fail: (message: string) => never): CifToken {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  if (/[\0-\x1f]/.test(word)) fail(`expected text, found a control character in ${quote(word)}; the file is damaged`);
  if (word[0] === '_') return { kind: 'tag', text: word, quoted: false, line };
  const [, reserved, name] = /^(data_|save_|loop_|stop_|global_)(.*)$/is.exec(word) ?? [];
  switch (reserved?.toLowerCase()) {
    case undefined:
      return { kind: 'value', text: word, quoted: false, line };
    case 'data_':
      return { kind: 'data', text: name, quoted: false, line };
    case 'save_':
      return { kind: 'save', text: name, quoted: false, line };
    case 'loop_':
      if (name === '') return { kind: 'loop', text: word, quoted: false, line };
  }
  return name === ''
    ? fail(`the word ${quote(word)} is reserved in CIF; put it in quotes`)
    : { kind: 'value', text: word, quoted: false, line };
}

function endOfLine(text: string, start: number): number {
  const end = text.indexOf('\n', start);
  return end < 0 ? text.length : end;
}

function endOfWord(text: string, start: number): number {
  const blank = /[ \t\n]/g;
  blank.lastIndex = start;
  return blank.exec(text)?.index ?? text.length;
}

/** A quote closes where a blank or the end of the line follows; `undefined` when the line ends first. */
function endOfQuoted(text: string, start: number): number | undefined {
  for (let end = start + 1; end < text.length && text[end] !== '\n'; end++) {
    if (text[end] !== text[start]) continue;
    const next = text[end + 1];
    if (next === undefined || next === ' ' || next === '\t' || next === '\n') return end;
  }
  return undefined;
}

function countNewlines(text: string): number {
  let count = 0;
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) count++;
  return count;
}
