import type { AtomProperty } from '../../structure/structure.js';
import { fs } from '../../units.js';
import type { FrameNotes } from './frame-notes.js';

/** Columns of other programs under their own names. */
interface KnownColumn {
  readonly name: string;
  /** What it is called here. */
  readonly meaning: string;
  /** Columns that say the same; beside one of them the other name stays what it is. */
  readonly rivals: readonly string[];
  readonly width: number;
  /** How much of the unit here one of theirs is. */
  readonly factor: number;
  readonly unit: string;
}

const known: readonly KnownColumn[] = [
  { name: 'mass', meaning: 'masses', rivals: ['masses'], width: 1, factor: 1, unit: 'amu' },
  { name: 'vel', meaning: 'velocities', rivals: ['velocities', 'momenta'], width: 3, factor: 1 / fs, unit: 'A/fs' },
  { name: 'force', meaning: 'forces', rivals: ['forces'], width: 3, factor: 1, unit: 'eV/A' },
];

function isEqual(column: AtomProperty, other: AtomProperty | undefined): boolean {
  const values = Array.from<unknown>(column.values);
  return other?.values.length === values.length && values.every((value, index) => value === other.values[index]);
}

/**
 * Gives the columns of GPUMD and others their names here, with their units, in place: `mass`, `vel` (A/fs) and `force`.
 * `hasUnit`: those whose unit was declared, and converted already.
 */
export function renameKnownColumns(
  properties: Map<string, AtomProperty>,
  hasUnit: (name: string) => boolean,
  notes?: FrameNotes,
): void {
  for (const { name, meaning, rivals, width, factor, unit } of known) {
    const column = properties.get(name);
    if (column === undefined || column.width !== width || !(column.values instanceof Float64Array)) continue;
    const rival = rivals.find((other) => properties.has(other));
    if (rival !== undefined) {
      if (!isEqual(column, properties.get(rival)))
        notes?.add(`the column ${name} is not used: ${rival} stands beside it`);
      continue;
    }
    const scale = hasUnit(name) ? 1 : factor;
    properties.delete(name);
    properties.set(meaning, {
      width,
      values: scale === 1 ? column.values : column.values.map((value) => value * scale),
    });
    notes?.add(`the column ${name} is read as ${meaning}${hasUnit(name) ? '' : ` in ${unit}`}`);
  }
}
