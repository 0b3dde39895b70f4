import { type NeighborList, neighborList } from '../../neighbors/neighbor-list.js';
import {
  createVerletReference,
  deformationFrom,
  referenceHolds,
  type VerletReference,
} from '../../neighbors/verlet-reference.js';
import type { TensorData } from '../../runtime/session.js';
import { multiplyRows } from '../../structure/cell.js';
import type { AtomicSystem } from '../../structure/structure.js';
import { atomicGraph, joinGraphs } from '../atomic-graph.js';
import { type CloseEdges, closeRange } from '../close-pairs.js';
import { blockEdges } from '../edge-blocks.js';
import { kindOf, type ModelConfig } from '../kinds.js';

/** How far lists reach: the edges that a model takes, and how much longer ones a list may hold; `skin` in A. */
export interface ListRange {
  readonly config: ModelConfig;
  readonly skin: number;
}

/** A system as it was when its edges were listed. */
export interface ListedSystem {
  readonly numbers: Uint8Array;
  /** What the list follows from; undefined for a system that has no reference, whose list is for once. */
  readonly reference: AtomicSystem['reference'];
  readonly place: VerletReference;
  /** Edges that are, or may become, shorter than `closeRange`. */
  readonly close: Pick<NeighborList, 'edgeCount' | 'senders' | 'receivers' | 'shifts'>;
}

/** Systems with their edges listed together. */
export interface ListedSystems {
  readonly systems: readonly ListedSystem[];
  readonly atomCount: number;
  /** All that the graph of `movingGraph` reads and that stays as it is while the lists hold. */
  readonly feeds: Readonly<Record<string, TensorData>>;
}

/** Lists the edges of systems: to the cutoff and the skin at their references, or to the cutoff where they are. */
export function listSystems(systems: readonly AtomicSystem[], range: ListRange): ListedSystems {
  const { config } = range;
  const listed = systems.map((system) => listSystem(system, range));
  const graph = joinGraphs(listed.map(({ system, list }) => atomicGraph(system.numbers, list)));
  const blocks = blockEdges(graph, Float32Array, kindOf(config).blockSize);
  const { blockCount, blockReceivers, senders, edgeVectors, presence } = blocks;
  const feeds = {
    species: { data: graph.numbers.map((number) => number - 1), shape: [graph.atomCount] },
    blockReceivers: { data: blockReceivers, shape: [blockCount] },
    blockStructures: { data: blockReceivers.map((atom) => graph.structureOf[atom]), shape: [blockCount] },
    senders: { data: senders, shape: [senders.length] },
    listedVectors: { data: edgeVectors, shape: [senders.length, 3] },
    presence: { data: presence, shape: [senders.length, 1] },
    deformations: identities(systems.length),
  };
  return { systems: listed.map(({ system }) => system), atomCount: graph.atomCount, feeds };
}

function listSystem(
  system: AtomicSystem,
  { config, skin }: ListRange,
): { readonly system: ListedSystem; readonly list: NeighborList } {
  const { numbers, pbc } = system;
  const reference = followedReference(system, { config, skin });
  const { positions, cell } = reference ?? system;
  const margin = reference === undefined ? 0 : skin;
  const list = neighborList({ numbers, positions, cell, pbc }, config.cutoff + margin);
  const place = createVerletReference({ positions, cell, pbc });
  const close = shorterThan(list, closeRange(numbers, config) + margin);
  return { system: { numbers, reference, place, close }, list };
}

/** The reference of a system, if it has one and is near enough to it. */
function followedReference(system: AtomicSystem, { config: { cutoff }, skin }: ListRange): AtomicSystem['reference'] {
  const { reference, pbc } = system;
  if (reference === undefined) return undefined;
  return referenceHolds(createVerletReference({ ...reference, pbc }), system, { cutoff, skin }) ? reference : undefined;
}

function shorterThan(list: NeighborList, length: number): ListedSystem['close'] {
  const edges = Int32Array.from(list.distances.keys()).filter((edge) => list.distances[edge] < length);
  return {
    edgeCount: edges.length,
    senders: edges.map((edge) => list.senders[edge]),
    receivers: edges.map((edge) => list.receivers[edge]),
    shifts: Int32Array.from(
      { length: 3 * edges.length },
      (_, at) => list.shifts[3 * edges[Math.floor(at / 3)] + (at % 3)],
    ),
  };
}

/** Whether lists that were made for other calls serve these systems, too. */
export function listsHold(listed: ListedSystems, systems: readonly AtomicSystem[], range: ListRange): boolean {
  if (listed.systems.length !== systems.length) return false;
  const { config, skin } = range;
  return listed.systems.every(({ numbers, reference, place }, index) => {
    const system = systems[index];
    const isSame = reference !== undefined && system.reference === reference && system.numbers === numbers;
    return isSame && referenceHolds(place, system, { cutoff: config.cutoff, skin });
  });
}

/** What the graph reads anew at each step: where atoms are, and cells, if any has changed. */
export function stepFeeds(
  { systems: listed, atomCount }: ListedSystems,
  systems: readonly AtomicSystem[],
): Record<string, TensorData> {
  const displacements = new Float32Array(3 * atomCount);
  const { data, shape } = identities(systems.length);
  let [start, isDeformed] = [0, false];
  for (const [index, { place }] of listed.entries()) {
    const system = systems[index];
    const deformation = deformationFrom(place, system);
    const isChanged = deformation.some((component, at) => component !== data[9 * index + at]);
    const carried = isChanged ? multiplyRows(place.positions, deformation) : place.positions;
    system.positions.forEach((position, at) => {
      displacements[start + at] = position - carried[at];
    });
    data.set(deformation, 9 * index);
    start += system.positions.length;
    isDeformed ||= isChanged;
  }
  const moves = { data: displacements, shape: [atomCount, 3] };
  return { displacements: moves, ...(isDeformed && { deformations: { data, shape } }) };
}

/** The edges of a listed system that may be close, where its atoms are now. */
export function closeEdgesOf(
  { close: { edgeCount, senders, receivers, shifts } }: ListedSystem,
  { positions, cell }: AtomicSystem,
): CloseEdges {
  const edgeVectors = multiplyRows(shifts, cell);
  const distances = new Float64Array(edgeCount);
  for (let edge = 0; edge < edgeCount; edge++) {
    for (let axis = 0; axis < 3; axis++) {
      edgeVectors[3 * edge + axis] += positions[3 * senders[edge] + axis] - positions[3 * receivers[edge] + axis];
    }
    distances[edge] = Math.hypot(edgeVectors[3 * edge], edgeVectors[3 * edge + 1], edgeVectors[3 * edge + 2]);
  }
  return { edgeCount, senders, receivers, edgeVectors, distances };
}

/** Deformations of cells that did not change, [G x 9]. */
function identities(count: number): { readonly data: Float32Array; readonly shape: readonly number[] } {
  return { data: Float32Array.from({ length: 9 * count }, (_, at) => ((at % 9) % 4 === 0 ? 1 : 0)), shape: [count, 9] };
}
