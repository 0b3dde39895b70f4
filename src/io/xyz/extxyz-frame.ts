import { countOf } from '../../count-of.js';
import { atomicMasses, chemicalSymbols } from '../../elements.js';
import { LammError } from '../../errors.js';
import type { Constraint } from '../../structure/constraint.js';
import {
  type AtomProperty,
  adoptStructure,
  type InfoValue,
  type Pbc,
  type Structure,
  type StructureInput,
} from '../../structure/structure.js';
import { namesOfOthers, readConstraints } from '../ase/constraints.js';
import type { Dimension } from '../declared-units.js';
import type { ByteWindow } from '../text/byte-window.js';
import { atPlace, type Place } from '../text/place-error.js';
import { quote, TextCursor } from '../text/text-cursor.js';
import { parseCp2kComment } from './cp2k-comment.js';
import { type Columns, cp2kLayout, type Layout, parseLayout, plainLayout, readRows } from './extxyz-columns.js';
import { isExtendedComment, parseComment, parseLogical } from './extxyz-comment.js';
import { numbersOf, takeLabels, takeVectors } from './extxyz-labels.js';
import { convertDeclaredUnits } from './extxyz-units.js';
import type { FramePlace, WalkedFrame } from './extxyz-walk.js';
import { bareCp2kNote, noteForeignCell } from './foreign-cell.js';
import { noteForeignEnergy } from './foreign-energy.js';
import { createFrameMemory, type FrameMemory } from './frame-memory.js';
import type { FrameNotes } from './frame-notes.js';
import { parseIpiComment } from './ipi-comment.js';
import { renameKnownColumns } from './known-columns.js';

/** The first two lines of a frame. */
interface FrameHead {
  readonly atomCount: number;
  readonly comment: string;
  readonly rowsStart: number;
}

/** Where a frame lies in the bytes of a file. */
export interface FrameSpan extends FrameHead, WalkedFrame {
  /** Line of the atom count, from 1. */
  readonly line: number;
}

const newline = 10;

/**
 * Finds the frame that starts at `start`.  The bytes end with a newline; `complete` says that the file ends there too.
 *
 * @returns `undefined` when more bytes are needed (never when `complete`).
 * @throws {LammError} `format` for a bad atom count or a frame that is cut off.
 */
export function locateFrame(
  bytes: Buffer,
  start: number,
  { line, complete, file }: { line: number; complete: boolean; file?: string },
): FrameSpan | undefined {
  const head = readHead(bytes, start, { line, file });
  const missing = (lastLine: number, what: string): undefined => {
    if (!complete) return undefined;
    throw new LammError('format', `the file ends too early: ${what}; it may be cut off`, { file, line: lastLine });
  };
  if (head === undefined) {
    const isWithoutComment = bytes.indexOf(newline, start) >= 0;
    return missing(
      line,
      isWithoutComment ? 'expected a comment line after the number of atoms' : 'expected a number of atoms',
    );
  }
  const { atomCount, comment } = head;
  let end = head.rowsStart;
  for (let row = 0; row < atomCount; row++) {
    const next = bytes.indexOf(newline, end) + 1;
    if (next === 0) return missing(line + 1 + row, `expected ${countOf(atomCount, 'atom')}, found ${row}`);
    end = next;
  }
  return { ...head, line, isExtended: isExtendedComment(comment), end };
}

/** Reads one located frame. */
export function parseFrame(
  bytes: Buffer,
  span: FrameSpan,
  { file, memory = createFrameMemory() }: { readonly file: string | undefined; readonly memory?: FrameMemory },
): Structure {
  const read = parseRows(bytes.subarray(0, span.end), span, { line: span.line, file, memory });
  return 'structure' in read ? read.structure : fail('the frame has changed since it was located');
}

/** A frame that was read from a window. */
export interface ReadFrame extends WalkedFrame {
  readonly structure: Structure;
}

/** What the frames of one file are read with. */
export interface FrameContext {
  readonly memory: FrameMemory;
  /** Takes what had to be assumed about a frame. */
  readonly notes?: FrameNotes;
}

/**
 * Reads the frame at the start of a window in one pass.
 *
 * @returns `undefined` when more bytes are needed, never when the window is complete.
 * @throws {LammError} `format`, `structure` or `unknown-element`, with file and line; that a frame is cut off comes
 *   before all else.
 */
