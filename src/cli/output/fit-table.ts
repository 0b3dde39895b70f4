import { fitResults as fitResultsInto, type ResultsLayout } from '../../report/fit-results.js';
import { fitTable as fitInto, pageWidth } from '../../report/fit-table.js';

/** Characters in a line: those of a page, or of a terminal that is wider. */
export function terminalWidth(): number {
  return Math.max(pageWidth, process.stdout.columns ?? pageWidth);
}

/** A table as wide as a page, or as a terminal that is wider; columns that do not fit make another one below. */
export function fitTable(rows: readonly (readonly string[])[], keyCount: number): string {
  return fitInto(rows, keyCount, terminalWidth());
}

/** Results of structures in a table, a list or several tables, as fits a page, or a terminal that is wider. */
export function fitResults(rows: readonly (readonly string[])[], layout: Omit<ResultsLayout, 'width'>): string {
  return fitResultsInto(rows, { ...layout, width: terminalWidth() });
}
