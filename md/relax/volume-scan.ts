import type { Calculator } from '../../calculators/calculator.js';
import { LammError } from '../../src/errors.js';
import { cellVolume } from '../../src/structure/cell.js';
import type { Structure } from '../../src/structure/structure.js';
import { assertHeadOfCrystals } from '../state/stress-source.js';
import { type RelaxResult, relax } from './relax.js';
import type { RelaxOptions } from './settings.js';

export interface VolumeScanOptions {
  /** Number of volumes, evenly spaced. */
  readonly pointCount?: number;
  /** Largest change of the volume, as a part of that of the structure. */
  readonly volumeChange?: number;
  /** How the atoms are relaxed at each volume; with `constantVolume` and a cell filter the shape is, too. */
  readonly relax?: RelaxOptions;
}

export interface VolumePoint extends RelaxResult {
  /** In A^3. */
  readonly volume: number;
}

/**
 * Relaxes a crystal at volumes around its own: yields them from the smallest to the largest.
 *
 * @throws {LammError} `usage` for a structure that is not periodic in all directions, or options out of range.
 */
export async function* scanVolumes(
  structure: Structure,
  calculator: Calculator,
  { pointCount = 7, volumeChange = 0.06, relax: relaxOptions = {} }: VolumeScanOptions = {},
): AsyncGenerator<VolumePoint, void, void> {
  assertOptions(structure, { pointCount, volumeChange });
  assertHeadOfCrystals(structure, calculator, {
    purpose: 'equation of state',
    remedy: 'give a molecule to lamm relax',
  });
  for (let point = 0; point < pointCount; point++) {
    const change = volumeChange * ((2 * point) / (pointCount - 1) - 1);
    const factor = Math.cbrt(1 + change);
    const scaled = {
      ...structure,
      cell: structure.cell.map((value) => value * factor),
      positions: structure.positions.map((value) => value * factor),
    };
    const result = await relax(scaled, calculator, relaxOptions);
    yield { ...result, volume: cellVolume(result.structure.cell) };
  }
}

function assertOptions(
  { pbc }: Structure,
  { pointCount, volumeChange }: { pointCount: number; volumeChange: number },
): void {
  if (!pbc.every(Boolean)) {
    throw new LammError('usage', 'equation of state: expected a structure that is periodic in all directions', {
      quantity: 'pbc',
    });
  }
  if (!(Number.isInteger(pointCount) && pointCount >= 4)) {
    throw new LammError('usage', `points: expected a whole number of at least 4, found ${pointCount}`, {
      quantity: 'pointCount',
    });
  }
  if (volumeChange > 0 && volumeChange < 0.5) return;
  throw new LammError('usage', `range: expected a part of the volume between 0 and 0.5, found ${volumeChange}`, {
    quantity: 'volumeChange',
  });
}
