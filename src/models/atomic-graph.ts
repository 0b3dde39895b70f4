/** The atoms and edges of one structure or of many, as the models take them.  Edges are sorted by receiver. */
export interface AtomicGraph {
  readonly atomCount: number;
  readonly edgeCount: number;
  readonly structureCount: number;
  /** Atomic numbers, [N]. */
  readonly numbers: Int32Array;
  /** The atom that an edge comes from, [E]. */
  readonly senders: Int32Array;
  /** The atom that an edge goes to, [E]. */
  readonly receivers: Int32Array;
  /** From receiver to sender in A, [E x 3]. */
  readonly edgeVectors: Float32Array | Float64Array;
  /** Index of the structure that an atom belongs to, [N], never falling. */
  readonly structureOf: Int32Array;
}

/** Writes the first edge of each atom, and behind them the number of edges, [N + 1], into `edgeStart`; returns it. */
export function writeEdgeStart(
  { atomCount, edgeCount, receivers }: AtomicGraph,
  edgeStart: Int32Array = new Int32Array(atomCount + 1),
): Int32Array {
  edgeStart.fill(0);
  for (let edge = 0; edge < edgeCount; edge++) edgeStart[receivers[edge] + 1]++;
  for (let atom = 0; atom < atomCount; atom++) edgeStart[atom + 1] += edgeStart[atom];
  return edgeStart;
}

/** The graph of one structure.  Atomic numbers are copied to 32 bits, edges are taken as they are. */
export function atomicGraph(
  numbers: Uint8Array,
  {
    edgeCount,
    senders,
    receivers,
    edgeVectors,
  }: Pick<AtomicGraph, 'edgeCount' | 'senders' | 'receivers' | 'edgeVectors'>,
): AtomicGraph {
  return {
    atomCount: numbers.length,
    edgeCount,
    structureCount: 1,
    numbers: Int32Array.from(numbers),
    senders,
    receivers,
    edgeVectors,
    structureOf: new Int32Array(numbers.length),
  };
}

/**
 * One graph of several: their structures, atoms and edges one after another, so that edges stay sorted by receiver.
 * Edge vectors are in single precision if all are.  One graph alone is given back as it is.
 */
export function joinGraphs(parts: readonly AtomicGraph[]): AtomicGraph {
  if (parts.length === 1) return parts[0];
  const joined = emptyGraph(parts);
  let [structures, atoms, edges] = [0, 0, 0];
  for (const part of parts) {
    joined.numbers.set(part.numbers, atoms);
    for (let atom = 0; atom < part.atomCount; atom++)
      joined.structureOf[atoms + atom] = part.structureOf[atom] + structures;
    for (let edge = 0; edge < part.edgeCount; edge++) {
      joined.senders[edges + edge] = part.senders[edge] + atoms;
      joined.receivers[edges + edge] = part.receivers[edge] + atoms;
    }
    joined.edgeVectors.set(part.edgeVectors.subarray(0, 3 * part.edgeCount), 3 * edges);
    structures += part.structureCount;
    atoms += part.atomCount;
    edges += part.edgeCount;
  }
  return joined;
}

/** Room for the graphs together. */
function emptyGraph(parts: readonly AtomicGraph[]): AtomicGraph {
  const total = (count: (part: AtomicGraph) => number) => parts.reduce((sum, part) => sum + count(part), 0);
  const atomCount = total((part) => part.atomCount);
  const edgeCount = total((part) => part.edgeCount);
  const Real = parts.every(({ edgeVectors }) => edgeVectors instanceof Float32Array) ? Float32Array : Float64Array;
  return {
    atomCount,
    edgeCount,
    structureCount: total((part) => part.structureCount),
    numbers: new Int32Array(atomCount),
    senders: new Int32Array(edgeCount),
    receivers: new Int32Array(edgeCount),
    edgeVectors: new Real(3 * edgeCount),
    structureOf: new Int32Array(atomCount),
  };
}
