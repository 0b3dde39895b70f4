import { createRowSearch, joinRows, type PairRows, type Pairs } from '../../src/neighbors/pair-search.js';
import type { AtomicSystem } from '../../src/structure/structure.js';
import type { Team, Work } from '../../src/threads/team.js';
import { allocateShared, maxBlocks, partStart } from './site-job.js';

/** What threads search for pairs in. */
export interface SearchTask {
  readonly search: { readonly system: AtomicSystem; readonly radius: number };
}

/** Finds what `findPairs` finds, by all threads of a team. */
export function findPairsTogether(team: Team, system: AtomicSystem, radius: number): Pairs {
  const positions = allocateShared(Float64Array, system.positions.length);
  positions.set(system.positions);
  const { numbers, cell, pbc } = system;
  const task: SearchTask = { search: { system: { numbers, positions, cell, pbc }, radius } };
  team.share(task);
  return joinRows(team.run(0, maxBlocks, openSearch(task)));
}

/** Each item finds the rows of so many adjacent atoms. */
export function openSearch({ search: { system, radius } }: SearchTask): Work<PairRows> {
  const atomCount = system.numbers.length;
  let findRows: ReturnType<typeof createRowSearch> | undefined;
  return (_, part) => {
    findRows ??= createRowSearch(system, radius);
    return findRows({
      first: partStart(atomCount, part, maxBlocks),
      end: partStart(atomCount, part + 1, maxBlocks),
    });
  };
}
