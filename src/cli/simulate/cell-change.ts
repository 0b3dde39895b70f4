import { cellParameters, cellVolume } from '../../structure/cell.js';
import type { Structure } from '../../structure/structure.js';
import { GPa } from '../../units.js';

/** A cell before and after it was relaxed, as `--json` prints it. */
export interface CellChange {
  /** In A^3. */
  readonly volume: number;
  readonly volumeChangePercent: number;
  /** Largest component in GPa of what is left of stress + pressure. */
  readonly stressLeftGPa?: number;
  readonly before: ReturnType<typeof cellParameters>;
  readonly after: ReturnType<typeof cellParameters>;
}

/** Pressure in GPa of a stress in eV/A^3, [6]. */
export function pressureGPaOf(stress: Float64Array): number {
  return -(stress[0] + stress[1] + stress[2]) / 3 / GPa;
}

/** What became of the cell of a structure under a pressure (GPa), and what stress (eV/A^3, [6]) is left. */
export function describeCellChange(
  { cell: start }: Structure,
  { cell, stress, pressureGPa }: { cell: Float64Array; stress?: Float64Array; pressureGPa: number },
): CellChange {
  const volume = cellVolume(cell);
  return {
    volume,
    volumeChangePercent: 100 * (volume / cellVolume(start) - 1),
    ...(stress && { stressLeftGPa: largestOf(stress.map((value, k) => value / GPa + (k < 3 ? pressureGPa : 0))) }),
    before: cellParameters(start),
    after: cellParameters(cell),
  };
}

/** Cells of a table: lengths and angles, those that changed as `before -> after`. */
export function cellChangeRow({ before, after }: Pick<CellChange, 'before' | 'after'>): string[] {
  return [
    ...before.lengths.map((length, i) => change(length, after.lengths[i], 4)),
    ...before.angles.map((angle, i) => change(angle, after.angles[i], 2)),
  ];
}

export const cellChangeHead = ['a (A)', 'b (A)', 'c (A)', 'alpha', 'beta', 'gamma'] as const;

function change(before: number, after: number, digits: number): string {
  const [first, last] = [before.toFixed(digits), after.toFixed(digits)];
  return first === last ? first : `${first} -> ${last}`;
}

function largestOf(values: Float64Array): number {
  return values.reduce((largest, value) => (Math.abs(value) > Math.abs(largest) ? value : largest), 0);
}
