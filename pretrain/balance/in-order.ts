import type { BatchPlan } from './batch-plan.js';
import type { GraphSizes } from './cost.js';

/** Upper limits of one batch; what is absent does not limit. */
export interface BatchBudget {
  readonly atoms?: number;
  readonly edges?: number;
  readonly structures?: number;
}

export interface InOrderOptions {
  readonly budget: BatchBudget;
  /** Batches of one step. */
  readonly ranks: number;
}

/**
 * Fills batches with samples as they come, opening a new one whenever the next sample would break the budget; a sample
 * that alone breaks it has a batch of its own.  Ranks take one batch after another; in the last step some may have
 * none.
 *
 * Shapes: `order` [n] holds indices of samples; `sizes`, [N] each.
 */
export function fillInOrder(order: Uint32Array, sizes: GraphSizes, { budget, ranks }: InOrderOptions): BatchPlan {
  const {
    atoms: maxAtoms = Number.POSITIVE_INFINITY,
    edges: maxEdges = Number.POSITIVE_INFINITY,
    structures: maxStructures = Number.POSITIVE_INFINITY,
  } = budget;
  const starts: number[] = [];
  let [atoms, edges] = [0, 0];
  for (const [place, sample] of order.entries()) {
    const [atomCount, edgeCount] = [sizes.atoms[sample], sizes.edges[sample]];
    const fits =
      place > 0 &&
      place - starts[starts.length - 1] < maxStructures &&
      atoms + atomCount <= maxAtoms &&
      edges + edgeCount <= maxEdges;
    if (!fits) {
      starts.push(place);
      [atoms, edges] = [0, 0];
    }
    atoms += atomCount;
    edges += edgeCount;
  }
  const stepCount = Math.ceil(starts.length / ranks);
  const offsets = new Uint32Array(stepCount * ranks + 1).fill(order.length);
  offsets.set(starts);
  return { ranks, stepCount, samples: order, offsets };
}
