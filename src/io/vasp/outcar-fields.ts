import type { LineFeed } from '../text/line-feed.js';
import { parseNumber, quote } from '../text/text-cursor.js';

/** Fortran's fields of a row: what stands before them, and their widths. */
export interface Fields {
  readonly indent: number;
  readonly widths: readonly number[];
}

export const latticeFields: Fields = { indent: 3, widths: [13, 13, 13] };
export const stressFields: Fields = { indent: 9, widths: [12, 12, 12, 12, 12, 12] };
export const positionFields: Fields = { indent: 0, widths: [13, 13, 13, 17, 14, 14] };

/** Reads the numbers of a row; where they run into one another, by the columns of their fields. */
export function readFields(
  feed: LineFeed,
  values: Float64Array,
  { offset, count, indent, widths, what }: Fields & { offset: number; count: number; what: string },
): void {
  const position = feed.indent + (feed.bytes[feed.indent] === 105 ? 5 : 0); // behind "in kB"
  if (feed.readNumbers(values, offset, { position, count }) === count) return;
  let start = indent;
  for (const [index, width] of widths.entries()) {
    const field = feed.text.slice(start, start + width);
    const value = field.length === width ? parseNumber(field.trim()) : Number.NaN;
    if (!Number.isFinite(value)) feed.fail(`expected ${count} numbers for ${what}, found ${quote(feed.text.trim())}`);
    values[offset + index] = value;
    start += width;
  }
}
