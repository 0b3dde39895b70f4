import { LammError } from '../../src/errors.js';
import { leastSquares } from '../../src/linalg/least-squares.js';

/** Energy against volume about the minimum. */
export interface EquationOfState {
  /** Volume of lowest energy in A^3, and that energy in eV. */
  readonly volume: number;
  readonly energy: number;
  /** Bulk modulus V d^2E/dV^2 there, in eV/A^3, and its derivative with respect to pressure. */
  readonly bulkModulus: number;
  readonly bulkModulusDerivative: number;
  /** Root of the mean squared deviation of the energies from the curve, in eV. */
  readonly residual: number;
}

/**
 * Fits the third-order Birch-Murnaghan equation of state, a cubic polynomial in x = V^(-2/3), to energies (eV) at volumes (A^3).
 *
 * @throws {LammError} `usage` for fewer than four different volumes, or when the energies have no minimum among or near them.
 * @see Birch, Phys. Rev. 71, 809 (1947).
 */
export function fitBirchMurnaghan(volumes: readonly number[], energies: readonly number[]): EquationOfState {
  const middle = volumes.reduce((sum, volume) => sum + volume, 0) / volumes.length;
  const scaled = volumes.map((volume) => (volume / middle) ** (-2 / 3) - 1);
  const lowest = Math.min(...energies);
  const matrix = scaled.flatMap((x) => [1, x, x ** 2, x ** 3]);
  const { solution, rank } = leastSquares(
    matrix,
    energies.map((energy) => energy - lowest),
  );
  if (rank < 4) throw noMinimum('at least four different volumes', `${new Set(volumes).size}`);
  const [a, b, c, d] = solution;
  const root = Math.sqrt(c * c - 3 * b * d);
  const x = -b / (c + root); // where b + 2 c x + 3 d x^2 vanishes and the curvature is 2 root
  const volume = middle * (1 + x) ** (-3 / 2);
  const [least, most] = [Math.min(...volumes), Math.max(...volumes)];
  const margin = (most - least) / 4; // farther out, the curve is guesswork
  if (!(root > 0 && volume > least - margin && volume < most + margin)) {
    throw noMinimum('energies with a minimum among the volumes', `a curve without one near ${least} to ${most} A^3`);
  }
  return {
    volume,
    energy: lowest + a + x * (b + x * (c + x * d)),
    ...stiffness({ volume, middle, second: 2 * root, third: 6 * d }),
    residual: residualOf(
      solution,
      scaled,
      energies.map((energy) => energy - lowest),
    ),
  };
}

// Derivatives with respect to V from those with respect to x at the minimum: E_VV = E_xx x_V^2, E_VVV = E_xxx x_V^3 + 3 E_xx x_V x_VV.
function stiffness({
  volume,
  middle,
  second,
  third,
}: {
  volume: number;
  middle: number;
  second: number;
  third: number;
}) {
  const xV = ((-2 / 3) * (volume / middle) ** (-5 / 3)) / middle;
  const xVV = ((10 / 9) * (volume / middle) ** (-8 / 3)) / middle ** 2;
  const curvature = second * xV ** 2;
  const change = third * xV ** 3 + 3 * second * xV * xVV;
  return { bulkModulus: volume * curvature, bulkModulusDerivative: -1 - (volume * change) / curvature };
}

function residualOf([a, b, c, d]: Float64Array, scaled: readonly number[], energies: readonly number[]): number {
  const squares = scaled.map((x, i) => (a + x * (b + x * (c + x * d)) - energies[i]) ** 2);
  return Math.sqrt(squares.reduce((sum, square) => sum + square, 0) / squares.length);
}

function noMinimum(expected: string, actual: string): LammError {
  const message = `equation of state: expected ${expected}, found ${actual}; start nearer to the relaxed volume`;
  return new LammError('usage', message, { expected, actual });
}