export function readFrame(window: ByteWindow, place: FramePlace, context: FrameContext): ReadFrame | undefined {
  const { bytes, start, complete } = window;
  let failure: unknown;
  try {
    const head = readHead(bytes, start, place);
    const read =
      head &&
      parseRows(bytes, head, { line: place.line, file: place.file, notes: context.notes, memory: context.memory });
    if (read && 'structure' in read) return read;
    window.wanted = read?.wanted ?? 0;
  } catch (error) {
    failure = error;
  }
  const isWhole = locateFrame(bytes, start, { ...place, complete }) !== undefined;
  if (isWhole) throw failure;
  return undefined;
}

/** Undefined when the second line has not ended. */
function readHead(bytes: Buffer, start: number, { line, file }: Place & { line: number }): FrameHead | undefined {
  const countEnd = bytes.indexOf(newline, start);
  if (countEnd < 0) return undefined;
  const atomCount = parseCount(bytes.toString('latin1', start, Math.min(countEnd, start + 80)), { file, line });
  const commentEnd = bytes.indexOf(newline, countEnd + 1);
  if (commentEnd < 0) return undefined;
  return { atomCount, comment: bytes.toString('utf8', countEnd + 1, commentEnd), rowsStart: commentEnd + 1 };
}

function parseRows(
  bytes: Buffer,
  { atomCount, comment, rowsStart }: FrameHead,
  { line, file, notes, memory }: FramePlace & FrameContext,
): ReadFrame | { readonly wanted: number } {
  const isExtended = isExtendedComment(comment);
  const place: Place = { file, line: line + 1 };
  const { info, columns, scale = 1 } = atPlace(place, () => readComment(comment, isExtended, memory));
  if (bytes.length - rowsStart < 2 * columns.width * atomCount) {
    atPlace(place, () => fail(`the rows are too short for the ${columns.width} columns of Properties`));
  }
  const cursor = new TextCursor(bytes, rowsStart);
  const rows = readRows(cursor, columns, { atomCount, firstLine: line + 2, file });
  const end = cursor.position;
  if (typeof rows === 'number') return { wanted: ((end - rowsStart) / (rows + 1)) * atomCount };
  notes?.begin();
  if (info.has('cp2k_step')) notes?.add(bareCp2kNote);
  else if (!info.has('Lattice')) noteForeignCell(comment, notes);
  if (!isExtended && !info.has('energy')) noteForeignEnergy(comment, notes);
  const structure = atPlace(place, () =>
    adoptStructure(toStructureInput(info, rows, { isExtended, scale, notes }), memory.masses),
  );
  return { structure, atomCount, isExtended, end };
}

interface FrameComment {
  readonly info: Map<string, InfoValue>;
  readonly columns: Layout;
  /** How many A one of the numbers of the positions is. */
  readonly scale?: number;
}

function readComment(comment: string, isExtended: boolean, memory: FrameMemory): FrameComment {
  const ofCp2k = isExtended ? undefined : readCp2kComment(comment);
  if (ofCp2k !== undefined) return { info: ofCp2k, columns: cp2kLayout };
  const ofIpi = isExtended ? undefined : parseIpiComment(comment);
  if (ofIpi !== undefined)
    return { info: new Map([['Lattice', ofIpi.cell], ...ofIpi.info]), columns: plainLayout, scale: ofIpi.scale };
  const info = parseComment(comment, isExtended, memory);
  assertExactKeys(info);
  const properties = info.get('Properties');
  info.delete('Properties');
  return { info, columns: properties === undefined ? plainLayout : parseLayout(String(properties), memory) };
}

function readCp2kComment(comment: string): Map<string, InfoValue> | undefined {
  const parsed = parseCp2kComment(comment);
  if (parsed === undefined) return undefined;
  const { step, time, energy } = parsed;
  return new Map<string, InfoValue>([
    ['energy', energy],
    ['cp2k_step', step],
    ...(time === undefined ? [] : [['time_fs', time] as const]),
  ]);
}

