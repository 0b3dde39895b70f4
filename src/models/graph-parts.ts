import { LammError } from '../errors.js';
import { type AtomicGraph, writeEdgeStart } from './atomic-graph.js';
import type { Evaluation } from './evaluator.js';

/** Some atoms of a graph, with all that their energies depend on. */
export interface GraphPart {
  /** Its own atoms come first, then those around them. */
  readonly graph: AtomicGraph;
  readonly ownCount: number;
  /** Which atoms of the whole graph these are, [n], and which edges, [e]. */
  readonly atoms: Int32Array;
  readonly edges: Int32Array;
}

export interface DivisionOptions {
  /** How many edges away an atom still changes an energy: layers that pass messages. */
  readonly reach: number;
  /** Whether a graph of this size can be calculated at once. */
  fits(size: { readonly atomCount: number; readonly edgeCount: number }): boolean;
}

/** What is calculated of a part. */
export type PartEvaluation = Evaluation & { readonly features?: Float32Array };

/**
 * Calculates a graph part by part: `evaluate` gives the energies of all atoms of a part, and either the derivatives of
 * the sum of those of its first `ownCount` atoms or forces of their own.
 */
export function evaluateInParts(
  graph: AtomicGraph,
  division: DivisionOptions,
  evaluate: (graph: AtomicGraph, ownCount: number) => PartEvaluation,
): PartEvaluation {
  const { atomCount, edgeCount } = graph;
  const energies = new Float64Array(atomCount);
  let forces: Float32Array | undefined;
  let edgeGradient: Float32Array | undefined;
  let features: Float32Array | undefined;
  for (const part of divideGraph(graph, division)) {
    const found = evaluate(part.graph, part.ownCount);
    addRows(energies, found.energies, part);
    if ('forces' in found) {
      forces ??= new Float32Array(3 * atomCount);
      addRows(forces, found.forces, part);
    } else {
      edgeGradient ??= new Float32Array(3 * edgeCount);
      addEdges(edgeGradient, found.edgeGradient, part);
    }
    if (found.features === undefined) continue;
    features ??= new Float32Array((found.features.length / part.atoms.length) * atomCount);
    addRows(features, found.features, part);
  }
  const ofAtoms = { energies, ...(features && { features }) };
  if (forces !== undefined) return { ...ofAtoms, forces };
  return { ...ofAtoms, edgeGradient: edgeGradient ?? new Float32Array(3 * edgeCount) };
}

/** Adds the rows of the edges of a part, [e x 3], where the whole graph has them. */
function addEdges(target: Float32Array, rows: ArrayLike<number>, { edges }: GraphPart): void {
  for (let local = 0; local < edges.length; local++) {
    for (let axis = 0; axis < 3; axis++) target[3 * edges[local] + axis] += rows[3 * local + axis];
  }
}

/** Adds the rows of the own atoms of a part where these atoms have theirs. */
function addRows(target: Float64Array | Float32Array, rows: ArrayLike<number>, { atoms, ownCount }: GraphPart): void {
  const width = rows.length / atoms.length;
  for (let local = 0; local < ownCount; local++) {
    for (let column = 0; column < width; column++)
      target[width * atoms[local] + column] += rows[width * local + column];
  }
}

/**
 * Divides a graph into parts that can be calculated one after another: every atom belongs to exactly one, each part
 * also has the atoms within reach and all edges among its atoms, so that the energies of its own atoms, and their
 * derivatives, are those of the whole graph.
 *
 * Parts are cuboids, halved along their longest side until they fit; places of atoms follow from edge vectors.  With
 * every edge the opposite one must be there.
 *
 * @throws {LammError} `engine` when one atom with its surroundings is too large.
 */
