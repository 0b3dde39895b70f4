import { largestOf } from '../../extremes.js';
import { plainJson, plainText, plainWord } from './plain-text.js';

/** Prints one JSON object on stdout; typed arrays become arrays. */
export function printJson(value: object): void {
  const json = JSON.stringify(value, (_, item: unknown) => (isTypedArray(item) ? Array.from(item) : item));
  process.stdout.write(`${plainJson(json)}\n`);
}

/** Prints text on stdout, with a line break at its end. */
export function print(text: string): void {
  process.stdout.write(`${plainText(text)}\n`);
}

/** Prints a remark on stderr, where it is never in the way of results. */
export function remark(text: string): void {
  process.stderr.write(`${plainText(text)}\n`);
}

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

function isTypedArray(item: unknown): item is Float64Array {
  return ArrayBuffer.isView(item) && !(item instanceof DataView);
}
