import { z } from 'zod';
import type { CostModel } from '../../../pretrain/balance/cost.js';
import { invalid } from '../../errors.js';
import { parsePlainNumber } from '../../settings/quantity.js';
import { setting } from '../../settings/setting.js';
import { overridesSetting } from '../train/schema.js';

const count = z.int().positive();
const file = z.string().optional();
const expectedCost = 'atoms, edges, measured, or two or three times in microseconds such as 120,35,4';

/** What the load of a rank is counted in, or that it is to be found out. */
export type CostChoice = CostModel | 'measured';

const time = z.number().nonnegative();
const costs: z.ZodType<CostChoice> = z.union([
  z.enum(['atoms', 'edges', 'measured']),
  z.strictObject({ perStructure: time, perAtom: time, perEdge: time }),
]);

/** All settings of the task. */
export const planBatchesTask = z.strictObject({
  config: setting(file, { form: 'file', help: 'sizes of the training data of this configuration' }),
  set: overridesSetting,
  sizes: setting(z.array(z.string()).readonly().optional(), {
    form: 'files...',
    help: 'sizes from files with one atom count a line, one file a subset; - for the standard input',
  }),
  mix: setting(file, {
    form: 'file',
    help: 'sizes drawn from a YAML list of subsets: name, samples, atoms {mean, deviation, min, max}',
  }),
  ranks: setting(count.default(1), { help: 'processes that train together' }),
  batch: setting(count.default(1), { help: 'samples of a rank in one step' }),
  subsets: setting(count.optional(), {
    help: 'parts of an epoch that are sorted one by one',
    otherwise: 'parts of 43,000 samples',
  }),
  limit: setting(count.optional(), {
    form: 'cost',
    help: 'most that a batch of the strategy "budget" may cost',
    otherwise: 'as `batch` samples on average',
  }),
  draws: setting(count.default(1_000_000), { help: 'number of samples to draw from a mix' }),
  cost: setting(costs.default('atoms'), {
    form: 'model',
    help: 'atoms, edges, microseconds PER_STRUCTURE,PER_ATOM[,PER_EDGE], or measured, with `config`',
    expected: expectedCost,
    parse: parseCost,
  }),
  temperature: setting(z.number().min(1).optional(), {
    form: 'T',
    help: 'repeat the samples of small subsets: n_max (n / n_max)^(1/T)',
    otherwise: 'that of the configuration, or 1',
  }),
  seed: setting(z.int().nonnegative().default(0), { form: 'number', help: 'seed of the order of samples' }),
  svg: setting(file, { form: 'file', help: 'write a histogram of the load of the ranks' }),
  force: setting(z.boolean().default(false), { help: 'replace files that exist' }),
});

export type PlanBatchesTaskSettings = Readonly<Partial<z.input<typeof planBatchesTask>>>;

function parseCost(text: string): CostChoice {
  if (text === 'atoms' || text === 'edges' || text === 'measured') return text;
  const parts = text.split(',').map((part) => parsePlainNumber(part.trim()) ?? Number.NaN);
  const [perStructure, perAtom, perEdge = 0] = parts;
  if (parts.length >= 2 && parts.length <= 3 && parts.every((part) => part >= 0))
    return { perStructure, perAtom, perEdge };
  throw invalid('cost', { expected: expectedCost, actual: text });
}
