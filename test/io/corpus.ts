import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { LammError } from '../../src/errors.js';
import { sharedPath } from '../helpers/shared.js';

/** A record of `formats/<format>/expected.json`; its further keys depend on the format. */
export interface CorpusRecord {
  readonly file: string;
  readonly error?: boolean;
  // biome-ignore lint/suspicious/noExplicitAny: test data of many shapes, read key by key
  readonly [key: string]: any;
}

export interface Corpus {
  readonly records: readonly CorpusRecord[];
  textOf(record: CorpusRecord): string;
}

/** The hand-made files that are always here, and the whole corpus; undefined where the shared data are absent. */
export function readCorpora(format: string): readonly (readonly [name: string, corpus: Corpus | undefined])[] {
  const fixtures = fileURLToPath(new URL(`../fixtures/io/${format}`, import.meta.url));
  const shared = sharedPath(`reference/formats/${format}`);
  return [
    ['hand-made files', readCorpus(fixtures, '')],
    ['whole corpus (skipped without ../shared)', shared === undefined ? undefined : readCorpus(shared, 'files/')],
  ];
}

function readCorpus(folder: string, subfolder: string): Corpus {
  const { files } = JSON.parse(readFileSync(`${folder}/expected.json`, 'utf8')) as { files: CorpusRecord[] };
  return { records: files, textOf: ({ file }) => readBytes(`${folder}/${subfolder}${file}`).toString('utf8') };
}

/** One case of the malformed corpus. */
export interface MalformedCase {
  readonly name: string;
  readonly expect: 'error' | 'either' | 'ok';
  readonly line?: number;
  readonly text: string;
  readonly file: string;
}

/** All malformed inputs of a format, the generated ones built. */
export function readMalformed(format: string): MalformedCase[] | undefined {
  const folder = sharedPath(`reference/formats/malformed/${format}`);
  if (folder === undefined) return undefined;
  type Part = { text?: string; repeat?: string; times?: number };
  const parsed: unknown = JSON.parse(readFileSync(`${folder}/cases.json`, 'utf8'));
  const cases = (Array.isArray(parsed) ? parsed : (parsed as { cases: unknown[] }).cases) as (MalformedCase & {
    generate?: Part[];
  })[];
  return cases.map((item) => ({
    ...item,
    file: item.file ?? `${item.name}.generated`,
    get text() {
      if (item.generate === undefined) return readBytes(`${folder}/${item.file}`).toString('utf8');
      return item.generate.map(({ text, repeat, times }) => text ?? (repeat ?? '').repeat(times ?? 0)).join('');
    },
  }));
}

/** Expands `[["Na", 4], ["Cl", 4]]`. */
export function expandRuns<T>(runs: readonly (readonly [T, number])[]): T[] {
  return runs.flatMap(([value, count]) => new Array<T>(count).fill(value));
}

/** What a reader makes of a malformed case, as one word, and what is wrong with that. */
export function judge(
  { expect, line, text, file }: MalformedCase,
  parse: (text: string, options: { file: string }) => unknown,
): string | undefined {
  const started = performance.now();
  let outcome: unknown;
  try {
    parse(text, { file: basename(file) });
    outcome = 'ok';
  } catch (error) {
    outcome = error;
  }
  const seconds = (performance.now() - started) / 1000;
  if (seconds > 5) return `took ${seconds.toFixed(1)} s`;
  if (outcome === 'ok') return expect === 'error' ? 'was read, expected an error' : undefined;
  if (!(outcome instanceof LammError)) return `raw error ${outcome}`;
  if (outcome.details.file !== basename(file)) return `error without the file: ${outcome.message}`;
  if (outcome.details.line === undefined) return `error without a line: ${outcome.message}`;
  if (expect === 'ok') return `refused: ${outcome.message}`;
  const isNear =
    line === undefined || line === null || expect === 'either' || Math.abs(outcome.details.line - line) <= 1;
  return isNear ? undefined : `line ${outcome.details.line}, expected ${line}: ${outcome.message}`;
}

function readBytes(path: string): Buffer {
  const bytes = readFileSync(path);
  return path.endsWith('.gz') ? gunzipSync(bytes) : bytes;
}
