import { describe, expect, it } from 'vitest';
import { type AtomicGraph, atomicGraph } from '../../src/models/atomic-graph.js';
import { type DivisionOptions, divideGraph } from '../../src/models/graph-parts.js';
import { neighborList } from '../../src/neighbors/neighbor-list.js';
import { createStructure } from '../../src/structure/structure.js';
import { rattledCopper } from '../helpers/copper.js';

const crystal = rattledCopper(5, { rattle: 0.1 });
const graph = atomicGraph(crystal.numbers, neighborList(crystal, 3));
const division = { reach: 2, fits: ({ atomCount }) => atomCount <= 220 } satisfies DivisionOptions;

/** Atoms that can be reached over so many edges. */
function within({ senders, receivers, edgeCount }: AtomicGraph, atoms: Iterable<number>, hops: number): Set<number> {
  let reached = new Set(atoms);
  for (let hop = 0; hop < hops; hop++) {
    const next = new Set(reached);
    for (let edge = 0; edge < edgeCount; edge++) if (reached.has(receivers[edge])) next.add(senders[edge]);
    reached = next;
  }
  return reached;
}

describe('a graph in parts', () => {
  const parts = [...divideGraph(graph, division)];

  it('gives every atom to exactly one part', () => {
    const owners = new Int32Array(graph.atomCount);
    for (const { atoms, ownCount } of parts) for (const atom of atoms.subarray(0, ownCount)) owners[atom]++;
    expect(parts.length).toBeGreaterThan(4);
    expect(owners.every((count) => count === 1)).toBe(true);
  });

  it('has with the own atoms those within reach, and all edges among them as they are', () => {
    for (const { atoms, ownCount, edges, graph: part } of parts) {
      expect(division.fits(part)).toBe(true);
      expect(new Set(atoms)).toEqual(within(graph, atoms.subarray(0, ownCount), division.reach));
      const inside = new Set(atoms);
      const among = [...graph.receivers.keys()].filter(
        (edge) => inside.has(graph.receivers[edge]) && inside.has(graph.senders[edge]),
      );
      expect([...edges].sort((a, b) => a - b)).toEqual(among);
      expect(part.receivers).toEqual(part.receivers.toSorted());
      for (const [local, edge] of edges.entries()) {
        expect(atoms[part.senders[local]]).toBe(graph.senders[edge]);
        expect(atoms[part.receivers[local]]).toBe(graph.receivers[edge]);
        expect(part.edgeVectors.slice(3 * local, 3 * local + 3)).toEqual(
          Float64Array.from(graph.edgeVectors.subarray(3 * edge, 3 * edge + 3)),
        );
      }
      expect([...part.numbers]).toEqual([...atoms].map((atom) => graph.numbers[atom]));
    }
  });

  it('has parts of atoms that lie together', () => {
    // 15 atoms in a cube have some 150 more within two edges; as many in a row have over 300.
    const [least, most] = [Math.min, Math.max].map((of) => of(...parts.map(({ ownCount }) => ownCount)));
    expect(most).toBeLessThanOrEqual(2 * least + 1);
    expect(least).toBeGreaterThan(10);
  });

  it('divides atoms that have nothing to do with each other', () => {
    const positions = Array.from({ length: 30 }, (_, place) => 10 * place);
    const gas = createStructure({ symbols: Array(10).fill('Ar'), positions });
    const few = { reach: 3, fits: ({ atomCount }) => atomCount <= 3 } satisfies DivisionOptions;
    const found = [...divideGraph(atomicGraph(gas.numbers, neighborList(gas, 3)), few)];
    expect(found.flatMap(({ atoms }) => [...atoms]).sort((a, b) => a - b)).toEqual([...Array(10).keys()]);
  });

  it('refuses an atom with more around it than can be calculated', () => {
    const tooFew = { reach: 2, fits: ({ atomCount }) => atomCount <= 40 } satisfies DivisionOptions;
    expect(() => [...divideGraph(graph, tooFew)]).toThrow(/too many to calculate at once/);
  });
});
