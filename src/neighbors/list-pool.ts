import type { AtomicSystem } from '../structure/structure.js';
import type { VerletOptions } from './skin-search.js';
import { createVerletList, type VerletList } from './verlet-list.js';

/** Neighbour lists for whoever asks for several systems at once, again and again. */
export interface ListPool {
  /**
   * A list for each system: the one that it had before, known by its array of numbers, which moves of its atoms leave
   * as it is; else any that is idle, or a new one.  Nobody else gets them until they are given back.
   */
  take(systems: readonly AtomicSystem[]): readonly VerletList[];
  giveBack(systems: readonly AtomicSystem[], lists: readonly VerletList[]): void;
}

interface IdleList {
  /** Of the system that it was used for last. */
  readonly numbers: Uint8Array;
  readonly list: VerletList;
}

/** Creates an empty pool of lists with these options. */
export function createListPool(options: VerletOptions): ListPool {
  let idle: IdleList[] = [];
  return {
    take(systems) {
      const own = systems.map(({ numbers }) => {
        const place = idle.findIndex((each) => each.numbers === numbers);
        return place < 0 ? undefined : idle.splice(place, 1)[0].list;
      });
      return own.map((list) => list ?? idle.pop()?.list ?? createVerletList(options));
    },
    giveBack(systems, lists) {
      idle = [...lists.map((list, place) => ({ list, numbers: systems[place].numbers })), ...idle];
    },
  };
}
