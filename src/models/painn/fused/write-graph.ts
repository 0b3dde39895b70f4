import { type AtomicGraph, writeEdgeStart } from '../../atomic-graph.js';
import { edgeBytes } from './graph-memory.js';
import type { FusedTask } from './task.js';

/** Writes atoms and edges of a graph into memory as kernels read them, and zeros in place of its gradients. */
export function writeGraph(inputs: AtomicGraph, { network, graph }: FusedTask, { buffer }: WebAssembly.Memory): void {
  const { atomCount, edgeCount, numbers } = inputs;
  const kinds = new Int32Array(buffer, graph.kinds, atomCount);
  for (let atom = 0; atom < atomCount; atom++) kinds[atom] = numbers[atom] - 1;
  writeEdgeStart(inputs, new Int32Array(buffer, graph.edgeStart, atomCount + 1));
  const integers = new Int32Array(buffer, graph.edges, (edgeBytes / 4) * edgeCount);
  const reals = new Float32Array(buffer, graph.edges, (edgeBytes / 4) * edgeCount);
  writeEdges(inputs, { integers, reals, ...network });
  if (network.forces === undefined) new Float32Array(buffer, graph.gradients, 3 * edgeCount).fill(0);
}

/** Records as `src/kernels/edges.ts` reads them; beyond the cutoff stands an interval of zeros. */
function writeEdges(
  { edgeCount, numbers, senders, edgeVectors }: AtomicGraph,
  records: { integers: Int32Array; reals: Float32Array; intervals: number; intervalsPerLength: number },
): void {
  const { integers, reals, intervals, intervalsPerLength } = records;
  for (let edge = 0; edge < edgeCount; edge++) {
    const x = edgeVectors[3 * edge];
    const y = edgeVectors[3 * edge + 1];
    const z = edgeVectors[3 * edge + 2];
    const inverse = 1 / Math.sqrt(x * x + y * y + z * z);
    const place = intervalsPerLength / inverse;
    const interval = Math.min(Math.floor(place), intervals);
    const record = (edgeBytes / 4) * edge;
    integers[record] = senders[edge];
    integers[record + 1] = interval;
    reals[record + 2] = place - interval;
    reals[record + 3] = x * inverse;
    reals[record + 4] = y * inverse;
    reals[record + 5] = z * inverse;
    reals[record + 6] = inverse;
    integers[record + 7] = numbers[senders[edge]] - 1;
  }
}
