import type { EdgePlaces } from './edge-places.js';
import { type KindMatrices, ofKind } from './first-layer.js';
import { chunkAtoms, edgeBytes } from './graph-memory.js';
import { type Matrix, openProduct } from './matrices.js';
import type { Chunk, FusedTask, FusedThread } from './task.js';

/** The messages of the first layer and the way back through them, by moments of the neighbours of each kind. */
export interface FirstLayerStage {
  /** Writes x' of a chunk into the first half of rows of `joined`, v' into `vectors`, and its projections into `projected`. */
  receive(chunk: Chunk, projected: number): void;
  /**
   * Adds what is pulled at the edges of a chunk to `gradients`, from the derivatives by x', the sums of `x` and of the first half of rows of
   * `joined`, those by v', `v`, and by its projections.
   */
  pull(chunk: Chunk, projectedAdjoint: number): void;
}

/** A kind of atoms, and the rows of a chunk among which all are that have such neighbours, from one multiple of 4 to another. */
interface KindRows {
  readonly kind: number;
  readonly from: number;
  readonly to: number;
}

export function openFirstLayer(
  task: FusedTask,
  { kernels, memory, thread }: FusedThread,
  edges: EdgePlaces,
): FirstLayerStage {
  const { network, graph } = task;
  const { channels: h, firstLayer, intervalsPerLength } = network;
  const { packets, functions, matrices } = firstLayer;
  const { joined, vectors, x, v, moments } = task.workspaces[thread];
  const product = openProduct(kernels);
  const row = 4 * h;
  const momentRow = 16 * packets;
  const vectorMoments = moments + chunkAtoms * momentRow;
  const rowsOfKinds = openKindRows(task, memory, edges);

  /** Adds the product of rows and a matrix to `out`; some rows are halves of longer ones. */
  function add(
    rows: number,
    from: number,
    matrix: Matrix,
    out: number,
    halves: { from?: boolean; out?: boolean } = {},
  ) {
    const { depth, columns, weights } = matrix;
    const fromStride = (halves.from ? 8 : 4) * depth;
    const outStride = (halves.out ? 8 : 4) * columns;
    kernels.multiplyRows(rows, depth, columns, from, fromStride, weights, out, outStride, out, outStride);
  }

  return {
    receive(chunk, projected) {
      kernels.clear(2 * row * chunk.rows, joined);
      kernels.takeRows(chunk.atoms, h, network.embedding, graph.kinds + 4 * chunk.first, joined);
      kernels.clear(3 * row * chunk.rows, vectors);
      kernels.clear(6 * row * chunk.rows, projected);
      for (const { kind, from, to } of rowsOfKinds(chunk)) {
        for (let atom = from; atom < Math.min(to, chunk.atoms); atom++) {
          const [start, end] = edges.of(chunk.first + atom);
          const [m, M] = [moments + atom * momentRow, vectorMoments + 3 * atom * momentRow];
          kernels.sumMoments(start, end, kind, packets, functions, m, M);
        }
        const [rows, m, M] = [to - from, moments + from * momentRow, vectorMoments + 3 * from * momentRow];
        const matrix = (name: keyof KindMatrices) => ofKind(matrices[name], kind, firstLayer);
        add(rows, m, matrix('scalars'), joined + 2 * from * row, { out: true });
        add(3 * rows, M, matrix('vectors'), vectors + 3 * from * row);
        add(3 * rows, M, matrix('projections'), projected + 6 * from * row);
      }
    },
    pull(chunk, projectedAdjoint) {
      for (const { kind, from, to } of rowsOfKinds(chunk)) {
        const [rows, m, M] = [to - from, moments + from * momentRow, vectorMoments + 3 * from * momentRow];
        const matrix = (name: keyof KindMatrices) => ofKind(matrices[name], kind, firstLayer);
        product(rows, x + from * row, matrix('scalarsBack'), m);
        add(rows, joined + 2 * from * row, matrix('scalarsBack'), m, { from: true });
        product(3 * rows, v + 3 * from * row, matrix('vectorsBack'), M);
        add(3 * rows, projectedAdjoint + 6 * from * row, matrix('projectionsBack'), M);
        for (let atom = from; atom < Math.min(to, chunk.atoms); atom++) {
          const [start, end] = edges.of(chunk.first + atom);
          const [g, G] = [moments + atom * momentRow, vectorMoments + 3 * atom * momentRow];
          const gradient = edges.gradientOf(start);
          kernels.pullMoments(start, end, kind, packets, functions, intervalsPerLength, g, G, gradient);
        }
      }
    },
  };
}

/** Finds out which kinds of neighbours the atoms of a chunk have, in the order of their numbers, so that sums are in the same order everywhere. */
function openKindRows(
  { kinds, network }: FusedTask,
  memory: WebAssembly.Memory,
  edges: EdgePlaces,
): (chunk: Chunk) => readonly KindRows[] {
  if (kinds.length === 1) return ({ rows }) => [{ kind: kinds[0], from: 0, to: rows }];
  const records = new Int32Array(memory.buffer, 0);
  const first = new Int32Array(network.elementCount);
  const last = new Int32Array(network.elementCount);
  return (chunk) => {
    first.fill(-1);
    for (let atom = 0; atom < chunk.atoms; atom++) {
      const [start, end] = edges.of(chunk.first + atom);
      for (let edge = start; edge < end; edge += edgeBytes) {
        const kind = records[edge / 4 + kindPlace];
        if (first[kind] < 0) first[kind] = atom;
        last[kind] = atom;
      }
    }
    const present = kinds.filter((kind) => first[kind] >= 0);
    return present.map((kind) => ({ kind, from: first[kind] & ~3, to: (last[kind] | 3) + 1 }));
  };
}

/** Which word of a record of an edge is the kind of its sender. */
const kindPlace = 7;
