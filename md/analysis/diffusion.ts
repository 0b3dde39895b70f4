import { LammError } from '../../src/errors.js';

export interface DiffusionOptions {
  /** Shortest lag of the fit in fs; by default a fifth of the longest. */
  readonly fitFromFs?: number;
  /** Longest lag of the fit in fs; by default the longest there is. */
  readonly fitToFs?: number;
}

/** A self-diffusion coefficient. */
export interface Diffusion {
  /** In cm^2/s. */
  readonly coefficient: number;
  /** Standard error over the atoms in cm^2/s; NaN for a single atom. */
  readonly error: number;
  readonly fitFromFs: number;
  readonly fitToFs: number;
}

/** One A^2/fs in cm^2/s. */
const squareCentimetersPerSecond = 0.1;

/**
 * Diffusion coefficient from the straight line <r^2> = 6 D t + c through mean squared displacements of atoms.
 *
 * `lagsFs` are [L] in fs, `members` [L][n] in A^2: for each lag the value of each atom.  Lags weigh 1/t^3, as the
 * variance of a random walk's displacement over overlapping intervals grows.  As a fit is linear, the atoms' own slopes
 * have the common slope as their mean; their spread gives the error, which allows for the correlation of all lags.
 *
 * @throws {LammError} `usage` when the fit is to end before it begins.
 * @see Qian, Sheetz, Elson, Biophys. J. 60, 910 (1991).
 */
export function fitDiffusion(
  lagsFs: Float64Array,
  members: readonly Float64Array[],
  options: DiffusionOptions = {},
): Diffusion | undefined {
  const longest = lagsFs.at(-1) ?? 0;
  const { fitFromFs = longest / 5, fitToFs = longest } = options;
  if (!(fitFromFs < fitToFs || longest === 0)) {
    throw new LammError(
      'usage',
      `diffusion: expected the fit to begin before it ends, found ${fitFromFs} to ${fitToFs} fs`,
    );
  }
  const chosen = Array.from(lagsFs.keys()).filter((i) => lagsFs[i] >= fitFromFs && lagsFs[i] <= fitToFs);
  if (chosen.length < 2) return undefined;
  const weights = chosen.map((i) => lagsFs[i] ** -3);
  const weight = weights.reduce((sum, value) => sum + value, 0);
  const center = chosen.reduce((sum, i, k) => sum + weights[k] * lagsFs[i], 0) / weight;
  const spread = chosen.reduce((sum, i, k) => sum + weights[k] * (lagsFs[i] - center) ** 2, 0);
  const slopes = members[chosen[0]].map((_, atom) =>
    chosen.reduce((sum, i, k) => sum + (weights[k] * (lagsFs[i] - center) * members[i][atom]) / spread, 0),
  );
  const slope = slopes.reduce((sum, value) => sum + value, 0) / slopes.length;
  const squares = slopes.reduce((sum, value) => sum + (value - slope) ** 2, 0);
  const scale = squareCentimetersPerSecond / 6;
  return {
    coefficient: scale * slope,
    error: scale * Math.sqrt(squares / (slopes.length * (slopes.length - 1))),
    fitFromFs: lagsFs[chosen[0]],
    fitToFs: lagsFs[chosen[chosen.length - 1]],
  };
}
