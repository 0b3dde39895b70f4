import { fitTable as fitInto, pageWidth } from '../../report/fit-table.js';

/** Characters in a line: those of a page, or of a terminal that is wider. */
export function terminalWidth(): number {
  return Math.max(pageWidth, process.stdout.columns ?? pageWidth);
}

/** A table as wide as a page, or as a terminal that is wider; columns that do not fit make another one below. */
export function fitTable(rows: readonly (readonly string[])[], keyCount: number): string {
  return fitInto(rows, keyCount, terminalWidth());
}