export function* divideGraph(graph: AtomicGraph, { reach, fits }: DivisionOptions): Generator<GraphPart> {
  const edgeStart = writeEdgeStart(graph);
  const places = placesOf(graph, edgeStart);
  const localOf = new Int32Array(graph.atomCount).fill(-1);
  const waiting: Int32Array[] = [Int32Array.from({ length: graph.atomCount }, (_, atom) => atom)];
  for (let own = waiting.pop(); own !== undefined; own = waiting.pop()) {
    const atoms = fits({ atomCount: own.length, edgeCount: 0 }) ? surrounded(own) : undefined;
    if (atoms !== undefined) yield partOf(own.length, atoms);
    else if (own.length > 1) waiting.push(...halves(own, places).reverse());
    else throw new LammError('engine', 'an atom and those within its reach are too many to calculate at once');
  }

  /** These atoms and those within reach, marked in `localOf` by their place in the part; undefined for too many. */
  function surrounded(own: Int32Array): Int32Array | undefined {
    const atoms = [...own];
    own.forEach((atom, index) => {
      localOf[atom] = index;
    });
    for (let [hop, from] = [0, 0]; hop < reach; hop++) {
      const end = atoms.length;
      for (; from < end; from++) {
        for (let edge = edgeStart[atoms[from]]; edge < edgeStart[atoms[from] + 1]; edge++) {
          const sender = graph.senders[edge];
          if (localOf[sender] < 0) localOf[sender] = atoms.push(sender) - 1;
        }
      }
    }
    const all = Int32Array.from(atoms);
    if (fits({ atomCount: all.length, edgeCount: countEdges(all) })) return all;
    for (const atom of all) localOf[atom] = -1;
    return undefined;
  }

  function countEdges(atoms: Int32Array): number {
    let count = 0;
    for (const atom of atoms) {
      for (let edge = edgeStart[atom]; edge < edgeStart[atom + 1]; edge++)
        count += +(localOf[graph.senders[edge]] >= 0);
    }
    return count;
  }

  function partOf(ownCount: number, atoms: Int32Array): GraphPart {
    const edges = new Int32Array(countEdges(atoms));
    let edgeCount = 0;
    for (const atom of atoms) {
      for (let edge = edgeStart[atom]; edge < edgeStart[atom + 1]; edge++) {
        if (localOf[graph.senders[edge]] >= 0) edges[edgeCount++] = edge;
      }
    }
    const part = { graph: subgraph(graph, { atoms, edges, localOf }), ownCount, atoms, edges };
    for (const atom of atoms) localOf[atom] = -1;
    return part;
  }
}

/** Places of the atoms in A, [N x 3], each from that of a neighbour; atoms without a way to each other overlap. */
function placesOf({ atomCount, senders, edgeVectors }: AtomicGraph, edgeStart: Int32Array): Float64Array {
  const places = new Float64Array(3 * atomCount);
  const isPlaced = new Uint8Array(atomCount);
  const queue = new Int32Array(atomCount);
  let [next, end] = [0, 0];
  for (let seed = 0; seed < atomCount; seed++) {
    if (isPlaced[seed]) continue;
    isPlaced[seed] = 1;
    queue[end++] = seed;
    for (; next < end; next++) {
      const atom = queue[next];
      for (let edge = edgeStart[atom]; edge < edgeStart[atom + 1]; edge++) {
        const sender = senders[edge];
        if (isPlaced[sender]) continue;
        isPlaced[sender] = 1;
        queue[end++] = sender;
        for (let axis = 0; axis < 3; axis++) {
          places[3 * sender + axis] = places[3 * atom + axis] + edgeVectors[3 * edge + axis];
        }
      }
    }
  }
  return places;
}

/** The atoms below and above the middle of their longest side. */
function halves(atoms: Int32Array, places: Float64Array): [Int32Array, Int32Array] {
  const sides = [0, 1, 2].map((axis) => {
    let [least, most] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    for (const atom of atoms) {
      least = Math.min(least, places[3 * atom + axis]);
      most = Math.max(most, places[3 * atom + axis]);
    }
    return most - least;
  });
  const axis = sides.indexOf(Math.max(...sides));
  const sorted = atoms.toSorted((a, b) => places[3 * a + axis] - places[3 * b + axis] || a - b);
  const middle = Math.floor(atoms.length / 2);
  return [sorted.slice(0, middle).sort(), sorted.slice(middle).sort()];
}

interface Selection {
  readonly atoms: Int32Array;
  readonly edges: Int32Array;
  /** Place of an atom among them, [N]. */
  readonly localOf: Int32Array;
}

function subgraph(graph: AtomicGraph, { atoms, edges, localOf }: Selection): AtomicGraph {
  const edgeVectors = new Float64Array(3 * edges.length);
  for (let edge = 0; edge < edges.length; edge++) {
    for (let axis = 0; axis < 3; axis++) edgeVectors[3 * edge + axis] = graph.edgeVectors[3 * edges[edge] + axis];
  }
  return {
    atomCount: atoms.length,
    edgeCount: edges.length,
    structureCount: 1,
    numbers: atoms.map((atom) => graph.numbers[atom]),
    senders: edges.map((edge) => localOf[graph.senders[edge]]),
    receivers: edges.map((edge) => localOf[graph.receivers[edge]]),
    edgeVectors,
    structureOf: new Int32Array(atoms.length),
  };
}
