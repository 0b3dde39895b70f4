import { atPlace } from '../../../io/text/place-error.js';
import type { Structure } from '../../../structure/structure.js';
import { findSymmetry, type SpaceGroup } from '../../../structure/symmetry.js';

/** How many frames have a space group; null for those that are not periodic in all directions. */
export interface SymmetryCount {
  readonly group: SpaceGroup | null;
  readonly frames: number;
}

export interface SymmetryTally {
  /** The group of one more frame. */
  add(structure: Structure): SpaceGroup | null;
  /** Adds the structures that pass. */
  follow(structures: AsyncIterable<Structure>): AsyncGenerator<Structure>;
  /** The most frequent first. */
  counts(): readonly SymmetryCount[];
}

/** Counts the space groups of the frames of `file`. */
export function createSymmetryTally(file: string, tolerance?: number): SymmetryTally {
  const counts = new Map<number, { group: SpaceGroup | null; frames: number }>();
  const add = (structure: Structure): SpaceGroup | null => {
    const group = structure.pbc.every(Boolean) ? atPlace({ file }, () => spaceGroupOf(structure, tolerance)) : null;
    const count = counts.get(group?.number ?? 0) ?? { group, frames: 0 };
    counts.set(group?.number ?? 0, count);
    count.frames++;
    return group;
  };
  return {
    add,
    async *follow(structures) {
      for await (const structure of structures) {
        add(structure);
        yield structure;
      }
    },
    counts: () => [...counts.values()].sort((a, b) => b.frames - a.frames),
  };
}

function spaceGroupOf(structure: Structure, tolerance?: number): SpaceGroup {
  const { operations: _, ...group } = findSymmetry(structure, tolerance);
  return group;
}
