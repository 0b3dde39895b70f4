import { countOf } from '../../count-of.js';
import { atomicMasses } from '../../elements.js';
import { atPlace } from '../text/place-error.js';
import { parseNumber, quote } from '../text/text-cursor.js';
import { splitWords } from '../text/text-lines.js';
import { type Atom, elementOf, type Molecule } from './molecule.js';
import type { RecordLines } from './record-lines.js';

/** Charges by the code in an atom line; 4 is an uncharged doublet radical. */
const chargeOfCode: readonly number[] = [0, 3, 2, 1, 0, -1, -2, -3];
const radicalCode = 4;

/**
 * Reads a V2000 connection table behind its counts line, up to and with `M  END`.  Bonds are checked and not kept.
 *
 * @see BIOVIA, CTfile formats, chapter "The V2000 connection table".
 * @throws {LammError} `format`, `structure` or `unknown-element`, with file and line.
 */
export function parseV2000(lines: RecordLines, countsLine: string): Molecule {
  const line = lines.line;
  const atomCount = readCount(lines, countsLine.slice(0, 3), 'number of atoms');
  const bondCount = readCount(lines, countsLine.slice(3, 6), 'number of bonds');
  const counts: Counts = { line, atomCount, bondCount };
  const rows: AtomRow[] = [];
  while (rows.length < atomCount) rows.push(readAtom(lines, counts, rows.length));
  for (let bond = 0; bond < bondCount; bond++) readBond(lines, counts);
  const atoms = rows.map(({ atom }) => atom);
  const given = readProperties(lines, atoms, counts);
  for (const { atom, codes } of rows) {
    if (!given.has('ISO')) atom.isotope ||= codes.isotope;
    if (given.has('CHG') || given.has('RAD')) continue;
    atom.charge = codes.charge;
    atom.radical = codes.radical;
  }
  return { atoms };
}

interface AtomRow {
  readonly atom: Atom;
  /** What the codes of the atom line say; lines of the properties block replace all of them. */
  readonly codes: Pick<Atom, 'charge' | 'isotope' | 'radical'>;
}

interface Counts {
  readonly line: number;
  readonly atomCount: number;
  readonly bondCount: number;
}

function readCount(lines: RecordLines, field: string, what: string): number {
  if (/^ *\d+ *$/.test(field)) return Number(field);
  return lines.fail(`expected the ${what} in three columns of the counts line, found ${quote(field)}`);
}

function readAtom(lines: RecordLines, counts: Counts, found: number): AtomRow {
  const row = lines.read(`atom ${found + 1} of ${counts.atomCount}`);
  const { position, symbol, massField, chargeField } = fieldsOfColumns(row) ?? fieldsOfWords(row);
  if (!position.every(Number.isFinite) || isIntegers(symbol)) failAtAtom(lines, row, { ...counts, found });
  const { number, isotope } = atPlace({ file: lines.file, line: lines.line }, () => elementOf(symbol));
  const massDifference = readInteger(lines, massField, 'a mass difference');
  const code = readInteger(lines, chargeField, 'a charge code');
  if (chargeOfCode[code] === undefined) lines.fail(`expected a charge code from 0 to 7, found ${code}`);
  return {
    atom: { number, position, charge: 0, isotope, radical: 0 },
    codes: {
      charge: chargeOfCode[code],
      isotope: massDifference === 0 ? 0 : Math.round(atomicMasses[number]) + massDifference,
      radical: code === radicalCode ? 2 : 0,
    },
  };
}

function failAtAtom(lines: RecordLines, row: string, { line, atomCount, found }: Counts & { found: number }): never {
  if (/^(?:M {2}|>)/.test(row) || isIntegers(row)) {
    lines.fail(`expected ${countOf(atomCount, 'atom')} by the counts line, found ${found}`, line);
  }
  return lines.fail(`expected three coordinates and a symbol, found ${quote(row.trim())}`);
}

interface AtomFields {
  /** NaN where a field is no number. */
  readonly position: readonly [number, number, number];
  readonly symbol: string;
  /** Mass difference and charge code, where they are given. */
  readonly massField?: string;
  readonly chargeField?: string;
}

/** The fields of an atom line by its columns; undefined when it does not keep to them. */
function fieldsOfColumns(row: string): AtomFields | undefined {
  const x = parseNumber(row.slice(0, 10).trim());
  const y = parseNumber(row.slice(10, 20).trim());
  const z = parseNumber(row.slice(20, 30).trim());
  const symbol = row.slice(31, 34).trim();
  const isBlank = row.length <= 30 || row[30] === ' ';
  if (!Number.isFinite(x + y + z) || !isBlank || /^[\d.+-]/.test(symbol)) return undefined;
  return { position: [x, y, z], symbol, massField: row.slice(34, 36).trim(), chargeField: row.slice(36, 39).trim() };
}

