import { cellFromParameters, fractionalToCartesian } from '../../structure/cell.js';
import { createStructure, type Structure } from '../../structure/structure.js';
import { bohr } from '../../units.js';
import { declaredMasses } from '../declared-masses.js';
import { elementOfLabel } from '../element-of-label.js';
import { atPlace } from '../text/place-error.js';
import { parseNumber, quote } from '../text/text-cursor.js';
import { splitWords, TextLines } from '../text/text-lines.js';
import { pbcOf } from './cp2k-output.js';

/**
 * Reads the structure of a CP2K input or restart file from its sections CELL, COORD and KIND, masses that are not those
 * of the elements included, and its charge and multiplicity as `info`.
 *
 * @throws {LammError} `format`, `structure` or `unknown-element`, with `file` and line; also when the coordinates stand
 *   in another file.
 */
export function parseCp2kInput(
  text: string,
  { file, onNotice }: { readonly file?: string; readonly onNotice?: (notice: string) => void } = {},
): Structure[] {
  const lines = new TextLines(text, file);
  const found: Found = {
    ...{ cell: new Map(), atoms: [], elements: new Map(), coordinates: new Map() },
    ...{ masses: new Map(), electrons: new Map() },
  };
  readSections(lines, found);
  const { atoms, elements, coordinates } = found;
  if (atoms.length === 0) {
    const other = found.coordinateFile;
    lines.fail(
      `expected atoms in a section &COORD, found none${other === undefined ? '' : `; the coordinates are in ${quote(other)}: read that file`}`,
    );
  }
  const cell = cellOf(lines, found.cell);
  const isScaled = isTrue(coordinates.get('SCALED'));
  const unit = isScaled ? 1 : unitFactor(lines, coordinates.get('UNIT')?.words[0] ?? 'angstrom');
  const rows = atoms.flatMap(({ position }) => position.map((value) => value * unit));
  const symbols = atoms.map(({ label, line }) =>
    atPlace({ file, line }, () => elementOfLabel(elements.get(label.toUpperCase()) ?? label)),
  );
  const periodic = found.cell.get('PERIODIC')?.words[0]?.toUpperCase() ?? 'XYZ';
  const kinds = atoms.map(({ label }, atom) => ({ kind: label.toUpperCase(), symbol: symbols[atom] }));
  const masses = declaredMasses(kinds, found.masses, onNotice);
  const info = Object.fromEntries(found.electrons);
  const positions = isScaled ? fractionalToCartesian(rows, cell) : rows;
  const input = { symbols, positions, cell, pbc: pbcOf(periodic), info, ...masses };
  return [atPlace({ file, line: lines.line }, () => createStructure(input))];
}

interface Keyword {
  readonly words: readonly string[];
  readonly line: number;
}

interface Found {
  readonly cell: Map<string, Keyword>;
  readonly coordinates: Map<string, Keyword>;
  readonly atoms: { readonly label: string; readonly position: number[]; readonly line: number }[];
  /** Elements of kinds that are not named after one. */
  readonly elements: Map<string, string>;
  /** In amu, by kind. */
  readonly masses: Map<string, number>;
  /** Charge and multiplicity, where they are not the usual ones. */
  readonly electrons: Map<string, number>;
  coordinateFile?: string;
}

const subsystem = 'FORCE_EVAL/SUBSYS';

