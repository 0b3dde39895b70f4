import { LammError } from '../../errors.js';
import { quote } from '../text/text-cursor.js';

/** A word of CIF 1.1 or 2.0 with the line that it starts on. */
export interface CifToken {
  readonly kind: 'data' | 'save' | 'loop' | 'tag' | 'value';
  /** A name without its prefix, a tag as written, a value without its quotes; a list or table of CIF 2.0 as written. */
  readonly text: string;
  /** Whether the value stood in quotes or in a text field, where `?` and `.` are only characters. */
  readonly quoted: boolean;
  readonly line: number;
}

const newline = 10;
const space = 32;
const tab = 9;

/** A reading position in the text of a CIF, whose lines end with a newline. */
export class CifScanner {
  private readonly text: string;
  private readonly file: string | undefined;
  private readonly isVersion2: boolean;
  private position: number;
  private line = 1;

  constructor(text: string, file: string | undefined, start = 0) {
    this.text = text;
    this.file = file;
    this.isVersion2 = text.startsWith('#\\#CIF_2.0');
    this.position = start;
    this.line += countNewlines(text, 0, start);
  }

  /**
   * The next word; comments are passed over, quotes and text fields resolved.  `undefined` at the end.
   *
   * @throws {LammError} `format` for a quote or text field that is not closed, and for reserved words.
   */
  next(): CifToken | undefined {
    const { text } = this;
    for (;;) {
      const code = text.charCodeAt(this.position); // NaN at the end
      if (code === newline) this.line++;
      else if (code === 35) this.position = endOfLine(text, this.position) - 1;
      else if (code !== space && code !== tab) break;
      this.position++;
    }
    if (this.position >= text.length) return undefined;
    const first = text[this.position];
    if (first === ';' && (this.position === 0 || text.charCodeAt(this.position - 1) === newline))
      return this.textField();
    if (this.isVersion2 && isTripleQuote(text, this.position))
      return this.valueUpTo(this.endOfString(this.position), 3);
    if (this.isVersion2 && (first === '[' || first === '{')) return this.valueUpTo(this.endOfList(), 0);
    return first === "'" || first === '"' ? this.quotedValue() : this.word();
  }

  /** Goes to the next line that begins a data block; false when there is none. */
  skipToBlock(): boolean {
    const header = /^[ \t]*data_/gim;
    header.lastIndex = this.position;
    const found = header.exec(this.text);
    if (found === null) return false;
    this.line += countNewlines(this.text, this.position, found.index);
    this.position = found.index;
    return true;
  }

  private textField(): CifToken {
    const { position, line, text } = this;
    const end = text.indexOf('\n;', position);
    if (end < 0) this.fail('the text field that starts here is not closed: expected a line that starts with ";"');
    const content = text.slice(position + 1, end);
    this.line += countNewlines(text, position, end) + 1;
    this.position = end + 2;
    return { kind: 'value', text: unfolded(content), quoted: true, line };
  }

  /** A quote closes where a blank or the end of the line follows. */
  private quotedValue(): CifToken {
    const { position, line, text } = this;
    const mark = text.charCodeAt(position);
    for (let end = position + 1; end < text.length; end++) {
      const code = text.charCodeAt(end);
      if (code === newline) break;
      if (code !== mark || !isBlank(text.charCodeAt(end + 1))) continue;
      this.position = end + 1;
      return { kind: 'value', text: text.slice(position + 1, end), quoted: true, line };
    }
    return this.fail(`the quote ${text[position]} is not closed on this line`);
  }

  /** A value that may go over several lines, with marks of a width at both ends. */
  private valueUpTo(end: number, markWidth: number): CifToken {
    const { position, line, text } = this;
    this.line += countNewlines(text, position, end);
    this.position = end;
    return { kind: 'value', text: text.slice(position + markWidth, end - markWidth), quoted: true, line };
  }

  /** The end of a string of CIF 2.0, behind its quotes. */
  private endOfString(start: number): number {
    const { text } = this;
    const mark = isTripleQuote(text, start) ? text.slice(start, start + 3) : text[start];
    const close = text.indexOf(mark, start + mark.length);
    return close < 0 ? this.fail(`the quote ${mark} is not closed`) : close + mark.length;
  }

  /** The end of a list `[...]` or a table `{...}` that begins here. */
  private endOfList(): number {
    const { text } = this;
    let depth = 0;
    for (let at = this.position; at < text.length; at++) {
      if (text[at] === "'" || text[at] === '"') at = this.endOfString(at) - 1;
      else if (text[at] === '#' && isBlank(text.charCodeAt(at - 1))) at = endOfLine(text, at);
      else if (text[at] === '[' || text[at] === '{') depth++;
      else if ((text[at] === ']' || text[at] === '}') && --depth === 0) return at + 1;
    }
    return this.fail(`the bracket ${text[this.position]} is not closed`);
  }

  private word(): CifToken {
    const { position: start, line, text } = this;
    let end = start;
    let isClean = true;
    for (;;) {
      const code = text.charCodeAt(end);
      if (!(code > space)) {
        if (isBlank(code)) break;
        isClean = false;
      }
      end++;
    }
    this.position = end;
    const word = text.slice(start, end);
    if (!isClean) this.fail(`expected text, found a control character in ${quote(word)}; the file is damaged`);
    if (word[0] === '_') return { kind: 'tag', text: word, quoted: false, line };
    return 'dDsSlLgG'.includes(word[0]) ? this.reserved(word) : { kind: 'value', text: word, quoted: false, line };
  }

  /** What a word means that may be reserved. */
  private reserved(word: string): CifToken {
    const { line } = this;
    const [, prefix, name] = /^(data_|save_|loop_|stop_|global_)(.*)$/is.exec(word) ?? [];
    const kind = prefix?.slice(0, -1).toLowerCase();
    if (kind === 'data' || kind === 'save') return { kind, text: name, quoted: false, line };
    if (kind === undefined || name !== '') return { kind: 'value', text: word, quoted: false, line };
    if (kind === 'loop') return { kind, text: word, quoted: false, line };
    return this.fail(`the word ${quote(word)} is reserved in CIF; put it in quotes`);
  }

  private fail(message: string): never {
    throw new LammError('format', message, { file: this.file, line: this.line });
  }
}

/**
 * A text field that begins with a backslash has its long lines folded: a backslash at the end of a line continues it.
 */
function unfolded(content: string): string {
  return /^\\[ \t]*\n/.test(content) ? content.replace(/\\[ \t]*\n/g, '') : content;
}

/** Whether a word ends at a character; NaN is the end of the text. */
function isBlank(code: number): boolean {
  return code === space || code === newline || code === tab || Number.isNaN(code);
}

function isTripleQuote(text: string, position: number): boolean {
  return text.startsWith("'''", position) || text.startsWith('"""', position);
}

function endOfLine(text: string, start: number): number {
  const end = text.indexOf('\n', start);
  return end < 0 ? text.length : end;
}

function countNewlines(text: string, start: number, end: number): number {
  let count = 0;
  for (let at = text.indexOf('\n', start); at >= 0 && at < end; at = text.indexOf('\n', at + 1)) count++;
  return count;
}
