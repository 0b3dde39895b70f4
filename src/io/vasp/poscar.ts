import { countOf } from '../../count-of.js';
import { chemicalSymbols, isElementSymbol } from '../../elements.js';
import { LammError } from '../../errors.js';
import { determinant3, inverse3 } from '../../linalg/matrix3.js';
import { completeCell, fractionalToCartesian, multiplyRows } from '../../structure/cell.js';
import { heldByFlags, latticeFlagsOf } from '../../structure/lattice-flags.js';
import { createStructure, type Structure } from '../../structure/structure.js';
import { fs } from '../../units.js';
import { atPlace } from '../text/place-error.js';
import { quote } from '../text/text-cursor.js';
import { splitWords, TextLines } from '../text/text-lines.js';
import { withoutNoise } from '../text/without-noise.js';
import { formatNumber } from '../xyz/extxyz-comment.js';
import { symbolsFromComment, symbolsFromRowLabels } from './poscar-symbols.js';

/**
 * Reads a POSCAR or CONTCAR of VASP 4 or 5: one or three scale factors or a volume, direct or Cartesian positions,
 * selective dynamics, velocities.  The comment line is kept as `info.comment`.
 *
 * A flag of selective dynamics holds an atom along a lattice vector: where that is none of the Cartesian axes, the atom
 * keeps to a plane or a line.
 *
 * @throws {LammError} `format`, `structure` or `unknown-element`, with `file` and line.
 */
export function parsePoscar(text: string, { file }: { readonly file?: string } = {}): Structure[] {
  const lines = new TextLines(text, file);
  const comment = lines.read('a comment').trim();
  const { cell, scale } = readCell(lines);
  const { symbols, counts, line: typesLine } = readTypes(lines);
  const selective = /^\s*s/i.test(lines.peek() ?? '');
  if (selective) lines.read('selective dynamics');
  const cartesian = readMode(lines);
  const rows = readRows(lines, counts, selective);
  const positions = cartesian ? scaleRows(rows.coordinates, scale) : fractionalToCartesian(rows.coordinates, cell);
  const velocities = readVelocities(lines, rows.atomCount, cell);
  const typeSymbols = symbols ?? symbolsFromRowLabels(rows.labels, counts) ?? symbolsFromComment(comment, counts);
  if (typeSymbols === undefined) {
    throw new LammError('format', 'the file names no elements; add a line of symbols above the counts', {
      file,
      line: typesLine,
    });
  }
  const input = {
    symbols: counts.flatMap((count, type) => new Array<string>(count).fill(typeSymbols[type])),
    positions,
    cell,
    ...(velocities && { velocities }),
    ...(rows.fixed && heldByFlags(rows.fixed, cell)),
    ...(comment !== '' && { info: { comment } }),
  };
  return [atPlace({ file, line: lines.line }, () => createStructure(input))];
}

/** Why a structure cannot be written as POSCAR, if it cannot. */
export function refusalOfPoscar({ cell }: Pick<Structure, 'cell'>): string | undefined {
  return cell.every((value) => value === 0) ? 'a POSCAR needs a cell, the structure has none' : undefined;
}

/** What a POSCAR holds of a structure besides atoms and cell: what holds the atoms only where its flags can say it. */
export function partsHeldByPoscar({ cell, numbers, ...held }: Structure): readonly (keyof Structure)[] {
  const flags = latticeFlagsOf(held, { cell: completeCell(cell), atomCount: numbers.length });
  return flags?.isExact === false ? ['velocities'] : ['velocities', 'fixed', 'constraints'];
}

/**
 * The text of a POSCAR (VASP 5, direct); atoms of one element stand together, so their order can change.  Atoms that
 * are held in a way that flags along the lattice vectors cannot say are free in it.
 */
export function formatPoscar(structure: Structure): string {
  const { numbers, positions, cell, velocities, info } = structure;
  const refusal = refusalOfPoscar(structure);
  if (refusal !== undefined)
    throw new LammError('format', `${refusal}; write extended XYZ (.xyz) instead`, { quantity: 'cell' });
  const fractional = multiplyRows(positions, inverse3(completeCell(cell))).map((value) => withoutNoise(value, 15));
  const elements = [...new Set(numbers)];
  const order = elements.flatMap((element) => [...numbers.keys()].filter((atom) => numbers[atom] === element));
  const row = (values: ArrayLike<number>, atom: number) =>
    [0, 1, 2].map((axis) => formatNumber(values[3 * atom + axis])).join(' ');
  const held = latticeFlagsOf(structure, { cell: completeCell(cell), atomCount: numbers.length })?.flags;
  const flags = (atom: number) => (held ? [0, 1, 2].map((axis) => (held[3 * atom + axis] ? ' F' : ' T')).join('') : '');
  const comment = typeof info.comment === 'string' ? info.comment.replaceAll(/\s+/g, ' ') : '';
  return [
    comment || elements.map((element) => chemicalSymbols[element]).join(' '),
    '1.0',
    ...[0, 1, 2].map((vector) => row(cell, vector)),
    elements.map((element) => chemicalSymbols[element]).join(' '),
    elements.map((element) => numbers.filter((number) => number === element).length).join(' '),
    ...(held ? ['Selective dynamics'] : []),
    'Direct',
    ...order.map((atom) => row(fractional, atom) + flags(atom)),
    ...(velocities
      ? [
          '',
          ...order.map((atom) =>
            row(
              velocities.map((value) => value * fs),
              atom,
            ),
          ),
        ]
      : []),
    '',
  ].join('\n');
}

