import type { EmbeddingAnalysis } from '../../../pretrain/embedding/embedding-analysis.js';
import type { Projection } from '../../../pretrain/embedding/project.js';
import { chemicalSymbols } from '../../elements.js';
import { LammError } from '../../errors.js';
import { writeFileAtomic } from '../../io/bytes/atomic-file.js';
import { elementEmbedding } from '../../models/embedding.js';
import type { Model } from '../../models/model.js';
import { formatReport } from '../../report/page.js';
import { formulaOf } from '../../structure/structure.js';
import { claimRecord } from './claims.js';
import { embeddingReport } from './page.js';

/** What writes `out`, by its ending: a page, everything as JSON, or features as a table. */
export function writerOf(out: string): (analysis: EmbeddingAnalysis, model: Model) => Promise<void> {
  if (/\.html?$/i.test(out)) {
    return (analysis, { card }) =>
      writeFileAtomic(out, formatReport(embeddingReport(`Features of ${card.name}`, analysis)));
  }
  if (/\.csv$/i.test(out)) return (analysis) => writeFileAtomic(out, featureTable(analysis));
  if (/\.json$/i.test(out)) {
    return (analysis, model) =>
      writeFileAtomic(out, JSON.stringify(featureRecord(analysis, (number) => elementEmbedding(model, number))));
  }
  const message = '`out`: the format is not clear from the name; let it end in .html, .json or .csv';
  throw new LammError('usage', message, { file: out, quantity: 'out' });
}

/** A row for each structure: where it is from, its place on the map and its features. */
function featureTable({ samples, sampleMap }: EmbeddingAnalysis): string {
  const width = samples[0].features.length;
  const quote = (text: string) => (/[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  const head = [
    'file',
    'frame',
    'group',
    'dataset',
    'formula',
    'x',
    'y',
    ...Array.from({ length: width }, (_, i) => `f${i + 1}`),
  ];
  const rows = samples.map(({ sample, kind, features }, row) => {
    const { file, frame, group = '' } = sample.origin;
    const place = sampleMap.coordinates.subarray(2 * row, 2 * row + 2);
    return [quote(file), frame, quote(group), quote(kind), formulaOf(sample.structure), ...place, ...features].join();
  });
  return `${[head.join(), ...rows].join('\n')}\n`;
}

/** Everything as one object: features, places on the maps and the numbers. */
function featureRecord(analysis: EmbeddingAnalysis, rowOf: (number: number) => Float32Array): object {
  const { samples, sampleMap, elements, elementMap, rowMap } = analysis;
  const place = ({ coordinates }: Projection, row: number) => [coordinates[2 * row], coordinates[2 * row + 1]];
  return {
    method: sampleMap.method,
    ...claimRecord(analysis),
    structures: samples.map(({ sample, kind, features, elements: own }, row) => ({
      file: sample.origin.file,
      frame: sample.origin.frame,
      ...(sample.origin.group !== undefined && { group: sample.origin.group }),
      dataset: kind,
      formula: formulaOf(sample.structure),
      place: place(sampleMap, row),
      features: Array.from(features),
      elements: Object.fromEntries(own.map((one) => [chemicalSymbols[one.number], Array.from(one.features)])),
    })),
    elements: elements.map(({ number, atomCount, features }, row) => ({
      symbol: chemicalSymbols[number],
      atomCount,
      features: Array.from(features),
      place: place(elementMap, row),
      embedding: Array.from(rowOf(number)),
      embeddingPlace: place(rowMap, row),
    })),
  };
}
