import { type BalanceOptions, planBatches, type Strategy, strategies } from './balancer.js';
import { type BatchPlan, batchOf } from './batch-plan.js';

export interface PlanRequest extends Omit<BalanceOptions, 'strategy'> {
  /** Indices of samples in the order of the epoch, [n]. */
  readonly order: Uint32Array;
  /** Number of atoms of each sample, [N]. */
  readonly atomCounts: Uint32Array;
  /** Cost of each sample, [N]. */
  readonly costs: Uint32Array;
}

/** Load balance and memory peak of a plan. */
export interface PlanFigures {
  /** Share of the time that ranks do not wait for the slowest: mean over max of their costs, all steps together. */
  readonly efficiency: number;
  /** Most atoms that a rank ever has at once. */
  readonly peakAtoms: number;
  /** Atoms that a rank has in a step, on average. */
  readonly meanAtoms: number;
  /** Number of steps; each has one batch a rank. */
  readonly batches: number;
  /** Cost of every rank in every step, [batches x ranks]. */
  readonly loads: Float64Array;
  /** Sum over steps of the largest cost. */
  readonly span: number;
}

/** What a strategy would make of an epoch. */
export interface StrategyReport extends Omit<PlanFigures, 'span'> {
  readonly strategy: Strategy;
  /** How many times faster an epoch is than with `none`. */
  readonly gain: number;
}

/** Plans the epoch with every strategy, `none` first, and measures the plans. */
export function compareStrategies({ order, atomCounts, costs, ...options }: PlanRequest): StrategyReport[] {
  let baseline = Number.NaN;
  return strategies.map((strategy) => {
    const { span, ...figures } = measurePlan(planBatches(order, costs, { ...options, strategy }), atomCounts, costs);
    if (strategy === 'none') baseline = span;
    return { strategy, ...figures, gain: baseline / span };
  });
}

export function measurePlan(plan: BatchPlan, atomCounts: Uint32Array, costs: Uint32Array): PlanFigures {
  const { ranks, stepCount } = plan;
  const loads = new Float64Array(stepCount * ranks);
  let [span, total, totalAtoms, peakAtoms] = [0, 0, 0, 0];
  for (let step = 0; step < stepCount; step++) {
    let largest = 0;
    for (let rank = 0; rank < ranks; rank++) {
      let [load, atoms] = [0, 0];
      for (const sample of batchOf(plan, step, rank)) {
        load += costs[sample];
        atoms += atomCounts[sample];
      }
      loads[step * ranks + rank] = load;
      largest = Math.max(largest, load);
      peakAtoms = Math.max(peakAtoms, atoms);
      total += load;
      totalAtoms += atoms;
    }
    span += largest;
  }
  const meanAtoms = totalAtoms / Math.max(1, loads.length);
  return { efficiency: total / (ranks * span), peakAtoms, meanAtoms, batches: stepCount, loads, span };
}
