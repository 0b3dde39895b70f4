import { edgeBytes } from './graph-memory.js';
import type { FusedTask } from './task.js';

/** Where the edges of atoms are. */
export interface EdgePlaces {
  /** Addresses of the first edge of an atom and of that after its last one. */
  of(atom: number): [start: number, end: number];
  /** Address of the derivative by an edge. */
  gradientOf(edge: number): number;
}

export function openEdgePlaces({ graph, atomCount }: FusedTask, memory: WebAssembly.Memory): EdgePlaces {
  const edgeStart = new Int32Array(memory.buffer, graph.edgeStart, atomCount + 1);
  return {
    of: (atom) => [graph.edges + edgeBytes * edgeStart[atom], graph.edges + edgeBytes * edgeStart[atom + 1]],
    gradientOf: (edge) => graph.gradients + ((edge - graph.edges) / edgeBytes) * 12,
  };
}
