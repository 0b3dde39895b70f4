import { availableParallelism } from 'node:os';
import { createTeam, type Team } from '../../../threads/team.js';
import type { AtomicGraph } from '../../atomic-graph.js';
import type { Evaluator } from '../../evaluator.js';
import { evaluateInParts, type PartEvaluation } from '../../graph-parts.js';
import type { FusedOptions, HeadSource } from '../../kind.js';
import type { PainnConfig } from '../config.js';
import { createArena, maxArenaBytes, measureArena } from './arena.js';
import type { FilterTable } from './filter-tables.js';
import { allocateGraph, allocateWorkspace, chunkAtoms, type GraphMemory } from './graph-memory.js';
import { compileKernels, openKernels } from './kernels.js';
import { writeNetwork } from './network-memory.js';
import { itemCount, openStages, stageCount } from './stages.js';
import type { FusedTask } from './task.js';
import { createThreadChoice, type ThreadChoice } from './thread-choice.js';
import { writeGraph } from './write-graph.js';

/** What a thread of the team starts with. */
export interface FusedRecipe {
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
}

/** An evaluator that reads filters from tables. */
export interface FusedEvaluator extends Evaluator {
  /** The tables of filters of each layer, with the bounds of their errors. */
  readonly tables: readonly FilterTable[];
}

export interface FusedEvaluatorOptions extends FusedOptions {
  /** Memory for the network and the graphs; larger graphs are calculated in parts. */
  readonly maxBytes?: number;
}

/** More of them gain little, and each has buffers of its own. */
const maxThreads = 16;

/** Smaller systems are done before other threads wake. */
const minSharedAtoms = 2 * chunkAtoms;

/**
 * Prepares a smooth PaiNN model for kernels of its own: no tensor of edges and channels is ever stored, radial filters
 * are read from tables. Energies and derivatives are those of the graph but for rounding and the errors of the tables.
 *
 * Results are the same to the last bit for any number of threads, so that without a number the evaluator may try what
 * is fastest at the moment.
 *
 * @throws {LammError} `engine` when the filters cannot be tabulated, or the kernels do not run here.
 */
export function createFusedEvaluator(
  source: HeadSource<PainnConfig>,
  { threads, features: isFeatured, maxBytes = maxArenaBytes }: FusedEvaluatorOptions = {},
): FusedEvaluator {
  const threadCount = threads || Math.min(availableParallelism(), maxThreads);
  const choice = threads ? undefined : createThreadChoice();
  const arena = createArena();
  const { memory } = arena;
  const { network, tables, writeKinds } = writeNetwork(source, arena);
  const module = compileKernels();
  const kernels = openKernels(module, memory);
  const workspaces = Array.from({ length: threadCount }, () => allocateWorkspace(network, arena));
  const graphsFrom = arena.allocate(0);
  let room: GraphMemory | undefined;
  let team: Team | undefined;
  let hasFailed = false;

  function roomFor(size: GraphSize): GraphMemory {
    if (room !== undefined && room.atomRoom >= size.atomCount && room.edgeRoom >= size.edgeCount) return room;
    arena.releaseFrom(graphsFrom);
    room = undefined; // and stays so when there is not enough
    room = allocateGraph(network, withSpareEdges(size), arena);
    return room;
  }

  function fits(size: GraphSize): boolean {
    return graphsFrom + measureArena((counting) => allocateGraph(network, withSpareEdges(size), counting)) <= maxBytes;
  }

  function runStages(task: FusedTask, isShared: boolean): void {
    const work = openStages(task, { kernels, memory, thread: 0 });
    const items = itemCount(task);
    if (isShared) {
      const recipe: FusedRecipe = { module, memory };
      team ??= createTeam(threadCount, new URL('./fused-worker.js', import.meta.url), recipe);
      team.share(task);
    }
    for (let stage = 0; stage < stageCount(network); stage++) {
      if (isShared && team !== undefined) team.run(stage, items, work);
      else for (let item = 0; item < items; item++) work(stage, item);
    }
  }

  /** Shares the work or not, whichever is faster; where threads cannot be had, one does it. */
  function runAsChosen(choice: ThreadChoice, task: FusedTask, graph: AtomicGraph): void {
    const isShared = choice.next();
    const start = performance.now();
    try {
      runStages(task, isShared);
    } catch (error) {
      if (!isShared) throw error;
      hasFailed = true;
      writeGraph(graph, task, memory);
      runStages(task, false);
    }
    choice.report(isShared, (performance.now() - start) / graph.edgeCount);
  }

  /** Energies of all atoms, derivatives of the sum of the first ones. */
  function evaluateAtOnce(graph: AtomicGraph, ownCount: number): PartEvaluation {
    const { atomCount, edgeCount } = graph;
    const kinds = kindsOf(graph);
    const task: FusedTask = { atomCount, ownCount, kinds, network, graph: roomFor(graph), workspaces };
    writeKinds(kinds);
    writeGraph(graph, task, memory);
    if (threadCount === 1 || hasFailed || atomCount < minSharedAtoms) runStages(task, false);
    else if (choice === undefined) runStages(task, true);
    else runAsChosen(choice, task, graph);
    const { buffer } = memory;
    const energies = new Float64Array(buffer, task.graph.energies, atomCount).slice();
    const ofAtoms = { energies, ...(isFeatured && { features: featuresOf(task, memory) }) };
    if (network.forces !== undefined) {
      return { ...ofAtoms, forces: new Float32Array(buffer, task.graph.forces, 3 * atomCount).slice() };
    }
    return { ...ofAtoms, edgeGradient: new Float32Array(buffer, task.graph.gradients, 3 * edgeCount).slice() };
  }

  return {
    notices: [],
    tables,
    async evaluate(graph) {
      if (fits(graph)) return evaluateAtOnce(graph, graph.atomCount);
      return evaluateInParts(graph, { reach: network.layers.length, fits }, evaluateAtOnce);
    },
    async [Symbol.asyncDispose]() {
      await team?.[Symbol.asyncDispose]();
    },
  };
}

type GraphSize = Pick<AtomicGraph, 'atomCount' | 'edgeCount'>;

/** Atomic numbers - 1, each once, in their order. */
function kindsOf({ numbers }: AtomicGraph): number[] {
  return [...new Set(numbers)].sort((a, b) => a - b).map((number) => number - 1);
}

/** The number of edges changes from step to step. */
function withSpareEdges({ atomCount, edgeCount }: GraphSize): GraphSize {
  return { atomCount, edgeCount: Math.ceil(1.05 * edgeCount) };
}

/** Last features of the atoms, [N x K], out of rows that may be padded. */
function featuresOf({ atomCount, network, graph }: FusedTask, { buffer }: WebAssembly.Memory): Float32Array {
  const { width, features } = network.readout;
  const rows = new Float32Array(buffer, graph.features, width * atomCount);
  if (features === width) return rows.slice();
  const bare = new Float32Array(features * atomCount);
  for (let atom = 0; atom < atomCount; atom++) {
    bare.set(rows.subarray(atom * width, atom * width + features), atom * features);
  }
  return bare;
}