function parseCount(text: string, place: Place): number {
  const word = text.trim();
  if (!/^\d{1,15}$/.test(word)) {
    throw new LammError(
      'format',
      `expected the number of atoms of a frame, found ${word === '' ? 'an empty line' : quote(word)}${remedyOf(word)}`,
      place,
    );
  }
  if (Number(word) === 0) throw new LammError('format', 'expected at least one atom in a frame, found 0', place);
  return Number(word);
}

const exactKeys: ReadonlyMap<string, string> = new Map(
  ['Lattice', 'Properties', 'pbc'].map((name) => [name.toLowerCase(), name]),
);

/** A key that differs from a known one only by case would be silently ignored. */
function assertExactKeys(pairs: ReadonlyMap<string, InfoValue>): void {
  for (const key of pairs.keys()) {
    const exact = exactKeys.get(key.toLowerCase());
    if (exact !== undefined && exact !== key && !pairs.has(exact))
      fail(`expected the key "${exact}", found ${quote(key)}; correct its case`);
  }
}

function toStructureInput(
  pairs: Map<string, InfoValue>,
  { numbers, properties, masses: isotopeMasses, label, numbered }: Columns,
  { isExtended, scale, notes }: { isExtended: boolean; scale: number; notes?: FrameNotes },
): StructureInput {
  const declared: ReadonlySet<Dimension> = isExtended ? convertDeclaredUnits(pairs, properties, notes) : new Set();
  renameKnownColumns(properties, (name) => name === 'vel' && declared.has('velocity'), notes);
  if (label !== undefined)
    notes?.add(`labels of atoms are read as the elements that they begin with, such as ${label.join(' as ')}`);
  if (numbered !== undefined) noteNumbers(numbered, pairs.get('comment'), notes);
  const cell = takeCell(pairs);
  const pbc = takePbc(pairs);
  const pos = takeVectors(properties, 'pos') ?? new Float64Array(0);
  const positions = scale === 1 ? pos : pos.map((value) => value * scale);
  const masses = takeMasses(properties) ?? isotopeMasses;
  const velocities = takeVelocities(properties, { numbers, masses, notes });
  const fixed = takeFixed(properties);
  const constraints = takeConstraints(pairs, { atomCount: numbers.length, cell, notes });
  const isVirialDoubtful = declared.has('energy') && !declared.has('virial');
  const labels = takeLabels(pairs, properties, { isExtended, cell, isVirialDoubtful, notes });
  dropNumbers(properties, numbers);
  const [info, arrays] = [Object.fromEntries(pairs), Object.fromEntries(properties)];
  return { numbers, positions, cell, pbc, masses, velocities, fixed, constraints, labels, info, arrays };
}

/**
 * Numbers in the place of symbols are atomic numbers, but LAMMPS, which writes this comment, has the types of its atoms
 * there.
 */
function noteNumbers([word, symbol]: readonly [string, string], comment: InfoValue | undefined, notes?: FrameNotes) {
  if (typeof comment === 'string' && /^Atoms\. Timestep:/.test(comment))
    fail(
      `expected symbols of elements, found ${quote(word)}, a type of LAMMPS; have them written by dump_modify ... element Cu O, or put them there`,
    );
  notes?.add(
    `numbers in the place of symbols are read as atomic numbers, such as ${word} as ${symbol}; where they are types of atoms (LAMMPS, OVITO) the elements are wrong`,
  );
}

/** Rows below the atoms that hold a cell, as ADF writes them. */
function remedyOf(word: string): string {
  return /^VEC\d/i.test(word) ? '; give the cell as Lattice="ax ay az bx by bz cx cy cz" in the comment line' : '';
}

function takeCell(pairs: Map<string, InfoValue>): number[] | undefined {
  const value = pairs.get('Lattice');
  pairs.delete('Lattice');
  if (value === undefined) return undefined;
  const vectors = numbersOf(value, 9);
  if (vectors !== undefined) return vectors;
  const lengths = numbersOf(value, 3);
  if (lengths !== undefined) return [lengths[0], 0, 0, 0, lengths[1], 0, 0, 0, lengths[2]];
  return fail('expected nine numbers for Lattice, the three lattice vectors one after another, or three lengths');
}

