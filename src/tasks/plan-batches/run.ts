import { type CostModel, sampleCosts } from '../../../pretrain/balance/cost.js';
import { compareStrategies, type StrategyReport } from '../../../pretrain/balance/measure-plan.js';
import { writeFileAtomic } from '../../io/bytes/atomic-file.js';
import { histogramSvg } from '../../report/histogram.js';
import { checkSettings } from '../../settings/check-settings.js';
import { assertFree } from '../structures/output-path.js';
import { type PlanBatchesTaskSettings, planBatchesTask } from './schema.js';
import { type PricedSizes, readSizes } from './sizes.js';

/** How each way of making batches would use the ranks. */
export interface PlanBatchesOutcome {
  readonly sizes: PricedSizes;
  readonly strategies: readonly StrategyReport[];
  readonly ranks: number;
  /** Samples of a rank in one step. */
  readonly batch: number;
}

/**
 * Plans an epoch with every strategy, before any training; a histogram of the loads goes to `svg`, if that is given.
 *
 * @throws {LammError} for settings that do not fit, a file that is taken, and sizes that cannot be read.
 */
export async function runPlanBatchesTask(given: PlanBatchesTaskSettings): Promise<PlanBatchesOutcome> {
  const { ranks, batch, subsets, limit, svg, force, ...source } = checkSettings(planBatchesTask, given);
  if (svg !== undefined) assertFree(svg, force, '`svg`');
  const sizes = await readSizes(source);
  const costs = sampleCosts(sizes, sizes.cost);
  const plan = { ...sizes, atomCounts: sizes.atoms, costs, ranks, batchSize: batch, subsets, limit };
  const strategies = compareStrategies(plan);
  if (svg !== undefined) await writeHistogram(svg, strategies, sizes.cost);
  return { sizes, strategies, ranks, batch };
}

async function writeHistogram(path: string, strategies: readonly StrategyReport[], cost: CostModel): Promise<void> {
  const panels = strategies.map(({ strategy, efficiency, loads }) => ({
    title: `${strategy}: efficiency ${formatShare(efficiency)}`,
    values: loads,
  }));
  const unit = typeof cost === 'string' ? cost : 'microseconds';
  await writeFileAtomic(path, histogramSvg(panels, { label: `load of a rank in one step (${unit})` }));
}

/** A share in percent. */
export function formatShare(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
