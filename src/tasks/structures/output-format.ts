import { atomicMasses } from '../../elements.js';
import { LammError } from '../../errors.js';
import { type WritableFormat, writableEndings, writableFormatOfName, writerOf } from '../../io/formats.js';
import type { Structure } from '../../structure/structure.js';

/**
 * Refuses, before hours of work, a name that says no format or one that cannot hold the structures.
 *
 * @throws {LammError} `usage`.
 */
export function assertOutputFormat(path: string, structures: readonly Pick<Structure, 'pbc' | 'cell'>[]): void {
  const format = writableFormatOfName(path);
  if (format === undefined) {
    const message = `\`out\`: the format is not clear from the name, or is only read; let it end in ${writableEndings()}`;
    throw new LammError('usage', message, { file: path });
  }
  const { refusalOf, refusalOfMany } = writerOf(format);
  const ofMany = structures.length > 1 && refusalOfMany ? `${refusalOfMany}, found ${structures.length}` : undefined;
  const problem =
    ofMany ?? structures.map((structure) => refusalOf?.(structure)).find((refusal) => refusal !== undefined);
  if (problem !== undefined)
    throw new LammError('usage', `\`out\`: ${problem}; let the name end in .extxyz`, { file: path });
}

/** What a structure holds beyond what a format can. */
export function lostKeys(structure: Structure, format: WritableFormat): string[] {
  const writer = writerOf(format);
  const held = writer.heldParts?.(structure);
  if (held === undefined) return [];
  const others = { ...structure, ...Object.fromEntries(held.map((part) => [part, undefined])) };
  const heldInfo = new Set(writer.heldInfo?.(structure));
  const info = Object.fromEntries(Object.entries(structure.info).filter(([key]) => !heldInfo.has(key)));
  return [...keysOf({ ...others, info }), ...(structure.pbc.every(Boolean) ? [] : ['pbc'])];
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
