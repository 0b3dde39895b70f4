import { fitTable, leastName, pageWidth, widthOf } from './fit-table.js';
import { formatTable } from './format-table.js';
import { plainWord } from './plain-text.js';
import { shortenNames } from './shorten-names.js';

type Rows = readonly (readonly string[])[];

/** How results are shown. */
export interface ResultsLayout {
  /** Columns at the beginning of every table that name a row. */
  readonly keyCount: number;
  /** Characters in a line. */
  readonly width?: number;
  /** Tables instead of `rows` where those do not fit side by side, with the same keys. */
  readonly apart?: readonly Rows[];
}

/**
 * Results that are named by their first cells, under a head: a row for each where all columns fit; otherwise few of
 * them as one list, with a column for each; and otherwise tables below each other, with their heads in two lines.
 */
export function fitResults(rows: Rows, { keyCount, width = pageWidth, apart = [rows] }: ResultsLayout): string {
  const oneTable = formatTable(rows);
  if (widthOf(oneTable) <= width) return oneTable;
  const list = formatTable(asColumns(shortenKeys(rows, keyCount)));
  if (widthOf(list) <= width) return list;
  return apart.map((table) => fitLowTable(table, keyCount, width)).join('\n');
}

/** A table as `fitTable` gives it, with its head in two lines where fewer tables are enough then. */
export function fitLowTable(rows: Rows, keyCount: number, width = pageWidth): string {
  const [high, low] = [rows, withLowHead(rows)].map((table) => fitTable(table, keyCount, width));
  return low.split('\n').length < high.split('\n').length ? low : high;
}

/** Rows as columns: the names of results become the head. */
function asColumns(rows: Rows): string[][] {
  return rows[0].map((_, column) => rows.map((row) => row[column]));
}

/** Rows whose names are at most `leastName` long, where that keeps them apart. */
function shortenKeys([head, ...body]: Rows, keyCount: number): Rows {
  const columns = Array.from({ length: keyCount }, (_, key) => {
    const names = body.map((row) => plainWord(row[key]));
    return shortenNames(names, leastName) ?? names;
  });
  return [head, ...body.map((row, index) => [...columns.map((names) => names[index]), ...row.slice(keyCount)])];
}

function withLowHead([head, ...body]: Rows): Rows {
  return [head.map(inTwoLines), ...body];
}

/** A heading of several words, broken where that makes it shortest. */
function inTwoLines(heading: string): string {
  const words = heading.split(' ');
  const breaks = words.slice(1).map((_, index) => {
    return `${words.slice(0, index + 1).join(' ')}\n${words.slice(index + 1).join(' ')}`;
  });
  return breaks.reduce((best, next) => (widthOf(next) < widthOf(best) ? next : best), heading);
}
