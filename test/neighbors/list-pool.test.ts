import { expect, it } from 'vitest';
import { createListPool } from '../../src/neighbors/list-pool.js';
import { neighborList } from '../../src/neighbors/neighbor-list.js';
import type { AtomicSystem } from '../../src/structure/structure.js';
import { randomSystem } from './systems.js';

const options = { cutoff: 3, skin: 0.6 };

const moved = (system: AtomicSystem): AtomicSystem => ({
  ...system,
  positions: system.positions.map((x) => x + 0.01),
});

it('gives each system the list that it had, whichever others come and go', () => {
  const pool = createListPool(options);
  const [a, b, c] = [1, 2, 3].map((seed) => randomSystem(seed));
  const first = [a, b, c];
  const lists = pool.take(first);
  for (const [place, system] of first.entries()) lists[place].update(system);
  pool.giveBack(first, lists);
  const later = [moved(c), randomSystem(4), moved(b)];
  const again = pool.take(later);
  for (const [place, before] of [2, 0, 1].entries()) expect(again[place]).toBe(lists[before]);
  for (const [place, system] of later.entries())
    expect(again[place].update(system)).toEqual(neighborList(system, options.cutoff));
  expect(again.map(({ buildCount }) => buildCount)).toEqual([1, 2, 1]);
});

it('has other lists for systems that share their numbers, and for callers at the same time', () => {
  const pool = createListPool(options);
  const system = randomSystem(5);
  const both = [system, moved(system)];
  const lists = pool.take(both);
  const others = pool.take(both);
  expect(new Set([...lists, ...others]).size).toBe(4);
  pool.giveBack(both, lists);
  for (const [place, list] of pool.take(both).entries()) expect(list).toBe(lists[place]);
});
