import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { CalculationResult } from '../../calculators/calculator.js';
import { createStructure, type Structure, type StructureInput } from '../../src/structure/structure.js';
import { largestDifference } from '../helpers/compare.js';
import { sharedPath } from '../helpers/shared.js';

/** Reference numbers of one structure; all but energy and forces may be absent. */
export interface ReferenceResult {
  readonly energy: number;
  readonly energies?: readonly number[];
  readonly forces: readonly (readonly number[])[];
  readonly stress?: readonly number[];
}

/** One case of a file of single points; what `parameters` and `results` hold differs from file to file. */
export interface SinglePoint<Parameters, Results> {
  readonly name: string;
  readonly structure: StructureInput;
  readonly parameters: Parameters;
  readonly results: Results;
}

/**
 * Tests every copied case by itself and, where the shared reference lies beside the checkout, all of its cases in one.
 */
export function describeSinglePoints<Parameters, Results>(
  file: string,
  check: (structure: Structure, point: SinglePoint<Parameters, Results>) => Promise<void>,
): void {
  const read = (path: string | URL): SinglePoint<Parameters, Results>[] => JSON.parse(readFileSync(path, 'utf8')).cases;
  describe('agrees with the reference single points', () => {
    const copied = read(new URL(`../fixtures/physics/${file}`, import.meta.url));
    it.each(copied.map((point) => [point.name, point] as const))('%s', async (_, point) => {
      await check(createStructure(point.structure), point);
    });

    it('in all cases of the shared reference', async ({ skip }) => {
      const path = sharedPath(`reference/physics/${file}`);
      if (path === undefined) return skip(`the shared ${file} is not here; the cases in test/fixtures were checked`);
      const all = read(path);
      expect(all.length).toBeGreaterThan(copied.length);
      for (const point of all) await check(createStructure(point.structure), point);
    });
  });
}

/**
 * The reference is printed with ten decimals: half of the last one is rounding, the rest is for sums in another order.
 */
const tolerance = 1e-10;

export function expectResult(result: CalculationResult, reference: ReferenceResult): void {
  expect(Math.abs(result.energy - reference.energy)).toBeLessThan(tolerance);
  expect(largestDifference(result.forces, reference.forces.flat())).toBeLessThan(tolerance);
  if (reference.energies) expect(largestDifference(result.energies, reference.energies)).toBeLessThan(tolerance);
  if (reference.stress) expect(largestDifference(result.stress ?? [], reference.stress)).toBeLessThan(tolerance);
}
