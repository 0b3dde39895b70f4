import type { Command } from 'commander';
import type { CostModel } from '../../../pretrain/balance/cost.js';
import { formatShare, type PlanBatchesOutcome, runPlanBatchesTask } from '../../tasks/plan-batches/run.js';
import { planBatchesTask } from '../../tasks/plan-batches/schema.js';
import { givenSettings } from '../input/setting-options.js';
import { fitTable } from '../output/fit-table.js';
import { print, printJson } from '../output/output.js';

/** Runs `lamm plan-batches`. */
export async function planBatches({ json }: { readonly json?: boolean }, command: Command): Promise<void> {
  const outcome = await runPlanBatchesTask(await givenSettings(command, planBatchesTask));
  const { sizes, strategies } = outcome;
  const { cost, subsets } = sizes;
  if (json) printJson({ cost, subsets, strategies: strategies.map(({ loads: _, ...report }) => report) });
  else print(formatPlan(outcome));
}

function formatPlan({ sizes, strategies, ranks, batch }: PlanBatchesOutcome): string {
  const { subsets, atoms, order, temperature, cost } = sizes;
  const shares = subsets.map(({ name, meanAtoms, samples, sampled }) => [
    name,
    meanAtoms.toFixed(1),
    samples.toLocaleString('en'),
    sampled.toLocaleString('en'),
  ]);
  const rows = strategies.map(({ strategy, efficiency, peakAtoms, meanAtoms, batches, gain }) => [
    strategy,
    formatShare(efficiency),
    String(peakAtoms),
    meanAtoms.toFixed(1),
    String(batches),
    `${gain.toFixed(2)} x`,
  ]);
  const mean = order.reduce((sum, sample) => sum + atoms[sample], 0) / order.length;
  return [
    fitTable([['subset', 'mean atoms', 'samples', `with T = ${temperature}`], ...shares], 1),
    `${order.length.toLocaleString('en')} samples to plan for ${ranks} ranks of ${batch} samples, ${mean.toFixed(1)} atoms on average; cost by ${describeCost(cost)}`,
    fitTable([['strategy', 'efficiency', 'peak atoms', 'mean atoms', 'batches', 'expected gain'], ...rows], 1),
  ].join('\n\n');
}

function describeCost(cost: CostModel): string {
  if (typeof cost === 'string') return cost;
  const [structure, atom, edge] = [cost.perStructure, cost.perAtom, cost.perEdge].map((time) => time.toPrecision(3));
  return `time: ${structure} us a structure, ${atom} us an atom, ${edge} us an edge`;
}
