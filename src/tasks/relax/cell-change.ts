import { cellParameters, cellVolume } from '../../structure/cell.js';
import type { Structure } from '../../structure/structure.js';
import { GPa } from '../../units.js';

/** A cell before and after it was relaxed. */
export interface CellChange {
  /** In A^3. */
  readonly volume: number;
  /** Of the start, in A^3. */
  readonly volumeBefore: number;
  readonly volumeChangePercent: number;
  /** Largest component in GPa of what is left of stress + pressure. */
  readonly stressLeftGPa?: number;
  readonly before: ReturnType<typeof cellParameters>;
  readonly after: ReturnType<typeof cellParameters>;
}

/** What became of the cell of a structure under a pressure (GPa), and what stress (eV/A^3, [6]) is left. */
export function describeCellChange(
  { cell: start }: Structure,
  { cell, stress, pressureGPa }: { cell: Float64Array; stress?: Float64Array; pressureGPa: number },
): CellChange {
  const volume = cellVolume(cell);
  const volumeBefore = cellVolume(start);
  return {
    ...{ volume, volumeBefore },
    volumeChangePercent: 100 * (volume / volumeBefore - 1),
    ...(stress && { stressLeftGPa: largestOf(stress.map((value, k) => value / GPa + (k < 3 ? pressureGPa : 0))) }),
    before: cellParameters(start),
    after: cellParameters(cell),
  };
}

function largestOf(values: Float64Array): number {
  return values.reduce((largest, value) => (Math.abs(value) > Math.abs(largest) ? value : largest), 0);
}
