import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { allEnded } from '../../all-ended.js';
import { countOf } from '../../count-of.js';
import { writeFileAtomic } from '../../io/bytes/atomic-file.js';
import { parseSealed, sealText, unsealText } from '../../journal/sealed-text.js';
import type { WorkFolder } from '../../journal/work-folder.js';
import { formatReport } from '../../report/page.js';
import { loadViewerLibrary } from '../analysis/viewer-library.js';
import { readShownStructures } from './best-structures.js';
import type { Chunk } from './inventory.js';
import { createPageTally } from './page.js';
import { createBest, openRows, rankRows } from './ranking.js';
import { type RankedRow, rankedRowSchema } from './row.js';
import { createTables, tableNames } from './tables.js';
import type { UnitReaderOptions } from './unit-reader.js';

/** What a screening came to. */
const resultSchema = z
  .strictObject({
    structures: z.int(),
    failed: z.int(),
    notConverged: z.int(),
    /** The first of those that failed, with their reasons. */
    failures: z.array(z.strictObject({ id: z.string(), error: z.string() })).readonly(),
    /**
     * Candidates with an energy, and those of them without formation energy, because an element of theirs was not
     * calculated.
     */
    candidates: z.int(),
    withoutElements: z.int(),
    /** The best candidates: nearest to the hull, then lowest in energy per atom of their head. */
    best: z.array(rankedRowSchema).readonly(),
    /** Levels of theory of the energies. */
    heads: z.array(z.string()).readonly(),
    /** Files with all rows and structures. */
    files: z.array(z.string()).readonly(),
  })
  .readonly();

export type ScreenResult = z.infer<typeof resultSchema>;

export interface MergeOptions extends UnitReaderOptions {
  /** Number of the best candidates in the result. */
  readonly top: number;
  /** Whether the structures were kept. */
  readonly withStructures: boolean;
}

/** Candidates in the table of the page. */
const rowsOfPage = 500;
/** Failures that are told with their reasons. */
const toldFailures = 3;
const summaryName = 'summary.json';

/**
 * Joins the results of all chunks into `results.jsonl`, `results.csv`, `results.parquet`, a page `report.html` and,
 * where structures were kept, `structures.extxyz`.  Of many workers one does it, and the others read in `summary.json`
 * what it came to.
 */
export async function mergeResults(work: WorkFolder<Chunk>, options: MergeOptions): Promise<ScreenResult> {
  let known: ScreenResult | undefined;
  const isNeeded = async () => {
    known = await readSummary(work, options);
    return known === undefined;
  };
  await using _turn = await work.takeTurn(isNeeded);
  if (known !== undefined) return known;
  const joined = await joinResults(work, options);
  return { ...joined, best: joined.best.slice(0, options.top) };
}

/** What the results came to before, unless they have changed since then or more of the best are asked for. */
async function readSummary(work: WorkFolder<Chunk>, { top }: MergeOptions): Promise<ScreenResult | undefined> {
  const file = join(work.path, summaryName);
  const [written, changed] = await Promise.all([timeOf(file), timeOf(join(work.path, 'pieces'))]);
  if (written === undefined || changed === undefined || written < changed) return undefined;
  const summary = await loadSummary(file);
  if (summary === undefined || summary.best.length < Math.min(top, summary.candidates)) return undefined;
  const files = summary.files.map((name) => join(work.path, name));
  return { ...summary, files, best: summary.best.slice(0, top) };
}

/** Undefined where it is damaged: it can be made again. */
async function loadSummary(file: string): Promise<ScreenResult | undefined> {
  const place = { file, remedy: 'remove it' };
  try {
    return parseSealed(unsealText(await readFile(file, 'utf8'), place), resultSchema, place);
  } catch {
    return undefined;
  }
}

async function timeOf(path: string): Promise<number | undefined> {
  return (await stat(path).catch(() => undefined))?.mtimeMs;
}

async function joinResults(
  work: WorkFolder<Chunk>,
  { top, withStructures, ...reading }: MergeOptions,
): Promise<ScreenResult> {
  const pathOf = (name: string) => join(work.path, name);
  const pass = openRows(work);
  const { ranks, systems } = await rankRows(pass());
  const summary = createSummary(Math.max(top, rowsOfPage));
  const tally = createPageTally(systems);
  await using tables = await createTables(pathOf);
  let [place, piece] = [0, 0];
  for await (const rows of pass()) {
    const ranked = rows.map((row): RankedRow => ({ ...row, ...ranks[place++] }));
    for (const row of ranked) {
      summary.add(row, piece);
      tally.add(row);
    }
    await tables.add(ranked);
    piece++;
  }
  const { counts, failures, heads, best } = summary.result();
  // While files are flushed to the disk the page is made.
  await allEnded([
    tables.keep(),
    ...(withStructures ? [writeFileAtomic(pathOf('structures.extxyz'), texts(work))] : []),
    writePage(),
  ]);
  const files = [...tableNames, 'report.html'];
  if (withStructures) files.push('structures.extxyz');
  const result = { ...counts, failures, heads, best: best.map(({ row }) => row), files };
  await writeFileAtomic(pathOf(summaryName), sealText(`${JSON.stringify(result)}\n`));
  return { ...result, files: files.map(pathOf) };

  async function writePage(): Promise<void> {
    const shown = best.slice(0, rowsOfPage);
    const report = tally.report({
      ...{ title: 'Screening', remarks: remarksOn(counts), best: shown.map(({ row }) => row) },
      library: loadViewerLibrary(),
      structures: await readShownStructures(work, shown, { ...reading, wereKept: withStructures }),
    });
    await writeFileAtomic(pathOf('report.html'), formatReport(report));
  }
}

/** What the page says of them all. */
function remarksOn(counts: Omit<ScreenResult, 'failures' | 'best' | 'heads' | 'files'>): string[] {
  const remarks = [
    `${countOf(counts.structures, 'structure')}, ${counts.failed} failed, ${counts.notConverged} not converged.`,
  ];
  if (counts.withoutElements > 0) {
    const some = `${counts.withoutElements} of ${countOf(counts.candidates, 'candidate')}`;
    remarks.push(`${some} hold elements that were not calculated and are ranked by their energies alone.`);
  }
  return remarks;
}

async function* texts(work: WorkFolder<Chunk>): AsyncGenerator<string> {
  for (let number = 0; number < work.pieceCount; number++) yield await work.read(number, 'extxyz');
}

function createSummary(top: number) {
  const counts = { structures: 0, failed: 0, notConverged: 0, candidates: 0, withoutElements: 0 };
  const failures: { readonly id: string; readonly error: string }[] = [];
  const heads = new Set<string>();
  const best = createBest(top);
  return {
    add(row: RankedRow, piece: number): void {
      counts.structures++;
      if (row.energy === undefined) {
        counts.failed++;
        if (failures.length < toldFailures) failures.push({ id: row.id, error: row.error ?? 'no reason was given' });
      } else if (row.converged === false) counts.notConverged++;
      if (row.head !== undefined) heads.add(row.head);
      if (row.energy === undefined || row.role === 'reference') return;
      counts.candidates++;
      counts.withoutElements += Number(row.formationEnergy === undefined);
      best.add(row, piece);
    },
    result: () => ({ counts, failures, heads: [...heads], best: best.rows() }),
  };
}
