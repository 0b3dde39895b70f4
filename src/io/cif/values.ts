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
  const table = block.tables.get(tag);
  const inTable = table === undefined ? [] : columnOf(table, tag);
  const [first, ...others] = [...(block.items.get(tag) ?? []), ...inTable].filter((token) => !isMissing(token));
  const other = others.find((token) => token.text !== first.text);
  if (other === undefined) return first;
  throw new LammError('format', `${tag} is given twice: ${quote(first.text)} and ${quote(other.text)}; keep one`, {
    file,
    line: other.line,
  });
}

/** The values of one column of a loop. */
export function columnOf(table: CifTable, tag: string): CifToken[] {
  const width = table.tags.length;
  const column = table.tags.indexOf(tag);
  return Array.from({ length: table.values.length / width }, (_, row) => table.values[row * width + column]);
}

/**
 * A number; a standard uncertainty in brackets is cut off.
 *
 * @throws {LammError} `format` for anything that is not a finite number.
 */
export function numberOf(token: CifToken, what: string, file: string | undefined): number {
  const value = parseNumber(token.text.replace(/\(\d+\)$/, ''));
  if (Number.isFinite(value)) return value;
  throw new LammError('format', `expected a number for ${what}, found ${quote(token.text)}`, { file, line: token.line });
}
