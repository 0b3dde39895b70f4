import { LammError } from '../../errors.js';
import type { Structure } from '../../structure/structure.js';
import { atPlace } from '../text/place-error.js';
import { decodedText } from '../text/text-lines.js';
import { structureOfRow } from './row.js';
import { isObject, type JsonObject } from './values.js';

/**
 * Reads all rows of an ASE database in JSON, in the order of its ids.
 *
 * @throws {LammError} `format`, `structure` or `unknown-element`, with `file` and the line where the row starts.
 */
export function parseJsonDatabase(text: string, { file }: { readonly file?: string } = {}): Structure[] {
  const database = parse(decodedText(text, file), file);
  const ids = isObject(database) ? idsOf(database) : undefined;
  if (!isObject(database) || ids === undefined) {
    throw new LammError('format', 'expected an ASE database: an object with rows and the list "ids"', {
      file,
      line: 1,
    });
  }
  if (ids.length === 0)
    throw new LammError('format', 'expected at least one row, found an empty database', { file, line: 1 });
  return ids.map((id) => {
    const row = Object.hasOwn(database, id) ? database[id] : undefined;
    return atPlace({ file, line: lineOfRow(text, id) }, () => {
      if (isObject(row)) return structureOfRow(row);
      throw new LammError('format', `expected a row with the id ${id}, which "ids" names`);
    });
  });
}

/** The ids in `ids`, or the one row 1 of a file without it. */
function idsOf(database: JsonObject): string[] | undefined {
  if (database.ids === undefined) return isObject(database['1']) ? ['1'] : undefined;
  return Array.isArray(database.ids) && database.ids.every(Number.isSafeInteger) ? database.ids.map(String) : undefined;
}

function parse(text: string, file: string | undefined): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    const quoted = withQuotedNaN(text);
    if (quoted !== text) return parse(quoted, file);
    const position = Number(/position (\d+)/.exec(String(cause))?.[1] ?? text.length);
    const line = countLines(text, position);
    throw new LammError('format', 'expected JSON; the file is damaged or cut off', { file, line, cause });
  }
}

/** Python writes NaN and Infinity, which JSON does not know; as texts they are refused where a number is needed. */
function withQuotedNaN(text: string): string {
  return text.replace(/"(?:[^"\\]|\\.)*"|-?\bInfinity\b|\bNaN\b/g, (token) =>
    token.startsWith('"') ? token : `"${token}"`,
  );
}

function lineOfRow(text: string, id: string): number {
  const position = text.search(new RegExp(`^\\{?\\s*"${id}":`, 'm'));
  return position < 0 ? 1 : countLines(text, position);
}

function countLines(text: string, end: number): number {
  let lines = 1;
  for (let at = text.indexOf('\n'); at >= 0 && at < end; at = text.indexOf('\n', at + 1)) lines++;
  return lines;
}