function readCell(lines: TextLines): { cell: Float64Array; scale: readonly number[] } {
  const factors = readScale(lines);
  const vectors = [1, 2, 3].flatMap((vector) => {
    const { numbers } = lines.readNumbers(3, `three numbers of lattice vector ${vector}`);
    if (numbers.every((value) => value === 0)) lines.fail(`lattice vector ${vector} is zero`);
    return numbers;
  });
  const firstLine = lines.line - 2;
  const volume = Math.abs(determinant3(vectors));
  const scale =
    factors.length === 3
      ? factors
      : new Array<number>(3).fill(factors[0] > 0 ? factors[0] : Math.cbrt(-factors[0] / volume));
  const cell = scaleRows(Float64Array.from(vectors), scale);
  atPlace({ file: lines.file, line: firstLine }, () => completeCell(cell));
  return { cell, scale };
}

function readScale(lines: TextLines): number[] {
  const what = 'a scale factor, or three';
  const words = leadingNumbers(splitWords(withoutComment(lines.read(what))));
  const factors = words.map((word) => lines.toNumber(word, what));
  if (factors.length !== 1 && factors.length !== 3) lines.fail(`expected ${what}, found ${words.length} words`);
  if (factors.includes(0) || (factors.length === 3 && factors.some((factor) => factor < 0))) {
    lines.fail(`expected ${what}: not zero, and three must be positive; found ${words.join(' ')}`);
  }
  return factors;
}

function readTypes(lines: TextLines): { symbols?: string[]; counts: number[]; line: number } {
  const what = 'chemical symbols or numbers of atoms';
  const first = splitWords(withoutComment(lines.read(what)));
  if (first.length === 0) return lines.fail(`expected ${what}, found an empty line`);
  const { line } = lines;
  const areNumbers = /^[+-]?\d/.test(first[0]) && first.every((word) => !Number.isNaN(Number(word)));
  if (areNumbers) return { counts: first.map((word) => toCount(lines, word)), line };
  const symbolWords = [...first, ...wrappedWords(lines, first.length, /^[A-Z][a-z]?(?:[_/]\S*)?$/)];
  const symbols = symbolWords.map((word) => {
    const symbol = word.replace(/[_/].*$/, ''); // Cu_pv and Cu/0123abcd name the pseudopotential
    if (isElementSymbol(symbol)) return symbol;
    throw new LammError('unknown-element', `expected chemical symbols such as "Cu", found ${quote(word)}`, {
      file: lines.file,
      line: lines.line,
    });
  });
  const words = leadingNumbers(splitWords(withoutComment(lines.read('numbers of atoms'))));
  if (words.length < symbols.length) words.push(...wrappedWords(lines, words.length, /^\d+$/));
  const counts = words.map((word) => toCount(lines, word));
  if (counts.length !== symbols.length) {
    lines.fail(`expected ${symbols.length} numbers of atoms, one for each element above, found ${counts.length}`);
  }
  return { symbols, counts, line };
}

/**
 * The first word, and what follows it up to the first that begins like no number: a remark needs no sign in front of
 * it.
 */
function leadingNumbers(words: readonly string[]): string[] {
  const end = words.findIndex((word, index) => index > 0 && !/^[+-]?\.?\d/.test(word));
  return end < 0 ? [...words] : words.slice(0, end);
}

/** So many species VASP writes in a line before it begins another one. */
const wrapAt = 20;

/** The words of the lines that a full line of species or of their counts goes on in, all of the same kind. */
function wrappedWords(lines: TextLines, before: number, kind: RegExp): string[] {
  const wrapped: string[] = [];
  let length = before;
  while (length >= wrapAt) {
    const words = splitWords(withoutComment(lines.peek() ?? ''));
    if (words.length === 0 || !words.every((word) => kind.test(word))) break;
    lines.read('species or their counts');
    wrapped.push(...words);
    length = words.length;
  }
  return wrapped;
}

function toCount(lines: TextLines, word: string): number {
  if (/^\d{1,9}$/.test(word)) return Number(word);
  return lines.fail(`expected a number of atoms, found ${quote(word)}`);
}

