import { LammError } from '../../errors.js';
import type { Structure } from '../../structure/structure.js';
import { InputBudget } from '../bytes/input-budget.js';
import { membersOfJson, parseJson } from '../text/json.js';
import { atPlace } from '../text/place-error.js';
import { decodedText } from '../text/text-lines.js';
import { structureOfRow } from './row.js';
import { isObject } from './values.js';

interface Options {
  readonly file?: string;
  /** What the input may cost. */
  readonly budget?: InputBudget;
}

/** Where the value of a key stands in the text. */
interface Place {
  readonly start: number;
  readonly end: number;
  readonly line: number;
}

/** Reads all rows of an ASE database in JSON; see `iterateJsonDatabase`. */
export function parseJsonDatabase(text: string, options: Options = {}): Structure[] {
  return [...iterateJsonDatabase(text, options)];
}

/**
 * Reads the rows of an ASE database in JSON one after another, in the order of its ids.
 *
 * @throws {LammError} `format`, `structure` or `unknown-element`, with `file` and the line where the row starts.
 */
export function* iterateJsonDatabase(text: string, { file, budget }: Options = {}): Generator<Structure> {
  const decoded = decodedText(text, file);
  const bounds = budget ?? new InputBudget(file, text.length);
  const allow = (bytes: number) => bounds.allow(bytes, 'the JSON');
  const read = (place: Place): unknown =>
    atPlace({ file, line: place.line }, () => parse(decoded.slice(place.start, place.end), allow));
  const places = placesOf(decoded, file);
  const ids = idsOf(places, read);
  if (ids === undefined)
    throw new LammError('format', 'expected an ASE database: an object with rows and the list "ids"', {
      file,
      line: 1,
    });
  if (ids.length === 0)
    throw new LammError('format', 'expected at least one row, found an empty database', { file, line: 1 });
  if (new Set(ids).size < ids.length)
    throw new LammError('format', 'expected each id once, found one twice in "ids"', { file, line: 1 });
  for (const id of ids) {
    const place = places.get(id);
    const row = place && read(place);
    yield atPlace({ file, line: place?.line ?? 1 }, () => {
      if (isObject(row)) return structureOfRow(row);
      throw new LammError('format', `expected a row with the id ${id}, which "ids" names`);
    });
  }
}

/** Where the value of each key stands; of two with one key the last one, as in JSON. */
function placesOf(text: string, file: string | undefined): ReadonlyMap<string, Place> {
  const places = new Map<string, Place>();
  let [line, counted] = [1, 0];
  const lineAt = (position: number) => {
    for (let at = text.indexOf('\n', counted); at >= 0 && at < position; at = text.indexOf('\n', at + 1)) line++;
    counted = position;
    return line;
  };
  try {
    for (const { key, keyStart, start, end } of membersOfJson(text))
      places.set(key, { start, end, line: lineAt(keyStart) });
  } catch (cause) {
    const position = Number(/position (\d+)/.exec(String(cause))?.[1] ?? text.length);
    const message = 'expected an ASE database in JSON; the file is something else, damaged or cut off';
    throw new LammError('format', message, { file, line: lineAt(position), cause });
  }
  return places;
}

/** The ids in `ids`, or the one row 1 of a file without it. */
function idsOf(places: ReadonlyMap<string, Place>, read: (place: Place) => unknown): string[] | undefined {
  const place = places.get('ids');
  if (place === undefined) return places.has('1') ? ['1'] : undefined;
  const ids = read(place);
  return Array.isArray(ids) && ids.every(Number.isSafeInteger) ? ids.map(String) : undefined;
}

function parse(text: string, allow: (bytes: number) => void): unknown {
  try {
    return parseJson(text, allow);
  } catch (cause) {
    if (cause instanceof LammError) throw cause;
    const quoted = withQuotedNaN(text);
    if (quoted !== text) return parse(quoted, allow);
    throw new LammError('format', 'expected JSON; the file is damaged or cut off', { cause });
  }
}

/** Python writes NaN and Infinity, which JSON does not know; as texts they are refused where a number is needed. */
function withQuotedNaN(text: string): string {
  return text.replace(/"(?:[^"\\]|\\.)*"|-?\bInfinity\b|\bNaN\b/g, (token) =>
    token.startsWith('"') ? token : `"${token}"`,
  );
}
