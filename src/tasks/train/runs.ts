import { existsSync, statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { parseMetrics } from '../../../pretrain/assess/metrics-file.js';
import { LammError } from '../../errors.js';
import { writeFileAtomic } from '../../io/bytes/atomic-file.js';
import { formatReport } from '../../report/page.js';
import { trainingReport } from './page.js';
import type { NamedRun } from './plots.js';

/** A training that was read from a folder. */
export interface RunOfFile extends NamedRun {
  /** Path of its metrics. */
  readonly file: string;
}

/**
 * Reads the metrics of trainings, each with a name of its own: `NAME=FOLDER` names one, the others have the names of
 * their folders.
 *
 * @throws {LammError} `file-not-found` for a folder without metrics, `format` where there is no record yet.
 */
export async function readRuns(paths: readonly string[]): Promise<RunOfFile[]> {
  const places = paths.map(placeOf);
  const names = distinctNames(places);
  const runs = await Promise.all(places.map(({ file }, index) => readRun(file, names[index])));
  const empty = runs.find(isEmpty);
  if (empty === undefined) return runs;
  throw new LammError(
    'format',
    'expected at least one record of a training, found none; it has not done its first steps',
    { file: empty.file },
  );
}

/** Writes a report of trainings as a page. */
export async function writeTrainingReport(page: string, runs: readonly NamedRun[]): Promise<void> {
  const title = runs.map(({ name }) => name).join(', ');
  await writeFileAtomic(page, formatReport(trainingReport(title, runs)));
}

/** Writes `report.html` into the folder of a training and returns its path; nothing where nothing was logged. */
export async function writeReportBeside(folder: string): Promise<string | undefined> {
  const { file } = placeOf(folder);
  if (!existsSync(file)) return undefined;
  const run = await readRun(file, basename(resolve(folder)));
  if (isEmpty(run)) return undefined;
  const page = join(folder, 'report.html');
  await writeTrainingReport(page, [run]);
  return page;
}

async function readRun(file: string, name: string): Promise<RunOfFile> {
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new LammError(
      'file-not-found',
      'expected the metrics of a training, found none; name the folder of a training',
      { file, cause },
    );
  });
  return { name, file, metrics: parseMetrics(text, { file }) };
}

function isEmpty({ metrics }: NamedRun): boolean {
  return metrics.training.length + metrics.validation.length === 0;
}

interface RunPlace {
  readonly name?: string;
  readonly file: string;
}

/** The metrics file that an argument means: in a folder, or the file itself. */
function placeOf(argument: string): RunPlace {
  const [, name, named] = (existsSync(argument) ? null : /^([^=]+)=(.+)$/.exec(argument)) ?? [];
  const path = named ?? argument;
  const file = existsSync(path) && statSync(path).isFile() ? path : join(path, 'metrics.jsonl');
  return { ...(name !== undefined && { name }), file };
}

/** Names as given or of the folders, with the folders above them where those are the same. */
function distinctNames(places: readonly RunPlace[]): string[] {
  const folders = places.map(({ file }) => dirname(resolve(file)));
  const short = places.map(({ name }, index) => name ?? basename(folders[index]));
  return short.map((name, index) => {
    const isAlone = places[index].name !== undefined || short.indexOf(name) === short.lastIndexOf(name);
    return isAlone ? name : join(basename(dirname(folders[index])), name);
  });
}
