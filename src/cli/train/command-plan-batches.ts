import { type Command, InvalidArgumentError, Option } from 'commander';
import { type CostModel, sampleCosts } from '../../../pretrain/balance/cost.js';
import { compareStrategies, type StrategyReport } from '../../../pretrain/balance/measure-plan.js';
import { writeFileAtomic } from '../../io/bytes/atomic-file.js';
import { formatTable } from '../../report/format-table.js';
import { histogramSvg } from '../../report/histogram.js';
import { assertFree } from '../../tasks/structures/output-path.js';
import { collectValues, parseCount, parseNatural } from '../input/shared-options.js';
import { print, printJson } from '../output/output.js';
import { type PricedSizes, readSizes, type SizeSource } from './plan-sizes.js';

interface Options extends SizeSource {
  readonly ranks: number;
  readonly batch: number;
  readonly subsets?: number;
  readonly limit?: number;
  readonly svg?: string;
  readonly force?: boolean;
  readonly json?: boolean;
}

/** `lamm plan-batches`: how well each way of making batches would use the ranks, before any training. */
export function registerPlanBatches(command: Command): void {
  command
    .option('--config <file>', 'sizes of the training data of this configuration')
    .option('--set <key=value>', 'replace one setting of the configuration', collectValues, [])
    .option(
      '--sizes <files...>',
      'sizes from files with one atom count a line, one file a subset; - for the standard input',
    )
    .option(
      '--mix <file>',
      'sizes drawn from a YAML list of subsets: name, samples, atoms {mean, deviation, min, max}',
    );
  const whole: readonly (readonly [flags: string, description: string, value?: number])[] = [
    ['--ranks <count>', 'processes that train together', 1],
    ['--batch <count>', 'samples of a rank in one step', 1],
    ['--subsets <count>', 'parts of an epoch that are sorted one by one (default: parts of 43,000 samples)'],
    ['--limit <cost>', 'most that a batch of the strategy "budget" may cost (default: as --batch samples on average)'],
    ['--draws <count>', 'number of samples to draw from a mix', 1_000_000],
  ];
  for (const [flags, description, value] of whole) {
    command.addOption(new Option(flags, description).argParser(parseCount).default(value));
  }
  command
    .addOption(
      new Option(
        '--cost <model>',
        'atoms, edges, microseconds PER_STRUCTURE,PER_ATOM[,PER_EDGE], or measured, with --config',
      )
        .argParser(parseCost)
        .default('atoms'),
    )
    .addOption(
      new Option('--temperature <T>', 'repeat the samples of small subsets: n_max (n / n_max)^(1/T)').argParser(
        parseTemperature,
      ),
    )
    .addOption(new Option('--seed <number>', 'seed of the order of samples').argParser(parseNatural).default(0))
    .option('--svg <file>', 'write a histogram of the load of the ranks')
    .option('--force', 'replace files that exist')
    .option('--json', 'print one JSON object on stdout')
    .action(planCommand);
}

async function planCommand(options: Options): Promise<void> {
  const { ranks, batch: batchSize, subsets, limit, svg } = options;
  if (svg !== undefined) assertFree(svg, options.force, '--svg');
  const sizes = await readSizes(options);
  const { cost } = sizes;
  const costs = sampleCosts(sizes, cost);
  const reports = compareStrategies({ ...sizes, atomCounts: sizes.atoms, costs, ranks, batchSize, subsets, limit });
  if (svg !== undefined) await writeHistogram(svg, reports, cost);
  if (options.json) {
    printJson({ cost, subsets: sizes.subsets, strategies: reports.map(({ loads: _, ...report }) => report) });
  } else print(formatPlan(sizes, reports, options));
}

async function writeHistogram(path: string, reports: readonly StrategyReport[], cost: CostModel): Promise<void> {
  const panels = reports.map(({ strategy, efficiency, loads }) => ({
    title: `${strategy}: efficiency ${percent(efficiency)}`,
    values: loads,
  }));
  const unit = typeof cost === 'string' ? cost : 'microseconds';
  await writeFileAtomic(path, histogramSvg(panels, { label: `load of a rank in one step (${unit})` }));
}

function formatPlan(sizes: PricedSizes, reports: readonly StrategyReport[], options: Options): string {
  const { subsets, atoms, order, temperature, cost } = sizes;
  const { ranks, batch } = options;
  const shares = subsets.map(({ name, meanAtoms, samples, sampled }) => [
    name,
    meanAtoms.toFixed(1),
    samples.toLocaleString('en'),
    sampled.toLocaleString('en'),
  ]);
  const rows = reports.map(({ strategy, efficiency, peakAtoms, meanAtoms, batches, gain }) => [
    strategy,
    percent(efficiency),
    String(peakAtoms),
    meanAtoms.toFixed(1),
    String(batches),
    `${gain.toFixed(2)} x`,
  ]);
  const mean = order.reduce((sum, sample) => sum + atoms[sample], 0) / order.length;
  return [
    formatTable([['subset', 'mean atoms', 'samples', `with T = ${temperature}`], ...shares]),
    `${order.length.toLocaleString('en')} samples to plan for ${ranks} ranks of ${batch} samples, ${mean.toFixed(1)} atoms on average; cost by ${describeCost(cost)}`,
    formatTable([['strategy', 'efficiency', 'peak atoms', 'mean atoms', 'batches', 'expected gain'], ...rows]),
  ].join('\n\n');
}

function describeCost(cost: CostModel): string {
  if (typeof cost === 'string') return cost;
  const [structure, atom, edge] = [cost.perStructure, cost.perAtom, cost.perEdge].map((time) => time.toPrecision(3));
  return `time: ${structure} us a structure, ${atom} us an atom, ${edge} us an edge`;
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}

function parseCost(text: string): Options['cost'] {
  if (text === 'atoms' || text === 'edges' || text === 'measured') return text;
  const parts = text.split(',').map((part) => (part.trim() === '' ? Number.NaN : Number(part)));
  const [perStructure, perAtom, perEdge = 0] = parts;
  if (parts.length >= 2 && parts.length <= 3 && parts.every((part) => part >= 0 && Number.isFinite(part))) {
    return { perStructure, perAtom, perEdge };
  }
  throw new InvalidArgumentError(
    'expected atoms, edges, measured, or two or three times in microseconds such as 120,35,4',
  );
}

function parseTemperature(text: string): number {
  const temperature = text.trim() === '' ? Number.NaN : Number(text);
  if (temperature >= 1) return temperature;
  throw new InvalidArgumentError('expected a number of at least 1');
}
