import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { analyze_cell, initSync } from '@spglib/moyo-wasm';
import { LammError } from '../errors.js';
import { inverse3 } from '../linalg/matrix3.js';
import { multiplyRows } from '../structure/cell.js';
import type { AtomicSystem } from '../structure/structure.js';

/** A symmetry operation on fractional coordinates as columns: s -> rotation s + translation, [3 x 3] row-major and [3]. */
export interface CrystalOperation {
  readonly rotation: readonly number[];
  readonly translation: readonly number[];
}

/** Symmetry of a crystal in its own cell. */
export interface CrystalSymmetry {
  /** Number of the space group, 1 to 230. */
  readonly number: number;
  /** Hermann-Mauguin symbol. */
  readonly symbol: string;
  /** All operations of the cell as given, its internal translations included. */
  readonly operations: readonly CrystalOperation[];
}

/**
 * Finds the space group of a crystal; atoms may be off their places by `tolerance` A.
 *
 * @throws {LammError} `usage` when it is not periodic in all directions; `structure` when no group fits.
 */
export function findSymmetry({ numbers, positions, cell, pbc }: AtomicSystem, tolerance = 1e-3): CrystalSymmetry {
  if (!pbc.every(Boolean)) {
    throw new LammError('usage', 'symmetry: expected a structure that is periodic in all directions', { quantity: 'pbc' });
  }
  initSync({ module: readFileSync(createRequire(import.meta.url).resolve('@spglib/moyo-wasm/moyo_wasm_bg.wasm')) });
  const fractional = multiplyRows(positions, inverse3(cell));
  const crystal = {
    lattice: { basis: Array.from(cell) },
    positions: Array.from(numbers, (_, atom) => Array.from(fractional.subarray(3 * atom, 3 * atom + 3))),
    numbers: Array.from(numbers),
  };
  try {
    const { number, hm_symbol: symbol, operations } = analyze_cell(JSON.stringify(crystal), tolerance, 'Standard');
    return { number, symbol, operations: operations.map(({ rotation, translation }) => ({ rotation: transpose(rotation), translation })) };
  } catch (cause) {
    throw new LammError('structure', `symmetry: no space group was found within ${tolerance} A: ${String(cause)}`, { cause });
  }
}

/** The library stores matrices column by column. */
function transpose(m: readonly number[]): number[] {
  return [m[0], m[3], m[6], m[1], m[4], m[7], m[2], m[5], m[8]];
}
