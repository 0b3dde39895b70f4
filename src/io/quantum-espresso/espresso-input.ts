import { countOf } from '../../count-of.js';
import { multiplyRows } from '../../structure/cell.js';
import { createStructure, type Structure, type StructureInput } from '../../structure/structure.js';
import { declaredMasses } from '../declared-masses.js';
import { elementOfLabel } from '../element-of-label.js';
import { atPlace } from '../text/place-error.js';
import { parseNumber, quote } from '../text/text-cursor.js';
import { splitWords, TextLines } from '../text/text-lines.js';
import { bravaisLattice } from './bravais-lattice.js';
import { bohr } from './espresso-units.js';

/**
 * Reads the structure of an input of Quantum ESPRESSO's pw.x, or the images of one of neb.x: any Bravais lattice,
 * positions in any unit, fixed atoms, masses that are not those of the elements, the charge as `info.tot_charge`.
 *
 * @throws {LammError} `format`, `structure` or `unknown-element`, with `file` and line.
 */
export function parseEspressoInput(
  text: string,
  { file, onNotice }: { readonly file?: string; readonly onNotice?: (notice: string) => void } = {},
): Structure[] {
  const lines = new TextLines(text, file);
  const system = new Map<string, Setting>();
  const cards: Cards = { images: [], masses: new Map() };
  while (lines.remaining > 0) {
    const line = withoutComment(lines.read('a namelist or a card')).trim();
    if (line.startsWith('&')) readNamelist(lines, line, /^&system\b/i.test(line) ? system : new Map());
    else if (/^ATOMIC_POSITIONS\b/i.test(line)) readPositions(lines, { system, cards, unit: unitOf(line) });
    else if (/^ATOMIC_SPECIES\b/i.test(line)) readMasses(lines, numberOf(lines, system, 'ntyp') ?? 0, cards.masses);
    else if (/^CELL_PARAMETERS\b/i.test(line)) readCell(lines, cards, unitOf(line));
  }
  const { images } = cards;
  if (images.length === 0) return lines.fail('expected the card ATOMIC_POSITIONS of an input of pw.x, found none');
  const lattice = cellOf(lines, system, cards);
  const charge = numberOf(lines, system, 'tot_charge') ?? 0;
  const info: StructureInput['info'] = charge === 0 ? {} : { tot_charge: charge };
  const [{ labels, symbols }] = images;
  const kinds = labels.map((kind, atom) => ({ kind, symbol: symbols[atom] }));
  const masses = declaredMasses(kinds, cards.masses, onNotice);
  return images.map((image) => structureOf(lines, image, { ...lattice, info, ...masses }));
}

function structureOf(
  lines: TextLines,
  atoms: Image,
  { cell, latticeParameter, ...others }: Lattice & Pick<StructureInput, 'info' | 'masses'>,
): Structure {
  const units: Record<string, number | undefined> = { alat: latticeParameter, '': latticeParameter, bohr, angstrom: 1 };
  const unit = units[atoms.unit];
  const isCrystal = atoms.unit === 'crystal';
  if (!isCrystal && unit === undefined) {
    lines.fail(
      `expected positions in alat (with celldm(1) or A), bohr, angstrom or crystal, found ${quote(atoms.unit || 'alat')}`,
    );
  }
  const positions = isCrystal ? multiplyRows(atoms.rows, cell) : atoms.rows.map((value) => value * (unit ?? 1));
  const fixed = atoms.fixed.includes(1) && { fixed: atoms.fixed };
  const input = { symbols: atoms.symbols, positions, cell, ...fixed, ...others };
  return atPlace({ file: lines.file, line: lines.line }, () => createStructure(input));
}

interface Setting {
  readonly value: string;
  readonly line: number;
}

/** One card of positions; an input of neb.x has one for each image. */
interface Image {
  readonly unit: string;
  /** Names of the kinds of the atoms. */
  readonly labels: string[];
  readonly symbols: string[];
  readonly rows: number[];
  readonly fixed: number[];
}

/** The cards that hold the structure. */
interface Cards {
  readonly images: Image[];
  /** In amu, by kind. */
  readonly masses: Map<string, number>;
  cell?: { readonly unit: string; readonly rows: number[] };
}