function takePbc(pairs: Map<string, InfoValue>): Pbc | undefined {
  const value = pairs.get('pbc');
  pairs.delete('pbc');
  if (value === undefined) return undefined;
  const words = Array.isArray(value) ? value : typeof value === 'string' ? value.split(/[\s,]+/) : [value];
  const flags = words.map((word) => {
    if (typeof word === 'boolean') return word;
    return word === 1 || word === 0 ? word === 1 : (parseLogical(String(word).toUpperCase()) ?? fail(pbcMessage));
  });
  if (flags.length === 1) return [flags[0], flags[0], flags[0]];
  return flags.length === 3 ? [flags[0], flags[1], flags[2]] : fail(pbcMessage);
}

const pbcMessage = 'expected pbc such as "T T F": three logical values';

function takeMasses(properties: Map<string, AtomProperty>): Float64Array | undefined {
  const property = properties.get('masses');
  if (property === undefined) return undefined;
  if (property.width !== 1 || !(property.values instanceof Float64Array))
    return fail('expected the column masses:R:1 in Properties');
  if (property.values.some((mass) => !(mass > 0))) return fail('expected positive numbers in the column masses');
  properties.delete('masses');
  return property.values;
}

/** Velocities as they stand, or else momenta in sqrt(amu eV) divided by the masses. */
function takeVelocities(
  properties: Map<string, AtomProperty>,
  { numbers, masses, notes }: { numbers: Uint8Array; masses: Float64Array | undefined; notes?: FrameNotes },
): Float64Array | undefined {
  const velocities = takeVectors(properties, 'velocities');
  const fromMomenta = takeVectors(properties, 'momenta')?.map((momentum, index) => {
    const atom = Math.floor(index / 3);
    return momentum / (masses?.[atom] ?? atomicMasses[numbers[atom]]);
  });
  if (velocities === undefined || fromMomenta === undefined) return velocities ?? fromMomenta;
  const largest = velocities.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const areSame = velocities.every((value, index) => Math.abs(value - fromMomenta[index]) <= 1e-3 * largest);
  if (!areSame) notes?.add('momenta and velocities contradict each other; the velocities are taken');
  return velocities;
}

/** `move_mask` is true for what may move, for the whole atom or for each direction. */
function takeFixed(properties: Map<string, AtomProperty>): Uint8Array | undefined {
  const property = properties.get('move_mask');
  if (property === undefined) return undefined;
  const { width, values } = property;
  if ((width !== 1 && width !== 3) || values.length === 0 || typeof values[0] === 'string') {
    return fail('expected the column move_mask:L:1 or move_mask:L:3 in Properties');
  }
  properties.delete('move_mask');
  const atomCount = values.length / width;
  return Uint8Array.from({ length: 3 * atomCount }, (_, index) =>
    values[width === 3 ? index : Math.floor(index / 3)] ? 0 : 1,
  );
}

/** Planes and lines in ASE's own words, as they are written here; others stay where they are. */
function takeConstraints(
  pairs: Map<string, InfoValue>,
  { atomCount, cell, notes }: { atomCount: number; cell: ArrayLike<number> | undefined; notes?: FrameNotes },
): readonly Constraint[] | undefined {
  const text = pairs.get('constraints');
  if (typeof text !== 'string' || !text.startsWith('_JSON [')) return undefined;
  const { constraints, others } = readConstraints(text.slice(6), atomCount, cell);
  pairs.delete('constraints');
  if (others !== undefined) pairs.set('constraints', others);
  const names = namesOfOthers(others);
  if (names.length > 0)
    notes?.add(`constraints that are kept but not held in relaxations and simulations: ${names.join(', ')}`);
  return constraints;
}

/** A column Z beside the species repeats the atomic numbers. */
function dropNumbers(properties: Map<string, AtomProperty>, numbers: Uint8Array): void {
  const values = properties.get('Z')?.values;
  if (!(values instanceof Float64Array) || values.length !== numbers.length) return;
  const atom = values.findIndex((value, index) => value !== numbers[index]);
  if (atom >= 0) {
    fail(
      `atom ${atom + 1} is ${chemicalSymbols[numbers[atom]]} by its species, but Z is ${values[atom]}; correct one of them, or rename Z`,
    );
  }
  properties.delete('Z');
}

function fail(message: string): never {
  throw new LammError('format', message);
}
