import type { ErrorSummary } from '../../../pretrain/assess/error-sums.js';
import { fitLowTable } from '../../report/fit-results.js';
import { GPa } from '../../units.js';

/** Errors of one set of frames. */
export interface ErrorRow {
  readonly name: string;
  readonly frames?: number;
  readonly errors: ErrorSummary;
}

/**
 * A table of mean absolute and root mean square errors: energy in meV/atom, force components in meV/A, stress in GPa,
 * noise in mA.
 */
export function formatErrors(rows: readonly ErrorRow[]): string {
  const withFrames = rows.some(({ frames }) => frames !== undefined);
  const withStress = rows.some(({ errors }) => errors.stress !== undefined);
  const withNoise = rows.some(({ errors }) => errors.noise !== undefined);
  const header = [
    'errors',
    ...(withFrames ? ['frames'] : []),
    'E MAE meV/atom',
    'E RMSE',
    'F MAE meV/A',
    'F RMSE',
    ...(withStress ? ['S MAE GPa', 'S RMSE'] : []),
    ...(withNoise ? ['noise MAE mA', 'noise RMSE'] : []),
  ];
  const lines = rows.map(({ name, frames, errors: { energy, forces, stress, noise } }) => [
    name,
    ...(withFrames ? [String(frames ?? '')] : []),
    milli(energy?.mae),
    milli(energy?.rmse),
    milli(forces?.mae),
    milli(forces?.rmse),
    ...(withStress ? [inGPa(stress?.mae), inGPa(stress?.rmse)] : []),
    ...(withNoise ? [milli(noise?.mae), milli(noise?.rmse)] : []),
  ]);
  return fitLowTable([header, ...lines], withFrames ? 2 : 1);
}

function milli(value: number | undefined): string {
  return value === undefined ? '-' : (1000 * value).toFixed(2);
}

function inGPa(value: number | undefined): string {
  return value === undefined ? '-' : (value / GPa).toFixed(3);
}
