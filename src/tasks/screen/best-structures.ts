import { parseExtxyz } from '../../io/xyz/extxyz.js';
import type { WorkFolder } from '../../journal/work-folder.js';
import type { Structure } from '../../structure/structure.js';
import type { Chunk, Unit } from './inventory.js';
import type { PlacedRow } from './ranking.js';
import { rowId } from './row.js';
import { createUnitReader, type UnitReader, type UnitReaderOptions } from './unit-reader.js';

/** Atoms that a page can well hold. */
const maxAtoms = 30_000;

/**
 * The structures of rows by their names, as they were calculated where they were kept, else as they are in the inputs;
 * from the first row on as many as a page can hold.
 */
export async function readShownStructures(
  work: WorkFolder<Chunk>,
  rows: readonly PlacedRow[],
  { wereKept, ...reading }: UnitReaderOptions & { readonly wereKept: boolean },
): Promise<ReadonlyMap<string, Structure>> {
  const wanted = new Map<number, Set<string>>();
  let room = maxAtoms;
  for (const { row, piece } of rows) {
    const { id, atoms = 0 } = row;
    if (atoms > room) continue;
    room -= atoms;
    wanted.set(piece, (wanted.get(piece) ?? new Set()).add(id));
  }
  const found = new Map<string, Structure>();
  await using reader = createUnitReader(reading);
  for (const [piece, ids] of [...wanted].sort(([a], [b]) => a - b)) {
    for await (const { id, structure } of wereKept
      ? keptOf(work, piece)
      : inputsOf(await work.piece(piece), ids, reader)) {
      if (ids.has(id)) found.set(id, structure);
    }
  }
  return found;
}

interface Named {
  readonly id: string;
  readonly structure: Structure;
}

async function* keptOf(work: WorkFolder<Chunk>, piece: number): AsyncGenerator<Named> {
  const text = await work.read(piece, 'extxyz');
  if (text === '') return; // all of the piece failed
  for (const structure of parseExtxyz(text)) yield { id: String(structure.info.screen_id), structure };
}

async function* inputsOf(chunk: Chunk, ids: ReadonlySet<string>, reader: UnitReader): AsyncGenerator<Named> {
  for (const unit of chunk.flatMap((whole) => partsWith(whole, ids))) {
    for await (const frame of reader.read(unit)) {
      if ('structure' in frame) yield { id: rowId(unit.file, frame.frame), structure: frame.structure };
    }
  }
}

/** What is to be read of a unit: only the frames that are wanted, where they can be read in any order. */
function partsWith(unit: Unit, ids: ReadonlySet<string>): readonly Unit[] {
  const { file, first, count, indexed } = unit;
  if (!indexed || count === undefined) return [unit];
  const frames = Array.from({ length: count }, (_, index) => first + index);
  return frames.filter((frame) => ids.has(rowId(file, frame))).map((frame) => ({ ...unit, first: frame, count: 1 }));
}
