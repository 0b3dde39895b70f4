import { LammError } from '../../errors.js';
import { parseNumber, quote } from '../text-cursor.js';
import type { CifBlock, CifTable } from './blocks.js';
import type { CifToken } from './tokenize.js';

/** Whether a value says "unknown" or "not applicable". */
export function isMissing(token: CifToken | undefined): boolean {
  return token === undefined || (!token.quoted && (token.text === '?' || token.text === '.'));
}

/**
 * The value of a tag, from an item or a loop of one row; `undefined` when it is absent or unknown.
 *
 * @throws {LammError} `format` when the block gives two different values.
 */
export function valueOf(block: CifBlock, tag: string, file: string | undefined): CifToken | undefined {
  const [first, ...others] = valuesOf(block, tag, file);
  const other = others.find((token) => token.text !== first.text);
  if (other === undefined) return first;
  throw new LammError('format', `${tag} is given twice: ${quote(first.text)} and ${quote(other.text)}; keep one`, {
    file,
    line: other.line,
  });
}

/** All values of a tag that are known, from items and a loop, in order. */
export function valuesOf(block: CifBlock, tag: string, file: string | undefined): CifToken[] {
  const table = tableWith(block, tag, file);
  const column = table?.values.filter((_, index) => table.tags[index % table.tags.length] === tag) ?? [];
  return [...(block.items.get(tag) ?? []), ...column].filter((token) => !isMissing(token));
}

/**
 * The loop that has a tag.
 *
 * @throws {LammError} `format` when its last row is not complete.
 */
export function tableWith({ tables }: CifBlock, tag: string, file: string | undefined): CifTable | undefined {
  const table = tables.get(tag);
  const last = table?.values.at(-1);
  if (table === undefined || last === undefined) return table;
  const rest = table.values.length % table.tags.length;
  if (rest === 0) return table;
  const message = `the loop of ${tag} has ${table.tags.length} columns, but its last row has ${rest} values`;
  throw new LammError('format', message, { file, line: last.line });
}

/**
 * A number; a standard uncertainty in brackets is cut off.
 *
 * @throws {LammError} `format` for anything that is not a finite number.
 */
export function numberOf(token: CifToken, what: string, file: string | undefined): number {
  const value = parseNumber(token.text.replace(/\(\d+\)$/, ''));
  if (Number.isFinite(value)) return value;
  throw new LammError('format', `expected a number for ${what}, found ${quote(token.text)}`, {
    file,
    line: token.line,
  });
}
