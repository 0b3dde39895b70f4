import { atomicMasses, chemicalSymbols } from '../../elements.js';
import { LammError } from '../../errors.js';
import { symmetricRows } from '../../linalg/voigt.js';
import type { AtomProperty, InfoValue, Structure } from '../../structure/structure.js';
import { formatConstraints } from '../ase/constraints.js';
import { type ChunkParser, parseChunks, parseWhole, type StreamOptions } from '../text/chunk-parser.js';
import { formatNumber, formatPairs } from './extxyz-comment.js';
import { readFrame } from './extxyz-frame.js';
import { FrameWalk } from './extxyz-walk.js';
import { createFrameMemory } from './frame-memory.js';
import { FrameNotes } from './frame-notes.js';

/**
 * Reads all frames of an extended or plain XYZ text.
 *
 * @throws {LammError} `format`, `structure` or `unknown-element`, with `file` and line.
 */
export function parseExtxyz(text: string, options: ExtxyzOptions = {}): Structure[] {
  return parseWhole(frameParser(options), text);
}

export interface ExtxyzOptions extends StreamOptions {
  /** Called at the end of the file with what had to be assumed about its frames, one sentence each. */
  readonly onNotice?: (notice: string) => void;
}

/** Reads frame after frame from the chunks of a file, holding little more than one frame in memory. */
export function iterateExtxyz(
  chunks: AsyncIterable<Uint8Array>,
  options: ExtxyzOptions = {},
): AsyncIterableIterator<Structure> {
  return parseChunks(frameParser(options), chunks, options.budget);
}

/** The text of one frame, with the newline at its end.  Labels stand under energy, forces and stress. */
export function formatExtxyz(structure: Structure): string {
  const columns = columnsOf(structure);
  const names = columns.map(({ name, kind, width }) => `${name}:${kind}:${width}`).join(':');
  const rows = Array.from(structure.numbers, (_, atom) => columns.map((column) => column.format(atom)).join(' '));
  const comment = [latticeOf(structure), `Properties=${names}`, formatPairs(pairsOf(structure))]
    .filter(Boolean)
    .join(' ');
  return `${structure.numbers.length}\n${comment}\n${rows.join('\n')}\n`;
}

function frameParser({ file, budget, onNotice }: ExtxyzOptions): ChunkParser {
  const notes = new FrameNotes();
  const context = { notes, memory: createFrameMemory() };
  const walk = new FrameWalk(file, (window, place) => readFrame(window, place, context), budget);
  const tell = () => {
    if (onNotice) for (const sentence of notes.sentences()) onNotice(sentence);
  };
  return {
    *push(chunk) {
      for (const { structure } of walk.push(chunk)) yield structure;
    },
    *finish() {
      for (const { structure } of walk.finish()) yield structure;
      tell();
    },
    stop: tell,
  };
}

interface FormattedColumn {
  readonly name: string;
  readonly kind: 'S' | 'R' | 'I' | 'L';
  readonly width: number;
  /** The words of one row. */
  format(atom: number): string;
}

function columnsOf(structure: Structure): FormattedColumn[] {
  const { numbers, positions, masses, velocities, fixed, labels, arrays } = structure;
  const hasOwnMasses = masses.some((mass, atom) => mass !== atomicMasses[numbers[atom]]);
  const reserved: ReadonlySet<string> = new Set([
    'species',
    'pos',
    'masses',
    'velocities',
    'momenta',
    'move_mask',
    'forces',
  ]);
  return [
    { name: 'species', kind: 'S', width: 1, format: (atom) => chemicalSymbols[numbers[atom]] },
    realColumn('pos', positions, 3),
    ...(hasOwnMasses ? [realColumn('masses', masses, 1)] : []),
    ...(velocities ? motionColumns(velocities, masses) : []),
    ...(fixed ? [moveMaskColumn(fixed)] : []),
    ...(labels.forces ? [realColumn('forces', labels.forces, 3)] : []),
    ...Object.entries(arrays)
      .filter(([name]) => !reserved.has(name))
      .map(([name, property]) => propertyColumn(name, property)),
  ];
}

/** Velocities, and for programs that follow ASE the momenta in sqrt(amu eV), both [N x 3]. */
function motionColumns(velocities: Float64Array, masses: Float64Array): FormattedColumn[] {
  const momenta = velocities.map((velocity, index) => masses[Math.floor(index / 3)] * velocity);
  return [realColumn('velocities', velocities, 3), realColumn('momenta', momenta, 3)];
}

function realColumn(name: string, values: Float64Array, width: number): FormattedColumn {
  return {
    name,
    kind: 'R',
    width,
    format(atom) {
      let row = formatNumber(values[atom * width]);
      for (let index = atom * width + 1; index < (atom + 1) * width; index++) row += ` ${formatNumber(values[index])}`;
      return row;
    },
  };
}

/** One logical value an atom when its directions agree, three otherwise. */
function moveMaskColumn(fixed: Uint8Array): FormattedColumn {
  const agree = fixed.every((value, index) => value === fixed[index - (index % 3)]);
  const width = agree ? 1 : 3;
  const format = (atom: number) =>
    Array.from(fixed.subarray(3 * atom, 3 * atom + width), (value) => (value === 0 ? 'T' : 'F')).join(' ');
  return { name: 'move_mask', kind: 'L', width, format };
}

function propertyColumn(name: string, { width, values, integer }: AtomProperty): FormattedColumn {
  if (!/^[^\s:="'{}[\]\\,]+$/.test(name)) {
    throw new LammError(
      'format',
      `the per-atom property ${JSON.stringify(name)} has a name that extended XYZ cannot hold; rename it`,
    );
  }
  if (values instanceof Float64Array) return { ...realColumn(name, values, width), ...(integer && { kind: 'I' }) };
  const words = Array.from<string | boolean, string>(values, (value) => {
    if (typeof value === 'boolean') return value ? 'T' : 'F';
    if (/^\S+$/.test(value)) return value;
    throw new LammError(
      'format',
      `the per-atom property "${name}" holds ${JSON.stringify(value)}; extended XYZ cannot hold empty words or blanks`,
    );
  });
  const format = (atom: number) => words.slice(atom * width, (atom + 1) * width).join(' ');
  return { name, kind: typeof values[0] === 'boolean' ? 'L' : 'S', width, format };
}

function latticeOf({ cell }: Structure): string {
  return cell.some((value) => value !== 0) ? `Lattice="${Array.from(cell, formatNumber).join(' ')}"` : '';
}

function pairsOf({ pbc, labels, info, constraints }: Structure): [string, InfoValue][] {
  const reserved: ReadonlySet<string> = new Set(['Lattice', 'Properties', 'pbc', 'energy', 'stress']);
  const { energy, stress } = labels;
  const pairs: [string, InfoValue][] = Object.entries(info).filter(([key]) => !reserved.has(key));
  if (constraints !== undefined) {
    const others = pairs.findIndex(([key]) => key === 'constraints');
    const text = formatConstraints(constraints, others < 0 ? undefined : pairs[others][1]);
    pairs.splice(others < 0 ? pairs.length : others, others < 0 ? 0 : 1, ['constraints', text]);
  }
  if (energy !== undefined) pairs.push(['energy', energy]);
  if (stress !== undefined) pairs.push(['stress', symmetricRows(stress)]);
  return [...pairs, ['pbc', [...pbc]]];
}
