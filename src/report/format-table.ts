import { largestOf } from '../statistics/extremes.js';
import { plainWord } from './plain-text.js';

/** Lines of columns under a head: numbers are aligned to the right, words and the first column to the left. */
export function formatTable(cells: readonly (readonly string[])[]): string {
  const rows = cells.map((row) => row.map(plainWord));
  const [head = [], ...body] = rows;
  const columns = head.map((_, column) => ({
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

/** Whether most of the cells that say something are words or begin with one, or are sentences about numbers. */
function areWords(cells: readonly string[]): boolean {
  const said = cells.filter((text) => text !== '' && text !== '-');
  const words = said.filter((text) => /^[a-z]|[a-z]{3}/i.test(text) && text !== 'NaN');
  return words.length > said.length / 2;
}
