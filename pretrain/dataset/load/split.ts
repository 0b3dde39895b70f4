import { createHash } from 'node:crypto';
import { countOf } from '../../../src/count-of.js';
import { LammError } from '../../../src/errors.js';
import { createRandom, shuffle } from '../../../src/random.js';
import type { AtomicSystem } from '../../../src/structure/structure.js';

/** A part of a set and the fraction of the frames that it gets. */
export interface Part {
  readonly name: string;
  readonly fraction: number;
}

/** How groups are distributed, see `SplitOptions`. */
export const splitMethods = ['random', 'hash'] as const;

export interface SplitOptions {
  /**
   * `random`: the groups are shuffled and dealt until each part has its fraction of the frames. `hash`: the group's own
   * hash decides, so a group stays in its part when the set grows; the fractions are met on average.
   */
  readonly by: (typeof splitMethods)[number];
  readonly seed: number;
}

/**
 * Distributes frames over parts; frames of one group stay together.
 *
 * @param groups name of the group of each frame, [count].
 * @returns index of the part of each frame, [count].
 * @throws {LammError} `usage` when a part stays empty.
 */
export function splitFrames(groups: readonly string[], parts: readonly Part[], { by, seed }: SplitOptions): Uint8Array {
  const sizes = new Map<string, number>();
  for (const group of groups) sizes.set(group, (sizes.get(group) ?? 0) + 1);
  const partOfGroup = by === 'hash' ? hashGroups([...sizes.keys()], parts, seed) : dealGroups(sizes, parts, seed);
  const assigned = Uint8Array.from(groups, (group) => partOfGroup.get(group) ?? 0);
  const empty = parts.find((_, part) => !assigned.includes(part));
  if (empty === undefined) return assigned;
  throw new LammError(
    'usage',
    `the part "${empty.name}" would be empty: expected enough frames for its fraction ${empty.fraction}, found ${countOf(groups.length, 'frame')} in ${countOf(sizes.size, 'group')}`,
    { quantity: 'parts' },
  );
}

/** A name that equal geometries have in common: the hash of elements, positions, cell and periodicity. */
export function geometryHash({ numbers, positions, cell, pbc }: AtomicSystem): string {
  const hash = createHash('sha256');
  for (const array of [numbers, positions, cell]) hash.update(array);
  return hash.update(String(pbc)).digest('hex');
}

/** A number in [0, 1) that equal geometries have in common, 48 bits of their hash. */
export function geometryNumber(structure: AtomicSystem): number {
  return Number.parseInt(geometryHash(structure).slice(0, 12), 16) / 2 ** 48;
}

/** Deals shuffled groups, each to the part that is farthest below its share. */
function dealGroups(
  sizes: ReadonlyMap<string, number>,
  parts: readonly Part[],
  seed: number,
): ReadonlyMap<string, number> {
  const total = [...sizes.values()].reduce((sum, size) => sum + size, 0);
  const missing = parts.map(({ fraction }) => fraction * total);
  const partOfGroup = new Map<string, number>();
  for (const [group, size] of shuffle([...sizes], createRandom(seed))) {
    const part = missing.indexOf(Math.max(...missing));
    missing[part] -= size;
    partOfGroup.set(group, part);
  }
  return partOfGroup;
}

function hashGroups(groups: readonly string[], parts: readonly Part[], seed: number): ReadonlyMap<string, number> {
  return new Map(groups.map((group) => [group, partOfNumber(uniformOf(group, seed), parts)]));
}

/** A number in [0, 1) from 48 bits of a hash. */
function uniformOf(group: string, seed: number): number {
  return createHash('sha256').update(`${seed}:${group}`).digest().readUIntBE(0, 6) / 2 ** 48;
}

function partOfNumber(value: number, parts: readonly Part[]): number {
  let end = 0;
  for (const [index, { fraction }] of parts.entries()) {
    end += fraction;
    if (value < end) return index;
  }
  return parts.length - 1;
}