function readMode(lines: TextLines): boolean {
  const what = '"Direct" or "Cartesian"';
  const mode = lines.read(what).trim();
  if (/^[ck]/i.test(mode)) return true;
  return /^(?:d|frac|red|rel)/i.test(mode) // to VASP, all words are "Direct" but those with C or K in front
    ? false
    : lines.fail(`expected ${what}, found ${mode === '' ? 'an empty line' : quote(mode)}`);
}

interface Rows {
  readonly atomCount: number;
  readonly coordinates: Float64Array;
  readonly fixed?: Uint8Array;
  /** What follows the numbers of each row. */
  readonly labels: readonly (string | undefined)[];
}

function readRows(lines: TextLines, counts: readonly number[], selective: boolean): Rows {
  const atomCount = counts.reduce((sum, count) => sum + count, 0);
  if (atomCount === 0) lines.fail('expected at least one atom, the counts add up to 0');
  if (counts.length > 100_000 || atomCount > lines.remaining) {
    while (lines.remaining > 0) lines.read('a row');
    lines.fail(`the file ends too early: expected ${countOf(atomCount, 'row')} of coordinates`);
  }
  const coordinates = new Float64Array(3 * atomCount);
  const fixed = selective ? new Uint8Array(3 * atomCount) : undefined;
  const labels: (string | undefined)[] = [];
  for (let atom = 0; atom < atomCount; atom++) {
    const { numbers, rest } = lines.readNumbers(3, 'three coordinates');
    coordinates.set(numbers, 3 * atom);
    if (fixed) fixed.set(readFlags(lines, rest.splice(0, 3)), 3 * atom);
    if (rest.slice(0, 3).filter((word) => /^[tf]$/i.test(word)).length === 3) rest.splice(0, 3); // flags that are not in use
    labels.push(rest.find((word) => !/^[#!]+$/.test(word)));
  }
  return { atomCount, coordinates, ...(fixed && { fixed }), labels };
}

/** 1 for each direction that may not move. */
function readFlags(lines: TextLines, words: readonly string[]): number[] {
  const flags = words.map((word) => /^\.?([tf])/i.exec(word)?.[1].toUpperCase());
  if (flags.length < 3 || flags.includes(undefined)) {
    lines.fail(
      `expected three flags T or F after the coordinates, found ${words.length === 0 ? 'none' : quote(words.join(' '))}`,
    );
  }
  return flags.map((flag) => (flag === 'F' ? 1 : 0));
}

/**
 * Velocities in A/fs, behind an empty line or `Cartesian`; along the lattice vectors behind `Direct`, where only zeros
 * have a meaning without the time step of the run.
 */
function readVelocities(lines: TextLines, atomCount: number, cell: Float64Array): Float64Array | undefined {
  if (/^\s*l/i.test(lines.peek() ?? '')) skipLatticeVelocities(lines);
  const mode = lines.peek()?.trim();
  if (mode === undefined) return undefined;
  if (/^direct\s+configuration/i.test(mode)) {
    lines.read('velocities');
    lines.fail('expected one structure, found another one of an XDATCAR; give the OUTCAR or vasprun.xml of the run');
  }
  const isDirect = /^d/i.test(mode);
  if (mode !== '' && !isDirect && !/^[ck]/i.test(mode)) {
    lines.read('velocities');
    lines.fail(
      `expected an empty line or the end of the file after ${countOf(atomCount, 'atom')}, found ${quote(mode)}`,
    );
  }
  lines.read('velocities');
  while (lines.peek()?.trim() === '') lines.read('velocities');
  if (lines.remaining === 0) return undefined;
  const velocities = new Float64Array(3 * atomCount);
  for (let atom = 0; atom < atomCount; atom++)
    velocities.set(lines.readNumbers(3, 'three components of a velocity').numbers, 3 * atom);
  if (!isDirect) return velocities.map((value) => value / fs);
  if (velocities.some((value) => value !== 0))
    lines.fail('velocities along the lattice vectors depend on an unknown time step; give them in A/fs');
  return multiplyRows(velocities, cell);
}

/**
 * A block that VASP writes between positions and velocities when the cell moves: a title, a state and two 3 x 3
 * matrices.
 */
function skipLatticeVelocities(lines: TextLines): void {
  const what = 'the velocities of the lattice';
  lines.read(what);
  if (splitWords(lines.peek() ?? '').length === 1) lines.read(what); // some programs leave the state out
  for (let row = 0; row < 6; row++) lines.readNumbers(3, what);
}

function scaleRows(rows: Float64Array, scale: readonly number[]): Float64Array {
  return rows.map((value, index) => value * scale[index % 3]);
}

function withoutComment(line: string): string {
  return line.replace(/[!#].*$/, '');
}
