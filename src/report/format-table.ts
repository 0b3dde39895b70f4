import { largestOf } from '../statistics/extremes.js';
import { plainWord } from './plain-text.js';

/**
 * Lines of columns under a head, whose cells may have several lines: numbers are aligned to the right, words and the
 * first column to the left.
 */
export function formatTable([heads = [], ...cells]: readonly (readonly string[])[]): string {
  const body = cells.map((row) => row.map(plainWord));
  const rows = [...linesOfHead(heads), ...body];
  const columns = heads.map((_, column) => ({
    width: largestOf(rows.map((row) => row[column].length)),
    isLeft: column === 0 || areWords(body.map((row) => row[column])),
  }));
  return rows
    .map((row) =>
      row
        .map((text, column) => {
          const { width, isLeft } = columns[column];
          return isLeft ? text.padEnd(width) : text.padStart(width);
        })
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** The lines of a head; a shorter cell begins in the first one. */
function linesOfHead(head: readonly string[]): string[][] {
  const lines = head.map((cell) => cell.split('\n').map(plainWord));
  return Array.from({ length: largestOf(lines.map(({ length }) => length)) }, (_, line) =>
    lines.map((cell) => cell[line] ?? ''),
  );
}

/** Whether most of the cells that say something are words or begin with one, or are sentences about numbers. */
function areWords(cells: readonly string[]): boolean {
  const said = cells.filter((text) => text !== '' && text !== '-');
  const words = said.filter((text) => /^[a-z]|[a-z]{3}/i.test(text) && text !== 'NaN');
  return words.length > said.length / 2;
}
