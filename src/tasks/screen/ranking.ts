import type { WorkFolder } from '../../journal/work-folder.js';
import { spread } from './committee.js';
import { type Entry, fractionsOf, type Stability, stabilities } from './hull.js';
import type { Chunk } from './inventory.js';
import { type RankedRow, rowSchema, type ScreenRow } from './row.js';

/** What follows for a row from all others. */
export type Rank = Pick<RankedRow, keyof Stability | 'formationSpread'>;

/** The stability of all rows, in their order. */
export interface Ranking {
  readonly ranks: readonly Rank[];
  readonly systems: readonly ElementSystem[];
}

/** Structures of the same elements and head. */
export interface ElementSystem {
  /** In alphabetical order. */
  readonly elements: readonly string[];
  readonly head: string;
  /** Structures with a distance from the hull. */
  readonly rows: number;
}

/** So many rows stay in memory between passes through them; more are read anew in each. */
const keptRows = 20_000;

/** Passes through the rows of work that is done, those of a piece at once, in the order of the inputs. */
export function openRows(work: WorkFolder<Chunk>): () => AsyncGenerator<readonly ScreenRow[]> {
  let kept: (readonly ScreenRow[])[] | undefined;
  return async function* pass() {
    if (kept !== undefined) {
      yield* kept;
      return;
    }
    const read: (readonly ScreenRow[])[] = [];
    let count = 0;
    for (let piece = 0; piece < work.pieceCount; piece++) {
      const rows = await work.readRows(piece, rowSchema);
      count += rows.length;
      if (count <= keptRows) read.push(rows);
      else read.length = 0;
      yield rows;
    }
    if (count <= keptRows) kept = read;
  };
}

/** Measures every row from the elements and the hull of the same head. */
export async function rankRows(pieces: AsyncIterable<readonly ScreenRow[]>): Promise<Ranking> {
  const byHead = new Map<string, { readonly places: number[]; readonly entries: Entry[] }>();
  const committees = new Map<number, Voices>();
  let place = 0;
  for await (const rows of pieces) {
    for (const { head = '', composition, energyPerAtom, committee } of rows) {
      if (composition !== undefined && energyPerAtom !== undefined) {
        const own = byHead.get(head) ?? { places: [], entries: [] };
        byHead.set(head, own);
        own.places.push(place);
        own.entries.push({ composition, energyPerAtom });
        if (committee) committees.set(place, { composition, voices: [{ energyPerAtom, head }, ...committee] });
      }
      place++;
    }
  }
  const ranks: Rank[] = new Array(place).fill(unranked);
  const systems = new Map<string, ElementSystem>();
  for (const [head, { places, entries }] of byHead) {
    for (const [index, stability] of stabilities(entries).entries()) {
      ranks[places[index]] = stability;
      if (stability.energyAboveHull === undefined) continue;
      const elements = Object.keys(entries[index].composition).sort();
      const name = `${head} ${elements.join('-')}`;
      systems.set(name, { elements, head, rows: (systems.get(name)?.rows ?? 0) + 1 });
    }
  }
  for (const [at, formationSpread] of formationSpreads(committees)) ranks[at] = { ...ranks[at], formationSpread };
  return { ranks, systems: [...systems.values()] };
}

const unranked: Rank = {};

/** What several models say of one composition. */
interface Voices {
  readonly composition: Readonly<Record<string, number>>;
  readonly voices: NonNullable<ScreenRow['committee']>;
}

/**
 * How far the formation energies of models differ, by place, each measured from the lowest elements of the same model
 * and head: their energies may have other zeros.
 */
function formationSpreads(committees: ReadonlyMap<number, Voices>): Map<number, number> {
  const lowest = new Map<string, number>();
  const nameOf = (model: number, head: string | undefined, symbol: string) => `${model} ${head} ${symbol}`;
  for (const { composition, voices } of committees.values()) {
    const [symbol, ...others] = Object.keys(composition);
    if (others.length > 0) continue;
    for (const [model, voice] of voices.entries()) {
      if (voice === null) continue;
      const name = nameOf(model, voice.head, symbol);
      lowest.set(name, Math.min(voice.energyPerAtom, lowest.get(name) ?? Number.POSITIVE_INFINITY));
    }
  }
  const spreads = new Map<number, number>();
  for (const [place, { composition, voices }] of committees) {
    const { symbols, fractions } = fractionsOf(composition);
    const energies = voices.map((voice, model) => {
      const mixed = symbols.reduce(
        (sum, symbol, index) => sum + fractions[index] * (lowest.get(nameOf(model, voice?.head, symbol)) ?? Number.NaN),
        0,
      );
      return voice === null ? Number.NaN : voice.energyPerAtom - mixed;
    });
    const known = energies.filter(Number.isFinite);
    if (known.length > 1) spreads.set(place, spread(known));
  }
  return spreads;
}

/** A row with the number of its piece of the work. */
export interface PlacedRow {
  readonly row: RankedRow;
  readonly piece: number;
}

/**
 * Keeps the best of many candidates: nearest to the hull, then lowest in formation energy, or in energy per atom
 * without it.
 */
export function createBest(count: number) {
  let best: PlacedRow[] = [];
  /** The last of the best when there were enough of them: what does not come before it is none. */
  let last: RankedRow | undefined;
  const sorted = () => best.sort((a, b) => compareRanks(a.row, b.row)).slice(0, count);
  return {
    add(row: RankedRow, piece: number): void {
      if (last !== undefined && compareRanks(row, last) >= 0) return;
      best.push({ row, piece });
      if (best.length <= 2 * count + 1000) return;
      best = sorted();
      last = best.at(-1)?.row;
    },
    rows: (): readonly PlacedRow[] => sorted(),
  };
}

function compareRanks(a: RankedRow, b: RankedRow): number {
  return Math.sign(aboveHull(a) - aboveHull(b)) || withoutHull(a) - withoutHull(b);
}

function aboveHull({ energyAboveHull = Number.POSITIVE_INFINITY }: RankedRow): number {
  return energyAboveHull;
}

function withoutHull({ formationEnergy, energyPerAtom = 0 }: RankedRow): number {
  return formationEnergy ?? energyPerAtom;
}