/** `key = value` pairs, with commas or line ends between them, up to `/`; keys in small letters. */
function readNamelist(lines: TextLines, title: string, settings: Map<string, Setting>): void {
  for (let text = title.replace(/^&\w+/, ''); ; text = withoutComment(lines.read('"/" at the end of a namelist'))) {
    const pairs = text.matchAll(/(?<!\w)([A-Za-z_]\w*(?:\s*\([\d\s,]*\))?)\s*=\s*('[^']*'|"[^"]*"|[^,\s/'"]+)/g);
    for (const [, key, value] of pairs) {
      settings.set(key.toLowerCase().replaceAll(/\s/g, ''), { value: value.replaceAll(/['"]/g, ''), line: lines.line });
    }
    if (/(?:^|[\s,])\/\s*(?:$|&end\b)|^\s*&end\b/i.test(text)) return;
  }
}

function readPositions(
  lines: TextLines,
  { system, cards, unit }: { system: Map<string, Setting>; cards: Cards; unit: string },
): void {
  const atomCount =
    numberOf(lines, system, 'nat') ?? lines.fail('expected "nat" in &system above the positions, found none');
  if (!(atomCount >= 1) || atomCount > lines.remaining)
    lines.fail(`expected ${countOf(atomCount, 'row')} of positions (nat), found ${lines.remaining}`);
  const labels: string[] = [];
  const [symbols, rows, fixed]: [string[], number[], number[]] = [[], [], []];
  while (symbols.length < atomCount) {
    const [label, ...words] = splitWords(
      withoutComment(lines.read(`the position of atom ${symbols.length + 1} of ${atomCount}`)),
    );
    if (label === undefined) continue;
    labels.push(label);
    symbols.push(atPlace({ file: lines.file, line: lines.line }, () => elementOfLabel(label)));
    rows.push(...[0, 1, 2].map((index) => lines.toNumber(words[index] ?? '', 'three coordinates as plain numbers')));
    fixed.push(...[3, 4, 5].map((index) => Number(words[index] === '0')));
  }
  assertNoFurtherRow(lines, atomCount);
  cards.images.push({ unit, labels, symbols, rows, fixed });
}

/** A row like those of the atoms behind the last one was counted by nobody. */
function assertNoFurtherRow(lines: TextLines, atomCount: number): void {
  const [label = '', ...words] = splitWords(withoutComment(lines.peek() ?? ''));
  const isRow =
    /^[A-Za-z]/.test(label) &&
    words.length >= 3 &&
    words.slice(0, 3).every((word) => Number.isFinite(parseNumber(word)));
  if (!isRow) return;
  lines.read('the end of the positions');
  lines.fail(`expected positions of ${countOf(atomCount, 'atom')} (nat), found more; correct nat or the rows`);
}

/** `Mg 24.305 Mg.upf`, a row for each kind of atoms. */
function readMasses(lines: TextLines, kindCount: number, masses: Map<string, number>): void {
  for (let kind = 0; kind < kindCount && lines.remaining > 0; ) {
    const [label, mass] = splitWords(withoutComment(lines.peek() ?? ''));
    if (label !== undefined && !Number.isFinite(parseNumber(mass ?? ''))) return; // another card
    lines.read('a kind of atoms');
    if (label === undefined) continue;
    masses.set(label, parseNumber(mass));
    kind++;
  }
}

function readCell(lines: TextLines, cards: Cards, unit: string): void {
  const rows: number[] = [];
  while (rows.length < 9) {
    if (withoutComment(lines.peek() ?? '#').trim() === '' && lines.remaining > 0) lines.read('a lattice vector');
    else rows.push(...lines.readNumbers(3, `three numbers of lattice vector ${rows.length / 3 + 1}`).numbers);
  }
  cards.cell = { unit, rows };
}

/** Lattice vectors and the lattice parameter "alat", in A. */
interface Lattice {
  readonly cell: number[];
  readonly latticeParameter: number | undefined;
}

function cellOf(lines: TextLines, system: Map<string, Setting>, cards: Cards): Lattice {
  const index = numberOf(lines, system, 'ibrav') ?? lines.fail('expected "ibrav" in &system, found none');
  const celldm = (term: number) => numberOf(lines, system, `celldm(${term})`);
  const inAngstrom = numberOf(lines, system, 'a');
  const first = celldm(1);
  const a = inAngstrom ?? (first === undefined ? undefined : first * bohr);
  if (index === 0) return cellOfCard(lines, cards, a);
  if (a === undefined || !(a > 0))
    return lines.fail('expected "celldm(1)" or "A" in &system for this ibrav, found none');
  const setting = (key: string, term: number) =>
    inAngstrom === undefined ? celldm(term) : numberOf(lines, system, key);
  const length = (key: string, term: number) =>
    inAngstrom === undefined ? (celldm(term) ?? 1) * a : (numberOf(lines, system, key) ?? a);
  const parameters = {
    a,
    b: length('b', 2),
    c: length('c', 3),
    cosAB: setting('cosab', index === 14 ? 6 : 4) ?? 0,
    cosAC: setting('cosac', 5) ?? 0,
    cosBC: setting('cosbc', 4) ?? 0,
  };
  const cell =
    bravaisLattice(index, parameters) ??
    lines.fail(`expected a Bravais-lattice index (ibrav) that pw.x knows, found ${index}`);
  return { cell, latticeParameter: a };
}

/** Without a unit the card is in lattice parameters where there is one, in bohr where there is none. */
function cellOfCard(lines: TextLines, { cell }: Cards, a: number | undefined): Lattice {
  if (cell === undefined) return lines.fail('expected the card CELL_PARAMETERS for ibrav = 0, found none');
  const units: Record<string, number | undefined> = { alat: a, '': a ?? bohr, bohr, angstrom: 1 };
  const unit =
    units[cell.unit] ??
    lines.fail(`expected CELL_PARAMETERS in alat (with celldm(1) or A), bohr or angstrom, found ${quote(cell.unit)}`);
  const vectors = cell.rows.map((value) => value * unit);
  return { cell: vectors, latticeParameter: a ?? Math.hypot(vectors[0], vectors[1], vectors[2]) };
}

function numberOf(lines: TextLines, settings: Map<string, Setting>, key: string): number | undefined {
  const setting = settings.get(key);
  if (setting === undefined) return undefined;
  return lines.toNumber(setting.value, `a number for ${key}`, setting.line);
}

/** `ATOMIC_POSITIONS {angstrom}` */
function unitOf(line: string): string {
  return (/^\S+\s*[({]?\s*(\w*)/.exec(line.replace(/^[A-Za-z_]+/, 'card '))?.[1] ?? '').toLowerCase();
}

function withoutComment(line: string): string {
  return line.replace(/[!#].*$/, '');
}
