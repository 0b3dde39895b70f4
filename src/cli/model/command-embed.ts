import { type Command, Option } from 'commander';
import { loadSamples } from '../../../pretrain/dataset/load/load-samples.js';
import type { Sample } from '../../../pretrain/dataset/sample/sample.js';
import { analyzeEmbedding } from '../../../pretrain/embedding/analysis.js';
import { type EmbeddedSample, embedSamples } from '../../../pretrain/embedding/embed-samples.js';
import type { ProjectionMethod } from '../../../pretrain/embedding/project.js';
import { listElements } from '../../elements.js';
import { LammError } from '../../errors.js';
import { writeFileAtomic } from '../../io/bytes/atomic-file.js';
import { modelFile } from '../../models/embedded-models.js';
import { createEmbedder, elementEmbedding } from '../../models/embedding.js';
import { loadModel } from '../../models/load-model.js';
import { headElements, type Model } from '../../models/model.js';
import { createRandom, shuffle } from '../../random.js';
import { formatTable } from '../../report/format-table.js';
import { formatReport } from '../../report/page.js';
import { shortPaths } from '../../report/short-paths.js';
import { resolveOutputPath } from '../../tasks/structures/output-path.js';
import { addOutputOptions, type OutputOptions, parseCount, parseNatural } from '../input/shared-options.js';
import { print, printJson, remark } from '../output/output.js';
import { createProgress } from '../output/progress.js';
import * as report from './embedding-report.js';

interface EmbedOptions extends OutputOptions {
  readonly model?: string;
  readonly method: ProjectionMethod;
  readonly neighbors: number;
  readonly limit: number;
  readonly seed: number;
  readonly threads?: number;
}

/** `lamm embed`: where structures and elements lie in the space of a model's features. */
export function registerEmbed(command: Command): void {
  command
    .argument('<files...>', 'files with structures; each file is a data set, in one file each config_type is')
    .option('--model <path>', 'file of a model of your own, instead of the embedded one')
    .addOption(new Option('--method <name>', 'how maps are made').choices(['umap', 'pca']).default('umap'))
    .addOption(new Option('--neighbors <count>', 'neighbours that UMAP keeps near').argParser(parseCount).default(15))
    .addOption(
      new Option('--limit <frames>', 'at most this many frames of a file, drawn at random')
        .argParser(parseCount)
        .default(300),
    )
    .addOption(new Option('--seed <number>', 'seed of what is random').argParser(parseNatural).default(1))
    .addOption(new Option('--threads <count>', 'threads of the numeric engine').argParser(parseCount));
  addOutputOptions(
    command,
    'page (.html), everything (.json) or features (.csv); default: a page named after the input',
  ).action(embed);
}

async function embed(files: readonly string[], options: EmbedOptions): Promise<void> {
  const { method, neighbors, seed, force, json } = options;
  const out = resolveOutputPath({ input: files[0], out: options.out, suffix: '-embed.html', force });
  const write = writerFor(out);
  const model = openModel(options.model);
  const samples = await loadFrames(files, options);
  const embedded = await embedAll(model, samples, options.threads);
  const analysis = analyzeEmbedding(embedded, model, {
    method,
    neighbors,
    seed,
    kindOf: kindsFor(files, samples),
  });
  await write(analysis, model);
  if (json) printJson({ model: model.card.name, structures: samples.length, ...report.claims(analysis), out });
  else print(`${formatTable(report.claimTable(analysis))}\nwritten to ${out}`);
}

type Analysis = ReturnType<typeof analyzeEmbedding>;

/** What writes `out`, by its ending. */
function writerFor(out: string): (analysis: Analysis, model: Model) => Promise<void> {
  if (/\.html?$/i.test(out)) {
    return (analysis, { card }) =>
      writeFileAtomic(out, formatReport(report.embeddingReport(`Features of ${card.name}`, analysis)));
  }
  if (/\.csv$/i.test(out)) return (analysis) => writeFileAtomic(out, report.embeddingCsv(analysis));
  if (/\.json$/i.test(out)) {
    return (analysis, model) =>
      writeFileAtomic(
        out,
        JSON.stringify(report.embeddingRecord(analysis, (number) => elementEmbedding(model, number))),
      );
  }
  throw new LammError('usage', '--out: the format is not clear from the name; let it end in .html, .json or .csv', {
    file: out,
  });
}

function openModel(path: string | undefined): Model {
  return loadModel(modelFile(path));
}

/** The frames of all files, of each at most the limit. */
async function loadFrames(files: readonly string[], { limit, seed }: EmbedOptions): Promise<Sample[]> {
  const random = createRandom(seed);
  const samples: Sample[] = [];
  for (const path of files) {
    const { samples: all } = await loadSamples({ path, name: path, labels: 'none' });
    const chosen = shuffle(Uint32Array.from(all.keys()), random).slice(0, limit).sort();
    for (const index of chosen) samples.push(all[index]);
  }
  return samples;
}

async function embedAll(
  model: Model,
  samples: readonly Sample[],
  threads: number | undefined,
): Promise<EmbeddedSample[]> {
  assertKnown(model, samples);
  await using embedder = createEmbedder(model, { threads });
  using progress = createProgress({ label: 'embed', total: samples.length });
  const run = embedSamples(embedder, samples);
  let turn = await run.next();
  while (!turn.done) {
    progress.update(turn.value);
    turn = await run.next();
  }
  return turn.value;
}

/** Refuses elements that the model has no row for, and names those of which no head was trained on energies. */
function assertKnown({ config, heads }: Model, samples: readonly Sample[]): void {
  const present = new Set(samples.flatMap(({ structure }) => [...new Set(structure.numbers)]));
  const absent = [...present].filter((number) => number > config.elementCount);
  if (absent.length > 0)
    throw new LammError(
      'unsupported-element',
      `expected elements up to number ${config.elementCount}, found ${listElements(absent)}; leave those frames out`,
    );
  const known = new Set(heads.flatMap((head) => [...headElements(head)]));
  const unlabelled = [...present].filter((number) => !known.has(number));
  if (unlabelled.length > 0)
    remark(
      `no head of the model has energies of ${listElements(unlabelled)}: unless it saw them without labels, their features are those of an untrained model`,
    );
}

/** The data set of a sample: its file, or in one file its `config_type`. */
function kindsFor(files: readonly string[], samples: readonly Sample[]): (embedded: EmbeddedSample) => string {
  const names = shortPaths([...new Set(files)]);
  const groups = new Set(samples.map(({ origin }) => origin.group));
  if (names.size === 1 && groups.size > 1) return ({ sample }) => sample.origin.group ?? '(no group)';
  return ({ sample }) => names.get(sample.origin.file) ?? sample.origin.file;
}
