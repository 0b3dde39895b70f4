import { LammError } from '../../errors.js';
import { cellFromParameters } from '../../structure/cell.js';
import type { InfoValue } from '../../structure/structure.js';
import { unitFactor } from '../declared-units.js';
import { parseNumber, quote } from '../text/text-cursor.js';

/** What i-PI says of a frame in the comment line of its XYZ files. */
export interface IpiComment {
  /** Lattice vectors in A, [3 x 3]. */
  readonly cell: readonly number[];
  /** How many A one of the numbers of the positions is. */
  readonly scale: number;
  readonly info: readonly (readonly [string, InfoValue])[];
}

/**
 * Reads `# CELL(abcABC): 35.2 35.2 35.2 90 90 90 Step: 8 Bead: 0 positions{angstrom} cell{angstrom}`; the cell may be
 * three lengths and angles, or the nine numbers of `CELL{H}` or `CELL{GENH}`, whose columns are the lattice vectors.
 * i-PI's own unit is the bohr, which counts where none is given.  Undefined for any other comment.
 *
 * @throws {LammError} `format`, without a place, for forces, velocities and whatever else is not positions, and for
 *   unknown units.
 */
export function parseIpiComment(comment: string): IpiComment | undefined {
  const [, kind = '', rest = ''] = /^\s*#\s*CELL[([{](abcABC|H|GENH)[)\]}]:\s*(.*)$/.exec(comment) ?? [];
  if (kind === '') return undefined;
  const words = rest.split(/\s+/);
  const numbers = words.slice(0, kind === 'abcABC' ? 6 : 9).map(parseNumber);
  if (!numbers.every(Number.isFinite) || numbers.length < 6)
    fail(`expected the numbers of CELL(${kind}), found ${quote(rest)}`);
  const units = new Map(Array.from(rest.matchAll(/(\w+)\{(\w+)\}/g), ([, name, unit]) => [name, unit]));
  const quantities = [...units.keys()].filter((name) => name !== 'cell');
  const other = quantities.find((name) => !/^(?:positions|x_centroid)$/.test(name));
  if (other !== undefined) fail(`expected positions, found ${other} of i-PI`);
  const scale = lengthOf(units.get(quantities[0]));
  const cellScale = lengthOf(units.get('cell') ?? units.get(quantities[0]));
  const step = /\bStep:\s*(\d+)/.exec(rest)?.[1];
  return {
    cell: cellOf(kind, numbers).map((value) => value * cellScale),
    scale,
    info: step === undefined ? [] : [['ipi_step', Number(step)]],
  };
}

function cellOf(kind: string, numbers: readonly number[]): readonly number[] {
  if (kind === 'abcABC') return [...cellFromParameters(numbers.slice(0, 3), numbers.slice(3))];
  return [0, 3, 6, 1, 4, 7, 2, 5, 8].map((index) => numbers[index]);
}

function lengthOf(unit = 'atomic_unit'): number {
  return (
    unitFactor('length', unit === 'atomic_unit' ? 'au' : unit) ??
    fail(`expected the unit angstrom, atomic_unit, nanometer or picometer, found ${quote(unit)}`)
  );
}

function fail(message: string): never {
  throw new LammError('format', message);
}
