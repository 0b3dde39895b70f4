import { createListPool } from '../neighbors/list-pool.js';
import type { TensorData } from '../runtime/session.js';
import type { AtomicSystem } from '../structure/structure.js';
import { type AtomicGraph, atomicGraph, joinGraphs } from './atomic-graph.js';
import { repulsionOf } from './close-pairs.js';
import { addEdgeForces, addStrainDerivatives } from './edge-gradient.js';
import type { Evaluation, Evaluator } from './evaluator.js';
import { kindOf } from './kinds.js';
import type { Model } from './model.js';
import type { RepulsionResult } from './repulsion.js';

/** What the network of a model says of systems together, normalised, their atoms one after another. */
export interface SystemsEvaluation {
  /** [N]. */
  readonly energies: ArrayLike<number>;
  /** [N x 3]: derivatives of the energies, or of a head of their own. */
  readonly forces: ArrayLike<number>;
  /** Derivatives of the energy of each system by strain, [G x 6], in Voigt order, where forces are derivatives. */
  readonly strainDerivatives?: ArrayLike<number>;
  /** Parts of a stress that each atom says, [N x 6], where a head says them; see `stressOfParts`. */
  readonly stressParts?: ArrayLike<number>;
  /** Last features of the atoms, [N x K], where they were asked for. */
  readonly features?: TensorData['data'];
  /** What the model adds to each system beside its network, in eV and A. */
  readonly repulsions: readonly (RepulsionResult | undefined)[];
}

/** One head of a model, ready for systems. */
export interface SystemsEvaluator extends AsyncDisposable {
  /** What the user should be told, such as that a device is not there. */
  readonly notices: readonly string[];
  /**
   * Evaluates systems together; they are read until the result is there; calls may overlap.
   *
   * @throws {LammError} `structure` for two atoms in one place; `engine` when the engine fails.
   */
  evaluate(systems: readonly AtomicSystem[]): Promise<SystemsEvaluation>;
}

/** Evaluates systems by lists of their edges, made anew or filtered at each evaluation; takes the evaluator over. */
export function createListEvaluator(
  { config }: Pick<Model, 'config'>,
  evaluator: Evaluator,
  { skin }: { readonly skin: number },
): SystemsEvaluator {
  const pool = createListPool({ cutoff: config.cutoff, skin });
  return {
    notices: evaluator.notices,
    async evaluate(systems) {
      const verlets = pool.take(systems);
      try {
        const lists = systems.map((system, place) => verlets[place].update(system));
        const repulsions = systems.map(({ numbers }, place) => repulsionOf(numbers, lists[place], config));
        const graphs = systems.map(({ numbers }, place) =>
          atomicGraph(numbers, kindOf(config).edges(lists[place], config)),
        );
        const graph = joinGraphs(graphs);
        return { ...evaluationOf(await evaluator.evaluate(graph), graph), repulsions };
      } finally {
        pool.giveBack(systems, verlets);
      }
    },
    [Symbol.asyncDispose]: () => evaluator[Symbol.asyncDispose](),
  };
}

function evaluationOf(evaluation: Evaluation, graph: AtomicGraph): Omit<SystemsEvaluation, 'repulsions'> {
  if ('forces' in evaluation) return evaluation;
  const { energies, edgeGradient, features } = evaluation;
  const forces = new Float64Array(3 * graph.atomCount);
  addEdgeForces(forces, graph, edgeGradient);
  const strainDerivatives = new Float64Array(6 * graph.structureCount);
  addStrainDerivatives(strainDerivatives, graph, edgeGradient);
  return { energies, forces, strainDerivatives, features };
}
