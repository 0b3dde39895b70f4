import type { z } from 'zod';
import type { CostModel } from '../../../pretrain/balance/cost.js';
import { readSizeList } from '../../../pretrain/dataset/load/size-list.js';
import { openData } from '../../../pretrain/dataset/open-data.js';
import { measureCost } from '../../../pretrain/measure-cost.js';
import { type EpochSizes, epochSizes, mixedSizes, sizesOf } from '../../../pretrain/sampling/epoch-sizes.js';
import { parseSizeMix } from '../../../pretrain/sampling/size-mix.js';
import { modelConfig } from '../../../pretrain/setup.js';
import { LammError } from '../../errors.js';
import { readText } from '../../io/bytes/read-file.js';
import { readTrainingFile } from '../train/training-file.js';
import type { planBatchesTask } from './schema.js';

/** Where sizes come from, one of `config`, `sizes` and `mix`, and what they cost. */
export type SizeSource = Pick<
  z.output<typeof planBatchesTask>,
  'config' | 'set' | 'sizes' | 'mix' | 'draws' | 'cost' | 'temperature' | 'seed'
>;

export interface PricedSizes extends EpochSizes {
  readonly cost: CostModel;
  readonly temperature: number;
}

/** Reads or draws the sizes of an epoch. */
export async function readSizes(source: SizeSource): Promise<PricedSizes> {
  const { config, sizes, mix, cost, draws, seed, temperature = 1 } = source;
  if ([config, sizes, mix].filter((given) => given !== undefined).length !== 1) {
    throw new LammError('usage', 'expected one source of sizes: `config`, `sizes` or `mix`');
  }
  if (config !== undefined) return readConfigSizes(config, source);
  if (cost === 'measured') throw new LammError('usage', '`cost: measured` needs a model and structures: `config`');
  if (mix !== undefined) {
    const subsets = parseSizeMix(await readText(mix), { file: mix });
    return { cost, temperature, ...mixedSizes(subsets, { draws, temperature, seed }) };
  }
  const lists = (sizes ?? []).map(async (name) => ({ name, atoms: await readSizeList(name) }));
  return { cost, temperature, ...epochSizes(await Promise.all(lists), { temperature, seed }) };
}

/** Sizes of the samples that the training of a configuration would use. */
async function readConfigSizes(file: string, { set, seed, ...source }: SizeSource): Promise<PricedSizes> {
  const { config, directory } = await readTrainingFile(file, set);
  const { energyReduction } = config.training;
  const data = await openData(config.data, { directory, energyReduction });
  let { cost } = source;
  if (cost === 'measured') cost = await measureCost(config, data);
  const needsEdges = cost === 'edges' || (cost !== 'atoms' && cost.perEdge !== 0);
  const all = sizesOf(data.training, needsEdges ? modelConfig(config, data) : undefined);
  let end = 0;
  const subsets = data.subsets.map(({ name, count }) => {
    end += count;
    const edges = all.edges?.subarray(end - count, end);
    return { name, atoms: all.atoms.subarray(end - count, end), ...(edges && { edges }) };
  });
  const temperature = source.temperature ?? config.data.temperature;
  return { cost, temperature, ...epochSizes(subsets, { temperature, seed }) };
}
