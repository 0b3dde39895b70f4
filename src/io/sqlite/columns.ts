import { LammError } from '../../errors.js';

export interface SqlColumn {
  readonly name: string;
  /** Whether it is the id of the row. */
  readonly isId: boolean;
}

/** The most that SQLite has as it is usually built; every row is spread over all columns. */
const maxColumns = 2000;

/**
 * The columns of a `CREATE TABLE` statement.
 *
 * @throws {LammError} `format` when there are more than SQLite makes.
 */
export function columnsOf(sql: string, file: string | undefined): readonly SqlColumn[] {
  const definitions = definitionsOf(sql);
  if (definitions.length > maxColumns) {
    const message = `expected at most ${maxColumns} columns in a table, found ${definitions.length}`;
    throw new LammError('format', message, { file });
  }
  return definitions
    .map((column) => column.trim())
    .filter((column) => !/^(?:FOREIGN|PRIMARY|UNIQUE|CHECK|CONSTRAINT)\b/i.test(column))
    .map((column) => ({
      name: column.split(/\s/, 1)[0].replace(/^["`[]|["`\]]$/g, ''),
      isId: /\bINTEGER\s+PRIMARY\s+KEY\b/i.test(column),
    }));
}

/** What stands between the commas in the outermost brackets, without comments; one pass, whatever the text. */
function definitionsOf(sql: string): string[] {
  const definitions: string[] = [];
  let definition = '';
  let depth = 0;
  for (let at = 0; at < sql.length; ) {
    const end = endOfPiece(sql, at);
    const piece = sql.slice(at, end);
    at = end;
    const isOuterMark =
      (piece === '(' && depth === 0) || (piece === ')' && depth === 1) || (piece === ',' && depth === 1);
    if (piece === '(') depth++;
    else if (piece === ')') depth--;
    if (piece === ',' && depth === 1) {
      definitions.push(definition);
      definition = '';
    } else if (depth > 0 && !isOuterMark) definition += piece.startsWith('--') || piece.startsWith('/*') ? ' ' : piece;
    if (depth === 0 && piece === ')') break;
  }
  return [...definitions, definition];
}

/** Where the comment, the text in quotes, the mark or the run of other characters ends that begins at `at`. */
function endOfPiece(sql: string, at: number): number {
  const behind = (mark: string, from: number) => {
    const end = sql.indexOf(mark, from);
    return end < 0 ? sql.length : end + mark.length;
  };
  if (sql.startsWith('--', at)) return behind('\n', at);
  if (sql.startsWith('/*', at)) return behind('*/', at + 2);
  if ('\'"`'.includes(sql[at])) return behind(sql[at], at + 1);
  const plain = /[^-/(),'"`]+/y;
  plain.lastIndex = at;
  return plain.test(sql) ? plain.lastIndex : at + 1;
}
