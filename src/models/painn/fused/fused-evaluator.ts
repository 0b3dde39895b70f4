import { createTeam, type Team } from '../../../threads/team.js';
import type { AtomicGraph } from '../../atomic-graph.js';
import type { EdgeEvaluation, Evaluator } from '../../evaluator.js';
import type { HeadSource } from '../../kind.js';
import type { PainnConfig } from '../config.js';
import { createArena } from './arena.js';
import type { FilterTable } from './filter-tables.js';
import { allocateGraph, allocateWorkspace, type GraphMemory } from './graph-memory.js';
import { openKernels } from './kernels.js';
import { writeNetwork } from './network-memory.js';
import { type FusedTask, itemCount, openStages, stageCount } from './stages.js';
import { writeGraph } from './write-graph.js';

/** What a thread of the team starts with. */
export interface FusedRecipe {
  readonly memory: WebAssembly.Memory;
}

/** An evaluator that reads filters from tables. */
export interface FusedEvaluator extends Evaluator {
  /** The tables of filters of each layer, with the bounds of their errors. */
  readonly tables: readonly FilterTable[];
  evaluate(graph: AtomicGraph): Promise<EdgeEvaluation>;
}

/**
 * Prepares a smooth conservative PaiNN model for kernels of its own: no tensor of edges and channels is ever stored, radial filters are read
 * from tables.  Energies and derivatives are those of the graph but for rounding and the errors of the tables; they are the same to the last
 * bit for any number of threads.
 *
 * @throws {LammError} `engine` when the filters cannot be tabulated, or the kernels do not run here.
 */
export function createFusedEvaluator(
  source: HeadSource<PainnConfig>,
  { threads = 1 }: { readonly threads?: number } = {},
): FusedEvaluator {
  const arena = createArena();
  const { memory } = arena;
  const { network, tables } = writeNetwork(source, arena);
  const kernels = openKernels(memory);
  const workspaces = Array.from({ length: threads }, () => allocateWorkspace(network, arena));
  const graphsFrom = arena.allocate(0);
  let graph: GraphMemory | undefined;
  let team: Team | undefined;

  function roomFor({ atomCount, edgeCount }: AtomicGraph): GraphMemory {
    if (graph !== undefined && graph.atomRoom >= atomCount && graph.edgeRoom >= edgeCount) return graph;
    arena.releaseFrom(graphsFrom);
    graph = undefined; // and stays so when there is no room
    graph = allocateGraph(network, { atomCount, edgeCount: Math.ceil(1.05 * edgeCount) }, arena);
    return graph;
  }

  function runStages(task: FusedTask): void {
    const work = openStages(task, { kernels, memory, thread: 0 });
    const items = itemCount(task);
    for (let stage = 0; stage < stageCount(network); stage++) {
      if (team === undefined) for (let item = 0; item < items; item++) work(stage, item);
      else team.run(stage, items, work);
    }
  }

  async function evaluate(inputs: AtomicGraph): Promise<EdgeEvaluation> {
    const { atomCount, edgeCount } = inputs;
    const task: FusedTask = { atomCount, network, graph: roomFor(inputs), workspaces };
    writeGraph(inputs, task, memory);
    if (threads > 1) {
      team ??= createTeam(threads, new URL('./fused-worker.js', import.meta.url), { memory } satisfies FusedRecipe);
      team.share(task);
    }
    runStages(task);
    return {
      energies: new Float64Array(memory.buffer, task.graph.energies, atomCount).slice(),
      edgeGradient: new Float32Array(memory.buffer, task.graph.gradients, 3 * edgeCount).slice(),
    };
  }

  return {
    notices: [],
    tables,
    evaluate,
    async [Symbol.asyncDispose]() {
      await team?.[Symbol.asyncDispose]();
    },
  };
}
