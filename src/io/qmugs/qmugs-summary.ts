import { LammError } from '../../errors.js';
import { readChunks } from '../bytes/read-file.js';
import { parseNumber, quote } from '../text/text-cursor.js';

/** One conformer in `summary.csv` of QMugs. */
export interface QmugsRow {
  readonly chemblId: string;
  readonly conformerId: string;
  /** `DFT_TOTAL_ENERGY`, hartree. */
  readonly energy: number | undefined;
  /** Whether another molecule has the same SMILES. */
  readonly isNonunique: boolean | undefined;
  readonly line: number;
}

/** A line beyond this is none of a table. */
const maxLineLength = 1 << 20;

/**
 * Reads `summary.csv` row by row; the file may be longer than the memory.
 *
 * @throws {LammError} `format`, with the line, for missing columns, rows of another length and energies that are no
 *   numbers.
 */
export async function* iterateQmugsSummary(file: string): AsyncGenerator<QmugsRow> {
  let columns: ReadonlyMap<string, number> | undefined;
  let width = 0;
  for await (const { text, line } of linesOf(file)) {
    const fields = splitFields(text, { file, line });
    if (columns === undefined) {
      columns = columnsOf(fields, file);
      width = fields.length;
    } else if (text.trim() !== '') {
      if (fields.length !== width)
        throw new LammError('format', `expected ${width} fields, found ${fields.length}`, { file, line });
      yield readRow(fields, columns, { file, line });
    }
  }
  if (columns === undefined) throw new LammError('format', 'expected a header, found an empty file', { file, line: 1 });
}

function columnsOf(names: readonly string[], file: string): ReadonlyMap<string, number> {
  const columns = new Map(names.map((name, index) => [name.trim(), index]));
  const missing = ['chembl_id', 'conf_id'].filter((name) => !columns.has(name));
  if (missing.length === 0) return columns;
  throw new LammError(
    'format',
    `expected the columns ${missing.join(' and ')}, found ${names.slice(0, 8).join(', ')}`,
    {
      file,
      line: 1,
    },
  );
}

function readRow(
  fields: readonly string[],
  columns: ReadonlyMap<string, number>,
  place: { readonly file: string; readonly line: number },
): QmugsRow {
  const field = (name: string) => fields[columns.get(name) ?? -1]?.trim();
  const [chemblId = '', conformerId = ''] = [field('chembl_id'), field('conf_id')];
  if (![chemblId, conformerId].every((name) => /^\w+$/.test(name)))
    throw new LammError(
      'format',
      `expected the names of a molecule and a conformer, found ${quote(`${chemblId}, ${conformerId}`)}`,
      place,
    );
  const energyText = field('DFT_TOTAL_ENERGY');
  const energy = energyText ? parseNumber(energyText) : undefined;
  if (energy !== undefined && !Number.isFinite(energy))
    throw new LammError(
      'format',
      `expected a number in hartree for DFT_TOTAL_ENERGY, found ${quote(energyText ?? '')}`,
      place,
    );
  const flag = field('nonunique_smiles');
  return {
    chemblId,
    conformerId,
    energy,
    isNonunique: flag === undefined || flag === '' ? undefined : /^(?:true|1)$/i.test(flag),
    line: place.line,
  };
}

/** Fields between commas; one in quotes may hold commas, and a quote as two. */
function splitFields(text: string, place: { readonly file: string; readonly line: number }): string[] {
  if (!text.includes('"')) return text.split(',');
  const fields: string[] = [];
  const pattern = /(?:"((?:[^"]|"")*)"|([^",]*))(,|$)/y;
  for (;;) {
    const match = pattern.exec(text);
    if (match === null)
      throw new LammError('format', 'expected fields between commas, found a quote out of place', place);
    const [, quoted, plain, end] = match;
    fields.push(quoted === undefined ? plain : quoted.replaceAll('""', '"'));
    if (end === '') return fields;
  }
}

async function* linesOf(file: string): AsyncGenerator<{ readonly text: string; readonly line: number }> {
  const decoder = new TextDecoder();
  let rest = '';
  let line = 0;
  for await (const chunk of readChunks(file)) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    if (rest.length > maxLineLength)
      throw new LammError('format', 'expected lines of a table', { file, line: line + 1 });
    for (const text of lines) yield { text: text.replace(/\r$/, ''), line: ++line };
  }
  if (rest !== '') yield { text: rest, line: line + 1 };
}
