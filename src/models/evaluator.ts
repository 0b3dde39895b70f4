import type { TensorData } from '../runtime/session.js';
import type { AtomicGraph } from './atomic-graph.js';

/**
 * What a conservative model says of a graph, normalised: the energies, and how their sum changes with each edge vector.
 */
export interface EdgeEvaluation {
  /** Energy of each atom, [N]. */
  readonly energies: ArrayLike<number>;
  /** Derivative of the sum of all energies by each edge vector, [E x 3], in the order of the edges of the graph. */
  readonly edgeGradient: ArrayLike<number>;
  /** Last features of each atom, [N x K], where they were asked for: the energies are linear in them. */
  readonly features?: TensorData['data'];
}

/** What a model with forces of their own says of a graph, normalised. */
export interface DirectEvaluation {
  /** Energy of each atom, [N]. */
  readonly energies: ArrayLike<number>;
  /** [N x 3]. */
  readonly forces: ArrayLike<number>;
  /** Parts of a stress that each atom says, [N x 6], where a head says them; see `stressOfParts`. */
  readonly stressParts?: ArrayLike<number>;
  /** Last features of the atoms, [N x width], where they were asked for. */
  readonly features?: TensorData['data'];
}

export type Evaluation = EdgeEvaluation | DirectEvaluation;

/** One head of a model, ready for graphs, however it is computed. */
export interface Evaluator extends AsyncDisposable {
  /** What the user should be told, such as that a device is not there. */
  readonly notices: readonly string[];
  /**
   * Evaluates all structures of a graph together.  The graph is read until the result is there; calls may overlap.
   *
   * @throws {LammError} `engine` when the engine fails.
   */
  evaluate(graph: AtomicGraph): Promise<Evaluation>;
}
