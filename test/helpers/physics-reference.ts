import { readFileSync } from 'node:fs';
import type { Calculator } from '../../calculators/calculator.js';
import { createCalculator } from '../../calculators/create-calculator.js';
import { createStructure, type Structure } from '../../src/structure/structure.js';
import { sharedPath } from './shared.js';

export interface ReferenceCase {
  readonly name: string;
  readonly calculator: {
    type: 'EMT' | 'LJ';
    epsilon?: number;
    sigma?: number;
    rc?: number;
    ro?: number;
    smooth?: boolean;
  };
  readonly initial: { symbols: string[]; positions: number[][]; cell: number[][]; pbc: [boolean, boolean, boolean] };
  readonly fixed_indices: readonly number[];
}

/**
 * Cases of a file of reference numbers: all of them where the shared data lie beside the checkout, the copied ones
 * everywhere.
 */
export function referenceCases<T extends ReferenceCase>(shared: string, fixture: string): T[] {
  const all = sharedPath(`reference/physics/${shared}`);
  if (all === undefined)
    console.warn(`only the cases of test/fixtures/md/${fixture}: the shared reference ${shared} is not there`);
  const path = all ?? new URL(`../fixtures/md/${fixture}`, import.meta.url);
  return JSON.parse(readFileSync(path, 'utf8')).cases as T[]; // the file's own format
}

export function referenceCalculator({
  calculator: { type, epsilon, sigma, rc, ro, smooth },
}: ReferenceCase): Calculator {
  return type === 'EMT'
    ? createCalculator('emt')
    : createCalculator('lj', { epsilon, sigma, cutoff: rc, onset: ro, smooth });
}

export function referenceStructure(
  { initial, fixed_indices }: ReferenceCase,
  extra: { masses?: number[]; velocities?: number[][] } = {},
): Structure {
  const fixed = new Uint8Array(3 * initial.symbols.length);
  for (const atom of fixed_indices) fixed.fill(1, 3 * atom, 3 * atom + 3);
  return createStructure({ ...initial, ...extra, fixed });
}
