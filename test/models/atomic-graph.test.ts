import { describe, expect, it } from 'vitest';
import { atomicGraph, joinGraphs } from '../../src/models/atomic-graph.js';
import { neighborList } from '../../src/neighbors/neighbor-list.js';
import { createStructure } from '../../src/structure/structure.js';

const structures = [3.6, 3.9].map((a) =>
  createStructure({
    symbols: ['Cu', 'O'],
    positions: [0, 0, 0, 0.6 * a, 0.3 * a, 0.1],
    cell: [a, 0, 0, 0, a, 0, 0, 0, a],
  }),
);
const [first, second] = structures.map((structure) => atomicGraph(structure.numbers, neighborList(structure, 3.5)));

/** The edges of structure `index` of a graph, with atoms counted from the first of that structure. */
function edgesOf(graph: ReturnType<typeof joinGraphs>, index: number) {
  const start = graph.structureOf.indexOf(index);
  return Array.from({ length: graph.edgeCount }, (_, edge) => edge)
    .filter((edge) => graph.structureOf[graph.receivers[edge]] === index)
    .map((edge) => ({
      ends: [graph.senders[edge] - start, graph.receivers[edge] - start],
      vector: [...graph.edgeVectors.subarray(3 * edge, 3 * edge + 3)],
    }));
}

describe('joinGraphs', () => {
  it('keeps every structure with its atoms and edges, sorted by receiver, whatever was joined before', () => {
    const pairs = joinGraphs([first, second]);
    for (const joined of [joinGraphs([pairs, first]), joinGraphs([first, joinGraphs([second, first])])]) {
      expect(joined).toMatchObject({ structureCount: 3, atomCount: 6 });
      expect([...joined.structureOf]).toEqual([0, 0, 1, 1, 2, 2]);
      expect([...joined.numbers]).toEqual([29, 8, 29, 8, 29, 8]);
      expect([...joined.receivers]).toEqual([...joined.receivers].sort((a, b) => a - b));
      for (const [index, own] of [first, second, first].entries())
        expect(edgesOf(joined, index)).toEqual(edgesOf(own, 0));
    }
  });

  it('joins in single precision what is in single precision, and else in double', () => {
    const single = { ...first, edgeVectors: Float32Array.from(first.edgeVectors) };
    expect(joinGraphs([single, single]).edgeVectors).toBeInstanceOf(Float32Array);
    expect(joinGraphs([single, second]).edgeVectors).toBeInstanceOf(Float64Array);
  });

  it('makes an empty graph of none', () => {
    expect(joinGraphs([])).toMatchObject({ structureCount: 0, atomCount: 0, edgeCount: 0 });
  });
});
