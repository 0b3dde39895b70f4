import type { AtomicGraph } from './atomic-graph.js';

/**
 * Edges of one receiver stand in blocks of this many, the last one filled up with absent edges, unless the kind of
 * model says otherwise.
 */
export const defaultBlockSize = 8;

/**
 * Edges in blocks of equal receiver, so that a sum over the edges of an atom is a sum inside blocks (a small matrix
 * product) and then over far fewer rows.  B is the number of blocks, at least 1, b their size.
 */
export interface EdgeBlocks {
  readonly blockCount: number;
  /** [B]. */
  readonly blockReceivers: Int32Array;
  /** [b B]; the receiver itself where the edge is absent. */
  readonly senders: Int32Array;
  /** In A, [b B x 3]; along x and longer than any cutoff where the edge is absent. */
  readonly edgeVectors: Float32Array | Float64Array;
  /** 1 for an edge, 0 where it is absent, [b B]. */
  readonly presence: Float32Array | Float64Array;
  /** Place in the blocks of each edge of the graph, [E]. */
  readonly slots: Int32Array;
}

const absentLength = 1e3;

/** Arranges the edges of `graph`, which are sorted by receiver, in blocks; `Real` is the precision of the results. */
export function blockEdges(
  graph: AtomicGraph,
  Real: Float32ArrayConstructor | Float64ArrayConstructor,
  blockSize = defaultBlockSize,
): EdgeBlocks {
  const { edgeCount, atomCount, receivers } = graph;
  const degrees = new Int32Array(atomCount);
  for (let edge = 0; edge < edgeCount; edge++) degrees[receivers[edge]]++;
  const neededCount = degrees.reduce((sum, degree) => sum + Math.ceil(degree / blockSize), 0);
  const blockCount = Math.max(1, neededCount); // graphics devices have no empty arrays
  const blocks = {
    blockCount,
    blockReceivers: new Int32Array(blockCount),
    senders: new Int32Array(blockSize * blockCount),
    edgeVectors: new Real(3 * blockSize * blockCount),
    presence: new Real(blockSize * blockCount),
    slots: new Int32Array(edgeCount),
  };
  let [edge, block] = [0, 0];
  for (let atom = 0; atom < atomCount; atom++) {
    const end = edge + degrees[atom];
    for (; edge < end; block++) {
      blocks.blockReceivers[block] = atom;
      for (let slot = blockSize * block; slot < blockSize * (block + 1); slot++) {
        if (edge < end) blocks.slots[edge++] = slot;
        else writeAbsentEdge(blocks, slot, atom);
      }
    }
  }
  if (neededCount === 0) for (let slot = 0; slot < blockSize; slot++) writeAbsentEdge(blocks, slot, 0);
  writeEdges(blocks, graph);
  return blocks;
}

function writeEdges({ slots, senders, edgeVectors, presence }: EdgeBlocks, graph: AtomicGraph): void {
  for (let edge = 0; edge < graph.edgeCount; edge++) {
    const slot = slots[edge];
    senders[slot] = graph.senders[edge];
    presence[slot] = 1;
    for (let axis = 0; axis < 3; axis++) edgeVectors[3 * slot + axis] = graph.edgeVectors[3 * edge + axis];
  }
}

function writeAbsentEdge({ senders, edgeVectors }: EdgeBlocks, slot: number, atom: number): void {
  senders[slot] = atom;
  edgeVectors[3 * slot] = absentLength;
}
