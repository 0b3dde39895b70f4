import { LammError } from '../../src/errors.js';
import { leastSquares } from '../../src/linalg/least-squares.js';

/** What a fit determines. */
interface Parameters {
  /** Volume of lowest energy in A^3, and that energy in eV. */
  readonly volume: number;
  readonly energy: number;
  /** Bulk modulus V d^2E/dV^2 there, in eV/A^3, and its derivative with respect to pressure. */
  readonly bulkModulus: number;
  readonly bulkModulusDerivative: number;
}

/** Energy against volume about the minimum. */
export interface EquationOfState extends Parameters {
  /** Root of the mean squared deviation of the energies from the curve, in eV. */
  readonly residual: number;
  /** Standard errors, from how far the energies are off the curve; absent for four energies, which it meets exactly. */
  readonly errors?: Parameters;
}

/**
 * Fits the third-order Birch-Murnaghan equation of state, a cubic polynomial in x = V^(-2/3), to energies (eV) at
 * volumes (A^3).
 *
 * @throws {LammError} `usage` for fewer than four different volumes, or when the energies have no minimum among or near
 *   them.
 * @see Birch, Phys. Rev. 71, 809 (1947).
 */
export function fitBirchMurnaghan(volumes: readonly number[], energies: readonly number[]): EquationOfState {
  const middle = volumes.reduce((sum, volume) => sum + volume, 0) / volumes.length;
  const scaled = volumes.map((volume) => (volume / middle) ** (-2 / 3) - 1);
  const lowest = Math.min(...energies);
  const above = energies.map((energy) => energy - lowest);
  const matrix = scaled.flatMap((x) => [1, x, x ** 2, x ** 3]);
  const { solution, rank } = leastSquares(matrix, above);
  if (rank < 4) throw noMinimum('at least four different volumes', `${new Set(volumes).size}`);
  const fit = parametersOf(solution, middle);
  const [least, most] = [Math.min(...volumes), Math.max(...volumes)];
  const margin = (most - least) / 4; // farther out, the curve is guesswork
  if (!(fit.bulkModulus > 0 && fit.volume > least - margin && fit.volume < most + margin)) {
    throw noMinimum(
      'energies with a minimum among the volumes',
      `a curve without one near ${least.toFixed(2)} to ${most.toFixed(2)} A^3`,
    );
  }
  const squares = sumOfSquares(scaled.map((x, i) => valueAt(solution, x) - above[i]));
  const freedom = volumes.length - 4;
  return {
    ...fit,
    energy: lowest + fit.energy,
    residual: Math.sqrt(squares / volumes.length),
    ...(freedom > 0 && { errors: errorsOf(matrix, { solution, middle, spread: Math.sqrt(squares / freedom) }) }),
  };
}

/** What a user should know before trusting a fit to energies at `volumes`. */
export function noticesOfFit(
  { volume, bulkModulusDerivative }: EquationOfState,
  volumes: readonly number[],
): { readonly kind: 'derivative' | 'edge'; readonly message: string }[] {
  const [least, most] = [Math.min(...volumes), Math.max(...volumes)];
  const isNearEdge = Math.min(volume - least, most - volume) < (most - least) / 6;
  const isOdd = !(bulkModulusDerivative >= 1 && bulkModulusDerivative <= 10);
  const odd = `a pressure derivative of ${bulkModulusDerivative.toFixed(2)} is not that of a solid (mostly 3 to 7): the energies of the calculator bend wrongly away from their minimum, so do not rely on the bulk modulus`;
  const edge = `the minimum at ${volume.toFixed(2)} A^3 is near or beyond the end of the volumes, ${least.toFixed(2)} to ${most.toFixed(2)} A^3: start from the relaxed cell, or take a wider range`;
  return [
    ...(isOdd ? [{ kind: 'derivative', message: odd } as const] : []),
    ...(isNearEdge ? [{ kind: 'edge', message: edge } as const] : []),
  ];
}

// Of a + b x + c x^2 + d x^3 with x = (V/middle)^(-2/3) - 1; not numbers where it has no minimum.
function parametersOf(solution: Float64Array, middle: number): Parameters {
  const [, b, c, d] = solution;
  const root = Math.sqrt(c * c - 3 * b * d);
  const x = -b / (c + root); // where b + 2 c x + 3 d x^2 vanishes and the curvature is 2 root
  const volume = middle * (1 + x) ** (-3 / 2);
  return { volume, energy: valueAt(solution, x), ...stiffness({ volume, middle, second: 2 * root, third: 6 * d }) };
}

// Derivatives with respect to V from those with respect to x at the minimum: E_VV = E_xx x_V^2, E_VVV = E_xxx x_V^3 + 3
// E_xx x_V x_VV.
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

// Each parameter follows the energies by what the solution does (column i of the pseudoinverse for energy i); their
// errors are independent.
function errorsOf(
  matrix: readonly number[],
  { solution, middle, spread }: { solution: Float64Array; middle: number; spread: number },
): Parameters {
  const count = matrix.length / 4;
  const part = 1e-4; // of an error: a step for central differences
  const changes = Array.from({ length: count }, (_, point) => {
    const unit = Float64Array.from({ length: count }, (_, other) => Number(other === point));
    const turn = leastSquares(matrix, unit).solution.map((value) => part * spread * value);
    const up = parametersOf(
      solution.map((value, k) => value + turn[k]),
      middle,
    );
    const down = parametersOf(
      solution.map((value, k) => value - turn[k]),
      middle,
    );
    return { up, down };
  });
  const errorOf = (name: keyof Parameters) =>
    Math.sqrt(sumOfSquares(changes.map(({ up, down }) => (up[name] - down[name]) / (2 * part))));
  return {
    volume: errorOf('volume'),
    energy: errorOf('energy'),
    bulkModulus: errorOf('bulkModulus'),
    bulkModulusDerivative: errorOf('bulkModulusDerivative'),
  };
}

function valueAt([a, b, c, d]: Float64Array, x: number): number {
  return a + x * (b + x * (c + x * d));
}

function sumOfSquares(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value ** 2, 0);
}

function noMinimum(expected: string, actual: string): LammError {
  const message = `equation of state: expected ${expected}, found ${actual}; relax the cell first, so that the volumes lie around the minimum`;
  return new LammError('structure', message, { expected, actual });
}
