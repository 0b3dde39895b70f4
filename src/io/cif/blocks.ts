import { LammError } from '../../errors.js';
import { quote } from '../text-cursor.js';
import { decodedText } from '../text-lines.js';
import { type CifToken, tokenizeCif } from './tokenize.js';

/** A loop: rows of values under tags, as it stands; `tableWith` gives it checked. */
export interface CifTable {
  /** Normalised tags, one for each column. */
  readonly tags: readonly string[];
  /** All values, row after row. */
  readonly values: readonly CifToken[];
  readonly line: number;
}

/** A data block: single items and loops by normalised tag (`_cell.length_a` is `_cell_length_a`). */
export interface CifBlock {
  readonly name: string;
  readonly line: number;
  readonly items: Map<string, CifToken[]>;
  readonly tables: Map<string, CifTable>;
}

/**
 * Splits a CIF into its data blocks; save frames are passed over.
 *
 * @throws {LammError} `format`, with `file` and line, where the syntax of CIF 1.1 is broken.
 */
export function parseCifBlocks(text: string, file: string | undefined): { blocks: CifBlock[]; lastLine: number } {
  const tokens = tokenizeCif(decodedText(text, file).replace(/\r\n?/g, '\n'), file);
  const blocks: CifBlock[] = [];
  let lastLine = 1;
  let frame: CifBlock | undefined;
  const fail = (message: string, line: number): never => {
    throw new LammError('format', message, { file, line });
  };
  let next = tokens.next();
  const advance = (): CifToken | undefined => {
    const token = next.done ? undefined : next.value;
    lastLine = token?.line ?? lastLine;
    next = tokens.next();
    return token;
  };
  const nextIs = (kind: CifToken['kind']): boolean => !next.done && next.value.kind === kind;
  for (let token = advance(); token !== undefined; token = advance()) {
    const block = frame ?? blocks.at(-1);
    if (token.kind === 'data') {
      if (frame) fail(`the save frame ${quote(frame.name)} is not closed`, frame.line);
      blocks.push(createBlock(token));
    } else if (block === undefined) {
      fail(`expected a CIF that starts with data_NAME, found ${quote(token.text)}`, token.line);
    } else if (token.kind === 'save') {
      frame = token.text === '' ? undefined : createBlock(token);
    } else if (token.kind === 'tag') {
      const value = nextIs('value') ? advance() : undefined;
      if (value === undefined) return fail(`expected a value after ${token.text}`, token.line);
      const tag = normalise(token.text);
      block.items.set(tag, [...(block.items.get(tag) ?? []), value]);
    } else if (token.kind === 'loop') {
      const tags: string[] = [];
      const values: CifToken[] = [];
      while (nextIs('tag')) tags.push(normalise(advance()?.text ?? ''));
      for (let value = nextIs('value') ? advance() : undefined; value; value = nextIs('value') ? advance() : undefined)
        values.push(value);
      if (tags.length === 0) fail('expected tags after loop_', token.line);
      for (const tag of tags) block.tables.set(tag, { tags, values, line: token.line });
    } else {
      fail(
        `expected a tag before the value ${quote(token.text)}; a value with blanks must stand in quotes`,
        token.line,
      );
    }
  }
  if (frame) fail(`the save frame ${quote(frame.name)} is not closed`, frame.line);
  return { blocks, lastLine };
}

function createBlock({ text, line }: CifToken): CifBlock {
  return { name: text, line, items: new Map(), tables: new Map() };
}

function normalise(tag: string): string {
  return tag.toLowerCase().replace('.', '_');
}
