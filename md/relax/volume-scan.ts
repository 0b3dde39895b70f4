import { z } from 'zod';
import type { Calculator } from '../../calculators/calculator.js';
import { LammError } from '../../src/errors.js';
import { checkSettings } from '../../src/settings/check-settings.js';
import { setting } from '../../src/settings/setting.js';
import { cellVolume } from '../../src/structure/cell.js';
import type { Structure } from '../../src/structure/structure.js';
import { assertHeadOfCrystals } from '../state/stress-source.js';
import { type RelaxResult, relax } from './relax.js';
import type { RelaxOptions } from './relax-settings.js';

/** Volumes around that of a crystal, evenly spaced. */
export const volumeScanSettings = z.strictObject({
  pointCount: setting(z.int().min(4).max(1000).default(7), { flag: 'points', help: 'number of volumes' }),
  volumeChange: setting(z.number().positive().lt(0.5).default(0.06), {
    flag: 'range',
    quantity: 'part',
    help: 'largest change of the volume, such as 6% or 0.06',
  }),
});

/** The volumes, as `pointCount` and the largest change as a part of that of the structure. */
export interface VolumeScanOptions extends Readonly<z.input<typeof volumeScanSettings>> {
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
 * @throws {LammError} `structure` for one that is not periodic in all directions, `usage` for options out of range.
 */
export async function* scanVolumes(
  structure: Structure,
  calculator: Calculator,
  { relax: relaxOptions = {}, ...volumes }: VolumeScanOptions = {},
): AsyncGenerator<VolumePoint, void, void> {
  assertCrystal(structure);
  const { pointCount, volumeChange } = checkSettings(volumeScanSettings, volumes);
  assertHeadOfCrystals(structure, calculator, {
    purpose: 'equation of state',
    remedy: 'relax a molecule instead',
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

function assertCrystal({ pbc }: Structure): void {
  if (pbc.every(Boolean)) return;
  throw new LammError('structure', 'equation of state: expected a structure that is periodic in all directions', {
    quantity: 'pbc',
  });
}
