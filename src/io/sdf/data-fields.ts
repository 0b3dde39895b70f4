import type { InfoValue } from '../../structure/structure.js';
import { infoKey } from '../info-keys.js';
import { quote } from '../text/text-cursor.js';
import type { RecordLines } from './record-lines.js';

/** Names that a structure uses for other parts of the record; like the names of labels they get `sdf_` in front. */
const taken: ReadonlySet<string> = new Set(['title', 'comment', 'is_2d', 'formal_charges', 'isotopes', 'radicals']);

/**
 * Reads the data fields behind `M  END`.  A field that is written like a decimal fraction or a whole number is a
 * number, others stay text; a name that occurs several times keeps all its values.  An energy in a field is no label:
 * its unit is not known.
 *
 * @throws {LammError} `format` for what is no field, or a last field that is cut off.
 */
export function readDataFields(lines: RecordLines): Record<string, InfoValue> {
  const fields = new Map<string, InfoValue[]>();
  while (!lines.isAtEnd) {
    const row = lines.read('a data field');
    if (row.trim() === '') continue;
    if (!row.startsWith('>')) lines.fail(`expected a data field such as "> <NAME>" or "$$$$", found ${quote(row)}`);
    const name = fieldName(lines, row);
    const values = fields.get(name) ?? [];
    values.push(toValue(readText(lines, name).trim()));
    fields.set(name, values);
  }
  return Object.fromEntries([...fields].map(([name, values]) => [name, values.length === 1 ? values[0] : values]));
}

/** `>  <NAME> (7)` or `> DT12` */
function fieldName(lines: RecordLines, row: string): string {
  const open = row.indexOf('<');
  const close = row.lastIndexOf('>');
  const name = open >= 0 ? row.slice(open + 1, Math.max(close, open)).trim() : /\bDT\d+\b/.exec(row)?.[0];
  if (!name) return lines.fail(`expected a data field such as "> <NAME>", found ${quote(row)}`);
  return taken.has(name) ? `sdf_${name}` : infoKey(name, 'sdf');
}

/** All lines up to an empty one. */
function readText(lines: RecordLines, name: string): string {
  const rows: string[] = [];
  for (;;) {
    if (lines.isAtEnd && !lines.isClosed)
      lines.fail(`the file ends in the data field ${quote(name)}; it may be cut off`);
    if (lines.isAtEnd) return rows.join('\n');
    const row = lines.read('a data field');
    if (row === '') return rows.join('\n');
    rows.push(row);
  }
}

/** `1E10` and `007` are names as often as numbers and stay text. */
function toValue(text: string): InfoValue {
  const isFraction = /^[+-]?(?:\d+\.\d*|\.\d+)(?:[eEdD][+-]?\d+)?$/.test(text);
  const isInteger = /^[+-]?(?:0|[1-9]\d*)$/.test(text);
  const value = isFraction || isInteger ? Number(text.replace(/d/i, 'e')) : Number.NaN;
  return Number.isFinite(value) && (isFraction || Number.isSafeInteger(value)) ? value : text;
}
