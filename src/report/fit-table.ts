import { largestOf } from '../statistics/extremes.js';
import { formatTable } from './format-table.js';
import { plainWord } from './plain-text.js';
import { shortenNames } from './shorten-names.js';

/** Characters in a line of a page. */
export const pageWidth = 80;

/** Length of the longest line. */
export function widthOf(text: string): number {
  return Math.max(...text.split('\n').map((line) => line.length));
}

type Rows = readonly (readonly string[])[];

/** Characters that a name keeps, however narrow the page. */
export const leastName = 20;

/**
 * A table as wide as the page: columns that do not fit make another table below, which begins with the same `keyCount`
 * columns that name the rows.  Long names are shortened as far as that makes fewer tables.
 */
export function fitTable(rows: Rows, keyCount: number, width = pageWidth): string {
  const keys = Array.from({ length: keyCount }, (_, column) => column);
  const { rows: named, parts } = withFewestTables(rows, keys, width);
  return parts
    .map((columns) => formatTable(named.map((row) => [...keys, ...columns].map((column) => row[column]))))
    .join('\n');
}

interface Layout {
  readonly rows: Rows;
  /** Columns behind the keys, table by table. */
  readonly parts: readonly (readonly number[])[];
}

/** The rows as they are, or with the longest names that make fewer tables. */
function withFewestTables(rows: Rows, keys: readonly number[], width: number): Layout {
  const widths = columnWidths(rows);
  const names = keys.reduce((longest, key) => (widths[key] > widths[longest] ? key : longest), 0);
  let best: Layout = { rows, parts: divideColumns(widths, keys.length, width) };
  for (let size = widths[names] - 1; size >= leastName && best.parts.length > 1; size--) {
    const parts = divideColumns(widths.with(names, size), keys.length, width);
    if (parts.length === best.parts.length) continue;
    const shortened = shortenNames(
      rows.map((row) => plainWord(row[names])),
      size,
    );
    if (shortened !== undefined) best = { rows: rows.map((row, index) => row.with(names, shortened[index])), parts };
  }
  return best;
}

/** Characters of the widest line in each column. */
function columnWidths([head, ...body]: Rows): number[] {
  return head.map((cell, column) =>
    largestOf([...cell.split('\n'), ...body.map((row) => row[column])].map((text) => plainWord(text).length)),
  );
}

/** Divides the columns of these widths behind the keys among tables, as many to each as fit. */
function divideColumns(widths: readonly number[], keyCount: number, pageWidth: number): number[][] {
  const keysWidth = widths.slice(0, keyCount).reduce((sum, width) => sum + width + gap, 0);
  const parts: number[][] = [];
  let room = 0;
  for (let column = keyCount; column < widths.length; column++) {
    const needed = widths[column] + gap;
    if (parts.length === 0 || needed > room) {
      parts.push([]);
      room = pageWidth + gap - keysWidth;
    }
    parts[parts.length - 1].push(column);
    room -= needed;
  }
  return parts;
}

/** Spaces between columns. */
const gap = 2;
