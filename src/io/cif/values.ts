import { LammError } from '../../errors.js';
import { parseNumber, quote } from '../text/text-cursor.js';
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
  const width = table?.tags.length ?? 1;
  const column = table?.tags.indexOf(tag) ?? 0;
  const listed = table?.values.filter((_, index) => index % width === column) ?? [];
  return [...(block.items.get(tag) ?? []), ...listed].filter((token) => !isMissing(token));
}

/**
 * The loop that has a tag; items of the same category (`prefix`) are a loop of one row.
 *
 * @throws {LammError} `format` when its last row is not complete, or when two loops have the tag.
 */
export function tableWith(
  { tables, items }: CifBlock,
  tag: string,
  file: string | undefined,
  prefix = tag,
): CifTable | undefined {
  const table = tables.get(tag);
  if (table?.earlier !== undefined) {
    const message = `two loops have columns of the same name as that of ${tag} (the other in line ${table.earlier}); keep one of them`;
    throw new LammError('format', message, { file, line: table.line });
  }
  if (table === undefined) {
    const single = items.has(tag) ? [...items].filter(([name]) => name.startsWith(prefix)) : [];
    if (single.length === 0 || prefix === tag) return undefined;
    return {
      tags: single.map(([name]) => name),
      values: single.map(([, [value]]) => value),
      line: single[0][1][0].line,
    };
  }
  const last = table.values.at(-1);
  const rest = table.values.length % table.tags.length;
  if (last === undefined || rest === 0) return table;
  const message = `the loop of ${tag} has ${table.tags.length} columns, but its last row has ${rest} values`;
  throw new LammError('format', message, { file, line: last.line });
}

/** A row of a loop. */
export interface TableRow {
  /** The value in a column; `undefined` when there is no such column. */
  get(tag: string): CifToken | undefined;
  /** Line of its first value. */
  readonly line: number;
}

/** The rows of a loop, one after another. */
export function* rowsOf({ tags, values, line }: CifTable): Generator<TableRow> {
  const columns = new Map(tags.map((tag, column) => [tag, column]));
  for (let start = 0; start < values.length; start += tags.length) {
    const get = (tag: string): CifToken | undefined => {
      const column = columns.get(tag);
      return column === undefined ? undefined : values[start + column];
    };
    yield { get, line: values[start]?.line ?? line };
  }
}

/** The text of a value that is known. */
export function textOf(token: CifToken | undefined): string | undefined {
  return token === undefined || isMissing(token) ? undefined : token.text;
}

/** In characters. */
const maxValueLength = 1000;

/**
 * A number; a standard uncertainty in brackets is cut off.
 *
 * @throws {LammError} `format` for anything that is not a finite number.
 */
export function numberOf(token: CifToken, what: string | (() => string), file: string | undefined): number {
  const { text } = token;
  const hasUncertainty = text.endsWith(')') && text.length < maxValueLength;
  const value = parseNumber(hasUncertainty ? text.replace(/\(\d+\.?\d*\)$/, '') : text);
  if (Number.isFinite(value)) return value;
  const name = typeof what === 'string' ? what : what();
  throw new LammError('format', `expected a number for ${name}, found ${quote(token.text)}`, {
    file,
    line: token.line,
  });
}
