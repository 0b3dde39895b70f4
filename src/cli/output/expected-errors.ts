import type { Uncertainty } from '../../models/uncertainty.js';

/** Headings of what `expectedErrors` gives. */
export const expectedErrorHeadings = ['energy +- (meV/atom)', 'forces +- (eV/A)', 'atoms unlike training'] as const;

/**
 * Expected errors as cells of a table: of the energy, of force components (root mean square), and how many atoms are
 * unlike the training.
 */
export function expectedErrors(uncertainty: Uncertainty | undefined): string[] {
  if (uncertainty === undefined) return expectedErrorHeadings.map(() => '-');
  const { energyPerAtom, forces, unlike } = uncertainty;
  return [
    (1000 * energyPerAtom).toFixed(1),
    forces === undefined ? '-' : rootMeanSquare(forces).toFixed(3),
    `${unlikeCount(unlike)} of ${unlike.length}`,
  ];
}

/** What is to be said of results that may not be trusted. */
export function trustRemarks(uncertainties: readonly (Uncertainty | undefined)[]): string[] {
  const strange = uncertainties.filter((each) => each !== undefined && unlikeCount(each.unlike) > 0).length;
  if (strange === 0) return [];
  const subject =
    uncertainties.length === 1 ? 'the structure has' : `${strange} of ${uncertainties.length} structures have`;
  return [
    `warning: ${subject} atoms unlike anything that the model learned from: compare with a calculation of your own`,
  ];
}

function unlikeCount(unlike: Uint8Array): number {
  return unlike.reduce((sum, mark) => sum + mark, 0);
}

function rootMeanSquare(values: Float64Array): number {
  return Math.sqrt(values.reduce((sum, value) => sum + value * value, 0) / values.length);
}
