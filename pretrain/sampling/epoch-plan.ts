import { planBatches } from '../balance/balancer.js';
import { type BatchPlan, batchOf } from '../balance/batch-plan.js';
import { type GraphSizes, sampleCosts } from '../balance/cost.js';
import { type BatchBudget, fillInOrder } from '../balance/in-order.js';
import { measurePlan, type PlanFigures } from '../balance/measure-plan.js';
import type { TrainingOptions } from '../config/pretrain-config.js';
import { epochLength, epochOrder, type Mixture } from './epoch-order.js';

/** What epochs are made of, and how. */
export interface EpochSource {
  readonly options: Pick<TrainingOptions, 'seed' | 'batch' | 'balance' | 'accumulate'>;
  /** Size of each sample. */
  readonly sizes: GraphSizes;
  /** Absent where there are no subsets. */
  readonly mixture?: Mixture;
  /** Number of ranks. */
  readonly ranks: number;
}

/** Steps of an epoch that were planned together. */
export interface EpochPart {
  /** Batches that a step had, those of all ranks. */
  readonly batchesPerStep: number;
  /** Steps that were done. */
  readonly steps: number;
}

/** What is left of an epoch. */
export interface RestOfEpoch {
  readonly plan: BatchPlan;
  /** Steps of the plan that are done. */
  readonly position: number;
}

/** Plans the epochs of a training; the same for the same seed. */
export interface EpochPlanner {
  /** Batches of each step: every rank has as many as it accumulates. */
  readonly batchesPerStep: number;
  /**
   * The plan of an epoch of which `parts` are done.  As long as the number of batches a step stays the same it is one
   * plan; where it changed, because there are more or fewer ranks, the samples that were not trained on yet are planned
   * anew.
   */
  rest(epoch: number, parts: readonly EpochPart[]): RestOfEpoch;
  /** Number of steps of a whole epoch. */
  countSteps(epoch: number): number;
}

export function createEpochPlanner({ options, sizes, mixture, ranks }: EpochSource): EpochPlanner {
  const { seed, batch, balance, accumulate } = options;
  const batchesPerStep = ranks * accumulate;
  const cut = createCutter(options, sizes);

  function rest(epoch: number, parts: readonly EpochPart[]): RestOfEpoch {
    const last = parts.at(-1);
    const goesOn = last?.batchesPerStep === batchesPerStep;
    let order = epochOrder(sizes.atoms.length, { seed, epoch, mixture });
    for (const { batchesPerStep: width, steps } of goesOn ? parts.slice(0, -1) : parts) {
      order = withoutDone(order, cut(order, width), steps);
    }
    return { plan: cut(order, batchesPerStep), position: goesOn ? last.steps : 0 };
  }

  function countSteps(epoch: number): number {
    if (batch.structures === undefined || hasSizeLimit(batch) || balance.strategy === 'budget') {
      return rest(epoch, []).plan.stepCount;
    }
    return Math.ceil(epochLength(sizes.atoms.length, mixture) / (batchesPerStep * batch.structures));
  }

  return { batchesPerStep, rest, countSteps };
}

/** The batches of one rank in a step: as many as it accumulates. */
export function batchesOf(
  plan: BatchPlan,
  step: number,
  { rank, size }: { readonly rank: number; readonly size: number },
): Uint32Array[] {
  return Array.from({ length: plan.ranks / size }, (_, index) => batchOf(plan, step, index * size + rank));
}

/** Load balance and memory peak of what is left of the present epoch. */
export function describePlan(
  source: EpochSource,
  { epoch, parts }: { readonly epoch: number; readonly parts: readonly EpochPart[] },
): PlanFigures {
  const { plan } = createEpochPlanner(source).rest(epoch, parts);
  return measurePlan(plan, source.sizes.atoms, costsOf(source.options, source.sizes));
}

/** Counts one more step of an epoch. */
export function addStep(parts: readonly EpochPart[], batchesPerStep: number): readonly EpochPart[] {
  const last = parts.at(-1);
  if (last?.batchesPerStep !== batchesPerStep) return [...parts, { batchesPerStep, steps: 1 }];
  return parts.with(-1, { batchesPerStep, steps: last.steps + 1 });
}

type Cutter = (order: Uint32Array, batchesPerStep: number) => BatchPlan;

/**
 * Limits by atoms or edges fill batches in order, unless a strategy says otherwise; without them, batches have so many
 * structures.
 */
function createCutter({ batch, balance }: EpochSource['options'], sizes: GraphSizes): Cutter {
  const { strategy, subsets } = balance;
  if (strategy === 'none' && hasSizeLimit(batch)) {
    return (order, ranks) => fillInOrder(order, sizes, { budget: batch, ranks });
  }
  const { atoms, edges, structures: batchSize = 1 } = batch;
  const costs = costsOf({ batch, balance }, sizes);
  return (order, ranks) => planBatches(order, costs, { strategy, ranks, batchSize, subsets, limit: edges ?? atoms });
}

/** What the load of a rank is counted in, [N]. */
function costsOf(
  { batch, balance }: Pick<EpochSource['options'], 'batch' | 'balance'>,
  sizes: GraphSizes,
): Uint32Array {
  const cost = batch.edges !== undefined ? 'edges' : (balance.cost ?? 'atoms');
  return sampleCosts(sizes, cost);
}

function hasSizeLimit({ atoms, edges }: BatchBudget): boolean {
  return atoms !== undefined || edges !== undefined;
}

/** The entries of `order` that the first `steps` of its plan leave; of repeats, the first ones count as done. */
function withoutDone(order: Uint32Array, { ranks, samples, offsets }: BatchPlan, steps: number): Uint32Array {
  const done = new Map<number, number>();
  for (const sample of samples.subarray(0, offsets[steps * ranks])) done.set(sample, (done.get(sample) ?? 0) + 1);
  return order.filter((sample) => {
    const count = done.get(sample) ?? 0;
    if (count > 0) done.set(sample, count - 1);
    return count === 0;
  });
}
