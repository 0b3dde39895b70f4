import { atomicMasses } from '../../elements.js';
import { LammError } from '../../errors.js';
import { type WritableFormat, writableFormatOfName } from '../../io/formats.js';
import { completeCell } from '../../structure/cell.js';
import { latticeFlagsOf } from '../../structure/lattice-flags.js';
import type { Structure } from '../../structure/structure.js';

/**
 * Refuses, before hours of work, a name that says no format or one that cannot hold the structures.
 *
 * @throws {LammError} `usage`.
 */
export function assertOutputFormat(path: string, structures: readonly Pick<Structure, 'pbc' | 'cell'>[]): void {
  const format = writableFormatOfName(path);
  if (format === undefined) {
    const message =
      '`out`: the format is not clear from the name, or is only read; let it end in .extxyz, .cif or .vasp';
    throw new LammError('usage', message, { file: path });
  }
  const problem = problemOf(format, structures);
  if (problem !== undefined)
    throw new LammError('usage', `\`out\`: ${problem}; let the name end in .extxyz`, { file: path });
}

function problemOf(format: WritableFormat, structures: readonly Pick<Structure, 'pbc' | 'cell'>[]): string | undefined {
  if (format === 'poscar' && structures.length > 1) return `a POSCAR holds one structure, found ${structures.length}`;
  if (format === 'poscar' && structures.some(({ cell }) => cell.every((value) => value === 0)))
    return 'a POSCAR needs a cell, the structure has none';
  if (format === 'cif' && !structures.every(({ pbc }) => pbc.every(Boolean)))
    return 'CIF holds crystals, found a structure that is not periodic in all directions';
  return undefined;
}

/** What a structure holds beyond what a format can; extended XYZ holds everything. */
export function lostKeys(structure: Structure, format: WritableFormat): string[] {
  if (format === 'extxyz') return [];
  const held = format === 'poscar' ? { velocities: undefined, ...(isHeldByFlags(structure) && unheld) } : {};
  return [...keysOf({ ...structure, ...held }), ...(structure.pbc.every(Boolean) ? [] : ['pbc'])];
}

const unheld = { fixed: undefined, constraints: undefined };

/** Whether a POSCAR, whose flags belong to lattice vectors, can say all that holds the atoms. */
function isHeldByFlags({ cell, numbers, ...held }: Structure): boolean {
  return latticeFlagsOf(held, { cell: completeCell(cell), atomCount: numbers.length })?.isExact !== false;
}

/** What a structure holds beside its atoms and cell. */
export function keysOf({ numbers, labels, velocities, fixed, constraints, masses, info, arrays }: Structure): string[] {
  const hasOwnMasses = masses.some((mass, atom) => mass !== atomicMasses[numbers[atom]]);
  const own = [
    ...(velocities ? ['velocities'] : []),
    ...(fixed ? ['move_mask'] : []),
    ...(constraints ? ['constraints'] : []),
    ...(hasOwnMasses ? ['masses'] : []),
  ];
  const keys = Object.keys(info).filter((key) => key !== 'comment');
  return [...Object.keys(labels), ...own, ...keys, ...Object.keys(arrays)];
}

/** Says what of structures a file cannot hold, and which formats can; undefined when it holds all. */
export function describeLoss(path: string, structures: readonly Structure[]): string | undefined {
  const format = writableFormatOfName(path);
  const lost = format === undefined ? [] : [...new Set(structures.flatMap((structure) => lostKeys(structure, format)))];
  if (lost.length === 0) return undefined;
  const remedy = lost.includes('velocities') ? '.extxyz keeps all, .vasp the velocities' : '.extxyz keeps all';
  return `${path} will not hold ${lost.join(', ')}: ${format} has no place for them; ${remedy}`;
}
