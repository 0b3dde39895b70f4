import { LammError } from '../../errors.js';
import type { Structure } from '../../structure/structure.js';
import { describePrototype } from '../../structure/symmetry.js';
import type { Chunk, Role } from './inventory.js';
import { rowId, type ScreenRow } from './row.js';
import { createUnitReader, type UnitReaderOptions } from './unit-reader.js';

/** The columns that the symmetry of a crystal fills; none of a structure without one. */
export type Symmetry = Pick<ScreenRow, 'spaceGroup' | 'prototype'>;

/** A frame of a chunk as it was read, or why it could not be. */
export type PreparedFrame = { readonly id: string; readonly role: Role } & (
  | { readonly structure: Structure; readonly symmetry: Symmetry }
  | { readonly error: string }
);

/** Does what is to be done with a structure before and after it is calculated.  Whoever creates one disposes it. */
export interface Preparer extends AsyncDisposable {
  /** Whether it works beside this thread, so that it gains time to be asked early. */
  readonly isAside: boolean;
  /** Reads all frames of a chunk, in their order, and finds their symmetries. */
  prepare(chunk: Chunk): Promise<readonly PreparedFrame[]>;
  symmetryOf(structure: Structure): Promise<Symmetry>;
}

export interface PreparerOptions extends UnitReaderOptions {
  /** In A; symmetries are left out when absent. */
  readonly symmetryTolerance?: number;
}

/** Prepares chunks in this thread. */
export function createPreparer({ symmetryTolerance, ...reading }: PreparerOptions): Preparer {
  const reader = createUnitReader(reading);

  async function prepare(chunk: Chunk): Promise<PreparedFrame[]> {
    const prepared: PreparedFrame[] = [];
    for (const unit of chunk) {
      for await (const frame of reader.read(unit)) {
        const named = { id: rowId(unit.file, frame.frame), role: unit.role };
        if ('error' in frame) prepared.push({ ...named, error: messageOf(frame.error) });
        else {
          const { structure } = frame;
          prepared.push({ ...named, structure, symmetry: symmetryWithin(symmetryTolerance, structure) });
        }
      }
    }
    return prepared;
  }

  return {
    isAside: false,
    prepare,
    symmetryOf: async (structure) => symmetryWithin(symmetryTolerance, structure),
    [Symbol.asyncDispose]: () => reader[Symbol.asyncDispose](),
  };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function symmetryWithin(tolerance: number | undefined, structure: Structure): Symmetry {
  if (tolerance === undefined || !structure.pbc.every(Boolean)) return {};
  try {
    const { number, symbol, prototype } = describePrototype(structure, tolerance);
    return { spaceGroup: `${number} ${symbol}`, prototype };
  } catch (error) {
    if (error instanceof LammError) return {}; // a crystal without a space group within the tolerance has its energy all the same
    throw error;
  }
}
