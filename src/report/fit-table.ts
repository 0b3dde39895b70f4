import { formatTable } from './format-table.js';

/** Characters in a line of a page. */
export const pageWidth = 80;

/** Length of the longest line. */
export function widthOf(text: string): number {
  return Math.max(...text.split('\n').map((line) => line.length));
}

/**
 * A table as wide as the page: columns that do not fit make another table below, which begins with the same `keyCount`
 * columns that name the rows.
 */
export function fitTable(rows: readonly (readonly string[])[], keyCount: number, width = pageWidth): string {
  const columnCount = rows[0].length;
  const keys = Array.from({ length: keyCount }, (_, column) => column);
  const pick = (columns: readonly number[]) =>
    formatTable(rows.map((row) => [...keys, ...columns].map((column) => row[column])));
  const tables: string[] = [];
  let columns: number[] = [];
  for (let column = keyCount; column < columnCount; column++) {
    if (columns.length > 0 && widthOf(pick([...columns, column])) > width) {
      tables.push(pick(columns));
      columns = [];
    }
    columns.push(column);
  }
  return [...tables, pick(columns)].join('\n');
}