/** The fields of an atom line that does not keep to its columns. */
function fieldsOfWords(row: string): AtomFields {
  const [x = '', y = '', z = '', symbol = '', massField, chargeField] = splitWords(row);
  return { position: [parseNumber(x), parseNumber(y), parseNumber(z)], symbol, massField, chargeField };
}

function readBond(lines: RecordLines, counts: Counts): void {
  const row = lines.read(`${counts.bondCount} bonds`);
  const keepsColumns =
    /^ *\d+ *$/.test(row.slice(0, 3)) && /^ *\d+ *$/.test(row.slice(3, 6)) && /^ *\d+ *$/.test(row.slice(6, 9));
  const fields = keepsColumns ? [row.slice(0, 3), row.slice(3, 6)] : splitWords(row);
  if (!keepsColumns && !isIntegers(fields.slice(0, 3).join(' '), 3)) failAtBond(lines, row, counts);
  assertBond(lines, Number(fields[0]), Number(fields[1]), counts.atomCount);
}

function failAtBond(lines: RecordLines, row: string, { line, atomCount, bondCount }: Counts): never {
  if (/^\s*[+-]?\d*\.\d/.test(row))
    lines.fail(`expected ${countOf(atomCount, 'atom')} by the counts line, found more`, line);
  if (/^(?:M {2}|>)/.test(row)) lines.fail(`expected ${bondCount} bonds by the counts line, found fewer`, line);
  return lines.fail(`expected two atoms and the type of a bond, found ${quote(row.trim())}`);
}

function assertBond(lines: RecordLines, first: number, second: number, atomCount: number): void {
  for (const atom of [first, second]) assertAtom(lines, atom, atomCount);
  if (first === second) lines.fail(`expected a bond between two atoms, found one from atom ${first} to itself`);
}

function assertAtom(lines: RecordLines, atom: number, atomCount: number): void {
  if (atom < 1 || atom > atomCount) lines.fail(`expected an atom number from 1 to ${atomCount}, found ${atom}`);
}

const keyOfProperty = { CHG: 'charge', RAD: 'radical', ISO: 'isotope' } as const;
type Property = keyof typeof keyOfProperty;

/** Reads the properties block into the atoms and returns which kinds of properties it gives. */
function readProperties(lines: RecordLines, atoms: readonly Atom[], counts: Counts): ReadonlySet<Property> {
  const given = new Set<Property>();
  for (;;) {
    const row = lines.read('"M  END"');
    if (/^M {2}END\s*$/.test(row)) return given;
    const property = (['CHG', 'RAD', 'ISO'] as const).find((name) => row.startsWith(`M  ${name}`));
    if (property !== undefined) {
      given.add(property);
      for (const [atom, value] of readPairs(lines, row, atoms.length)) {
        if (property === 'ISO' && value < 1) lines.fail(`expected a mass number of at least 1, found ${value}`);
        atoms[atom][keyOfProperty[property]] = value;
      }
    } else if (/^[AG] {2}/.test(row)) {
      lines.read('the text of an atom or group');
    } else if (row.startsWith('S  SKP')) {
      for (let skip = readInteger(lines, row.slice(6).trim(), 'a number of lines'); skip > 0; skip--)
        lines.read('a line to skip');
    } else if (!/^(?:[MV] {2}|\s*$)/.test(row)) {
      failAtProperty(lines, row, counts);
    }
  }
}

function failAtProperty(lines: RecordLines, row: string, { line, atomCount, bondCount }: Counts): never {
  const isRow = isIntegers(row) || /^\s*[+-]?\d*\.\d/.test(row);
  if (isRow)
    lines.fail(
      `expected ${countOf(atomCount, 'atom')} and ${countOf(bondCount, 'bond')} by the counts line, found more`,
      line,
    );
  return lines.fail(`expected a property or "M  END", found ${quote(row)}`);
}

/** `M  XXX count atom value atom value ...`; atoms counted from 0. */
function* readPairs(lines: RecordLines, row: string, atomCount: number): Generator<[atom: number, value: number]> {
  const values = splitWords(row.slice(6)).map((word) => readInteger(lines, word, 'a whole number'));
  if (values.length === 0 || values.length !== 1 + 2 * values[0]) {
    lines.fail(`expected a count and as many pairs of atom and value, found ${quote(row.slice(6).trim())}`);
  }
  for (let index = 1; index < values.length; index += 2) {
    assertAtom(lines, values[index], atomCount);
    yield [values[index] - 1, values[index + 1]];
  }
}

/** An integer field; blank or absent counts as 0. */
function readInteger(lines: RecordLines, field: string | undefined, what: string): number {
  if (field === undefined || field === '') return 0;
  return /^[+-]?\d{1,9}$/.test(field) ? Number(field) : lines.fail(`expected ${what}, found ${quote(field)}`);
}

function isIntegers(row: string, least = 1): boolean {
  const words = splitWords(row);
  return words.length >= least && words.every((word) => /^\d{1,6}$/.test(word));
}
