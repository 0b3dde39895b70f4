import { LammError } from '../../errors.js';
import { atPlace } from '../text/place-error.js';
import { parseNumber, quote } from '../text/text-cursor.js';
import { splitWords } from '../text/text-lines.js';
import { type Atom, elementOf, type Molecule } from './molecule.js';
import type { RecordLines } from './record-lines.js';

const prefix = /^M {2}V30(?: |$)/;
/** No line of an atom or bond needs more. */
const maxLineLength = 20_000;

/**
 * Reads a V3000 connection table behind its counts line, up to and with `M  END`.  Bonds are checked and not kept.
 *
 * @see BIOVIA, CTfile formats, chapter "The V3000 connection table".
 * @throws {LammError} `format`, `structure` or `unknown-element`, with file and line; `structure` for templates and R
 *   groups.
 */
export function parseV3000(lines: RecordLines): Molecule {
  expectLine(lines, /^BEGIN CTAB\b/, '"BEGIN CTAB"');
  const counts = readCounts(lines);
  const molecule: Molecule = { atoms: [] };
  const rows = readTable(lines, molecule);
  if (molecule.atoms.length !== counts.atomCount) {
    lines.fail(`expected ${counts.atomCount} atoms by the counts line, found ${molecule.atoms.length}`, counts.line);
  }
  if (rows.bondCount !== counts.bondCount) {
    lines.fail(`expected ${counts.bondCount} bonds by the counts line, found ${rows.bondCount}`, counts.line);
  }
  const end = lines.read('"M  END"');
  const block = /^M {2}V30 BEGIN (\w+)/.exec(end)?.[1];
  if (block === 'TEMPLATE' || block === 'RGROUP') {
    const name = block === 'TEMPLATE' ? 'templates of macromolecule units' : 'R groups';
    throw new LammError('structure', `the record defines ${name}, so it is no structure; expand it first`, {
      file: lines.file,
      line: lines.line,
    });
  }
  if (!/^M {2}END\s*$/.test(end)) lines.fail(`expected "M  END", found ${quote(end)}`);
  return molecule;
}

interface V30Counts {
  readonly line: number;
  readonly atomCount: number;
  readonly bondCount: number;
}

function readCounts(lines: RecordLines): V30Counts {
  const text = expectLine(lines, /^COUNTS\b/, 'COUNTS with the numbers of atoms and bonds');
  const [, atoms, bonds] = splitWords(text);
  if (!isNatural(atoms) || !isNatural(bonds))
    lines.fail(`expected COUNTS with the numbers of atoms and bonds, found ${quote(text)}`);
  return { line: lines.line, atomCount: Number(atoms), bondCount: Number(bonds) };
}

/** Reads the blocks of a table up to its end. */
function readTable(lines: RecordLines, molecule: Molecule): { bondCount: number } {
  const indices = new Set<number>();
  let bondCount = 0;
  for (;;) {
    const text = readLine(lines, '"END CTAB"');
    if (/^END CTAB\b/.test(text)) return { bondCount };
    const block = /^BEGIN (\w{1,40})\b/.exec(text)?.[1];
    if (block === undefined && !text.startsWith('LINKNODE '))
      lines.fail(`expected the beginning of a block or "END CTAB", found ${quote(text)}`);
    if (block === undefined) continue;
    for (
      let row = readLine(lines, `"END ${block}"`);
      /^END (\w+)/.exec(row)?.[1] !== block;
      row = readLine(lines, `"END ${block}"`)
    ) {
      if (/^(?:BEGIN|END) [A-Z]/.test(row)) lines.fail(`expected "END ${block}", found ${quote(row)}`);
      if (block === 'ATOM') molecule.atoms.push(readAtom(lines, row, indices));
      if (block === 'BOND') bondCount += assertBond(lines, row, indices);
    }
  }
}

/** `index type x y z atom-map [KEY=value ...]` */
function readAtom(lines: RecordLines, row: string, indices: Set<number>): Atom {
  if (row.length > maxLineLength) lines.fail(`expected an atom, found a line of ${row.length} characters`);
  const [index, type = '', ...rest] = splitWords(row);
  if (!isNatural(index)) lines.fail(`expected the number of an atom, found ${quote(row)}`);
  if (indices.has(Number(index))) lines.fail(`atom ${index} occurs twice`);
  indices.add(Number(index));
  const place = { file: lines.file, line: lines.line };
  const unit = /(?:^|\s)CLASS=(\S+)/.exec(row)?.[1];
  if (unit !== undefined) {
    throw new LammError(
      'structure',
      `${quote(type)} is a macromolecule unit (CLASS=${unit}) and no atom, so the record is no structure; expand it first`,
      place,
    );
  }
  const { number, isotope } = atPlace(place, () => elementOf(type));
  if (rest.length < 4) lines.fail(`expected an atom with three coordinates and a map number, found ${quote(row)}`);
  const [x, y, z] = rest.slice(0, 3).map((word) => {
    const value = parseNumber(word);
    return Number.isFinite(value) ? value : lines.fail(`expected a coordinate, found ${quote(word)}`);
  });
  const mass = readOption(lines, row, 'MASS');
  if (mass !== undefined && mass < 1) lines.fail(`expected a mass number of at least 1, found ${mass}`);
  return {
    number,
    position: [x, y, z],
    charge: readOption(lines, row, 'CHG') ?? 0,
    isotope: mass ?? isotope,
    radical: readOption(lines, row, 'RAD') ?? 0,
  };
}

/** `index type atom atom [KEY=value ...]` */
function assertBond(lines: RecordLines, row: string, indices: ReadonlySet<number>): 1 {
  const words = splitWords(row.slice(0, maxLineLength)).slice(0, 4);
  if (words.length < 4 || !words.every(isNatural))
    lines.fail(`expected the number, type and two atoms of a bond, found ${quote(row)}`);
  const [, , first, second] = words.map(Number);
  for (const atom of [first, second]) {
    if (!indices.has(atom)) lines.fail(`a bond names atom ${atom}, which does not exist`);
  }
  if (first === second) lines.fail(`expected a bond between two atoms, found one from atom ${first} to itself`);
  return 1;
}

function readOption(lines: RecordLines, row: string, key: string): number | undefined {
  const word = new RegExp(`\\s${key}=(\\S*)`).exec(row)?.[1];
  if (word === undefined) return undefined;
  return /^[+-]?\d{1,9}$/.test(word)
    ? Number(word)
    : lines.fail(`expected a whole number for ${key}, found ${quote(word)}`);
}

function expectLine(lines: RecordLines, pattern: RegExp, what: string): string {
  const text = readLine(lines, what);
  return pattern.test(text) ? text : lines.fail(`expected ${what}, found ${quote(text)}`);
}

/** One line without its prefix; a hyphen at the end is replaced by the line that follows. */
function readLine(lines: RecordLines, what: string): string {
  const pieces: string[] = [];
  for (;;) {
    const row = lines.read(what).trimEnd();
    if (!prefix.test(row)) lines.fail(`expected ${what} in a line that starts with "M  V30", found ${quote(row)}`);
    const text = row.slice(7);
    if (!text.endsWith('-')) return [...pieces, text].join('').trim();
    pieces.push(text.slice(0, -1));
  }
}

function isNatural(word: string | undefined): boolean {
  return word !== undefined && /^\d{1,9}$/.test(word);
}