function readSections(lines: TextLines, found: Found): void {
  const path: string[] = [];
  let kind = '';
  while (lines.remaining > 0) {
    const line = lines
      .read('a section')
      .replace(/[!#].*$/, '')
      .trim();
    const words = splitWords(line);
    const keyword = words[0]?.toUpperCase();
    if (keyword === undefined) continue;
    if (keyword.startsWith('@') || line.includes('${'))
      lines.fail(
        `expected an input without directives, found ${quote(line)}; give the file that CP2K writes as restart`,
      );
    if (keyword.startsWith('&END')) {
      if (path.pop() === undefined) lines.fail('expected no &END outside a section');
    } else if (keyword.startsWith('&')) {
      path.push(keyword.slice(1));
      if (keyword === '&KIND') kind = (words[1] ?? '').toUpperCase();
    } else {
      readKeyword(lines, found, { path: path.join('/'), kind, keyword, words });
    }
  }
  if (path.length > 0) lines.fail(`expected &END ${path.at(-1)}, found the end of the file`);
}

function readKeyword(
  lines: TextLines,
  found: Found,
  { path, kind, keyword, words }: { path: string; kind: string; keyword: string; words: readonly string[] },
): void {
  const entry = { words: words.slice(1), line: lines.line };
  if (path === `${subsystem}/CELL`) found.cell.set(keyword, entry);
  else if (path === `${subsystem}/KIND` && keyword === 'ELEMENT') found.elements.set(kind, words[1] ?? '');
  else if (path === `${subsystem}/KIND` && ['MASS', 'ATOMIC_MASS', 'ATOMIC_WEIGHT', 'WEIGHT'].includes(keyword))
    found.masses.set(kind, parseNumber(words.at(-1) ?? '')); // a unit may stand in brackets before it
  else if (path === 'FORCE_EVAL/DFT' && ['CHARGE', 'MULTIPLICITY'].includes(keyword)) {
    const value = parseNumber(words[1] ?? '');
    if (Number.isFinite(value) && value !== 0) found.electrons.set(keyword.toLowerCase(), value); // a multiplicity of 0 is left to CP2K
  } else if (path === `${subsystem}/TOPOLOGY` && keyword === 'COORD_FILE_NAME') found.coordinateFile = words[1];
  else if (path === `${subsystem}/COORD` && ['SCALED', 'UNIT'].includes(keyword)) found.coordinates.set(keyword, entry);
  else if (path === `${subsystem}/COORD`) {
    const position = [1, 2, 3].map((index) => lines.toNumber(words[index] ?? '', 'three coordinates of an atom'));
    found.atoms.push({ label: words[0], position, line: lines.line });
  }
}

/** Vectors A, B, C, or lengths ABC and angles ALPHA_BETA_GAMMA; a unit may stand in brackets before the numbers. */
function cellOf(lines: TextLines, cell: ReadonlyMap<string, Keyword>): number[] {
  const repeated = cell.get('MULTIPLE_UNIT_CELL')?.words;
  if (repeated?.some((word) => word !== '1'))
    lines.fail(`expected MULTIPLE_UNIT_CELL 1 1 1, found ${repeated.join(' ')}; repeat the cell first`);
  const lengths = vectorOf(lines, cell.get('ABC'));
  if (lengths !== undefined)
    return [...cellFromParameters(lengths, vectorOf(lines, cell.get('ALPHA_BETA_GAMMA')) ?? [90, 90, 90])];
  return ['A', 'B', 'C'].flatMap((name) => {
    return (
      vectorOf(lines, cell.get(name)) ??
      lines.fail('expected ABC or A, B and C in the section &CELL of &SUBSYS, found none')
    );
  });
}

function vectorOf(lines: TextLines, keyword: Keyword | undefined): number[] | undefined {
  if (keyword === undefined) return undefined;
  const [, unit] = /^\[(\w+)\]$/.exec(keyword.words[0] ?? '') ?? [];
  const words = unit === undefined ? keyword.words : keyword.words.slice(1);
  const factor = unit === undefined || unit.toLowerCase() === 'deg' ? 1 : unitFactor(lines, unit, keyword.line);
  return [0, 1, 2].map((index) => lines.toNumber(words[index] ?? '', 'three numbers', keyword.line) * factor);
}

function unitFactor(lines: TextLines, unit: string, line?: number): number {
  const factors: Readonly<Record<string, number>> = { angstrom: 1, bohr, nm: 10, pm: 0.01 };
  return (
    factors[unit.toLowerCase()] ?? lines.fail(`expected the unit angstrom, bohr, nm or pm, found ${quote(unit)}`, line)
  );
}

/** A logical keyword without a value is true. */
function isTrue(keyword: Keyword | undefined): boolean {
  return keyword !== undefined && !/^\.?f|^n|^off$/i.test(keyword.words[0] ?? 'T');
}
