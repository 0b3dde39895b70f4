import { join } from 'node:path';
import { countOf } from '../../count-of.js';
import { writeFileAtomic } from '../../io/bytes/atomic-file.js';
import type { WorkFolder } from '../../journal/work-folder.js';
import { formatReport } from '../../report/page.js';
import { type Entry, type Stability, stabilities } from './hull.js';
import type { Chunk } from './inventory.js';
import { createPageTally } from './page.js';
import { columns, formatCsvRow, parseRows, type RankedRow, type ScreenRow } from './row.js';

/** What a screening came to. */
export interface ScreenResult {
  readonly structures: number;
  readonly failed: number;
  readonly notConverged: number;
  /** Candidates with an energy, and those of them without formation energy, because an element of theirs was not calculated. */
  readonly candidates: number;
  readonly withoutElements: number;
  /** The best candidates: nearest to the hull, then lowest in energy per atom of their head. */
  readonly best: readonly RankedRow[];
  /** Levels of theory of the energies. */
  readonly heads: readonly string[];
  /** Files with all rows and structures. */
  readonly files: readonly string[];
}

/** Candidates in the table of the page. */
const rowsOfPage = 500;

/**
 * Joins the results of all chunks into `results.jsonl`, `results.csv`, a page `report.html` and, where structures were relaxed,
 * `structures.extxyz`.
 */
export async function mergeResults(
  work: WorkFolder<Chunk>,
  { top, withStructures }: { readonly top: number; readonly withStructures: boolean },
): Promise<ScreenResult> {
  await using _turn = await work.takeTurn();
  const ranks = await rank(work);
  const summary = createSummary(Math.max(top, rowsOfPage));
  const paths = ['results.jsonl', 'results.csv'].map((name) => join(work.path, name));
  await writeFileAtomic(
    paths[0],
    lines(work, ranks, (row) => `${JSON.stringify(row)}\n`),
  );
  const tally = createPageTally();
  const addRow = (row: RankedRow) => {
    tally.add(row);
    return summary.add(row);
  };
  await writeFileAtomic(paths[1], withHeader(lines(work, ranks, addRow)));
  const { structures: count, failed, notConverged, best } = summary.result();
  const remarks = [`${countOf(count, 'structure')}, ${failed} failed, ${notConverged} not converged.`];
  paths.push(join(work.path, 'report.html'));
  await writeFileAtomic(paths[2], formatReport(tally.report('Screening', remarks, best)));
  const result = { ...summary.result(), best: best.slice(0, top) };
  if (!withStructures) return { ...result, files: paths };
  const structures = join(work.path, 'structures.extxyz');
  await writeFileAtomic(structures, texts(work));
  return { ...result, files: [...paths, structures] };
}

async function* rowsOf(work: WorkFolder<Chunk>): AsyncGenerator<ScreenRow> {
  for (let number = 0; number < work.pieceCount; number++) yield* parseRows(await work.read(number));
}

async function* texts(work: WorkFolder<Chunk>): AsyncGenerator<string> {
  for (let number = 0; number < work.pieceCount; number++) yield await work.read(number, 'extxyz');
}

/** Stability of every row, in their order; hulls are those of one head. */
async function rank(work: WorkFolder<Chunk>): Promise<Stability[]> {
  const byHead = new Map<string, { readonly places: number[]; readonly entries: Entry[] }>();
  let place = 0;
  for await (const { head = '', composition, energyPerAtom } of rowsOf(work)) {
    if (composition !== undefined && energyPerAtom !== undefined) {
      const own = byHead.get(head) ?? { places: [], entries: [] };
      byHead.set(head, own);
      own.places.push(place);
      own.entries.push({ composition, energyPerAtom });
    }
    place++;
  }
  const ranks: Stability[] = new Array(place).fill({});
  for (const { places, entries } of byHead.values()) {
    for (const [index, stability] of stabilities(entries).entries()) ranks[places[index]] = stability;
  }
  return ranks;
}

async function* lines(
  work: WorkFolder<Chunk>,
  ranks: readonly Stability[],
  format: (row: RankedRow) => string,
): AsyncGenerator<string> {
  let place = 0;
  for await (const row of rowsOf(work)) yield format({ ...row, ...ranks[place++] });
}

async function* withHeader(rows: AsyncGenerator<string>): AsyncGenerator<string> {
  yield `${columns.join(',')}\n`;
  yield* rows;
}

function createSummary(top: number) {
  const counts = { structures: 0, failed: 0, notConverged: 0, candidates: 0, withoutElements: 0 };
  const heads = new Set<string>();
  let best: RankedRow[] = [];
  return {
    /** Counts a row and gives its line. */
    add(row: RankedRow): string {
      counts.structures++;
      if (row.energy === undefined) counts.failed++;
      else if (row.converged === false) counts.notConverged++;
      if (row.head !== undefined) heads.add(row.head);
      if (row.energy !== undefined && row.role === 'candidate') {
        counts.candidates++;
        counts.withoutElements += Number(row.formationEnergy === undefined);
        best.push(row);
        if (best.length > 2 * top + 1000) best = sortedBest(best, top);
      }
      return formatCsvRow(row);
    },
    result: () => ({ ...counts, heads: [...heads], best: sortedBest(best, top) }),
  };
}

function sortedBest(rows: readonly RankedRow[], count: number): RankedRow[] {
  const above = ({ energyAboveHull = Number.POSITIVE_INFINITY }: RankedRow) => energyAboveHull;
  const formation = ({ formationEnergy, energyPerAtom = 0 }: RankedRow) => formationEnergy ?? energyPerAtom;
  return [...rows].sort((a, b) => above(a) - above(b) || formation(a) - formation(b)).slice(0, count);
}
