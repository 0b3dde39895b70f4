import type { CalculationResult, Calculator } from '../../calculators/calculator.js';
import { LammError } from '../../src/errors.js';
import { inverse3, type Matrix3, multiply3, transpose3 } from '../../src/linalg/matrix3.js';
import { symmetricMatrix, voigtOf } from '../../src/linalg/voigt.js';
import { multiplyRows } from '../../src/structure/cell.js';
import type { AtomicSystem } from '../../src/structure/structure.js';
import { type CrystalOperation, findSymmetry } from '../../src/structure/symmetry.js';

/** Atoms and their places may differ by this much, in A. */
const tolerance = 1e-3;

interface AtomOperation extends CrystalOperation {
  /** Where each atom comes to lie: the atom that is there, [N]. */
  readonly images: Int32Array;
}

/**
 * The same calculator with forces and stress averaged over the symmetry that `start` has, so that whatever follows them keeps it.
 * Energies stay as they are.  It does not own the calculator.
 *
 * @throws {LammError} `usage` when `start` is not a crystal.
 */
export function createSymmetrized(calculator: Calculator, start: AtomicSystem): Calculator {
  const { operations } = findSymmetry(start, tolerance);
  const fractional = multiplyRows(start.positions, inverse3(start.cell));
  const atomOperations = operations.map((operation) => ({
    ...operation,
    images: imagesOf(operation, start, fractional),
  }));
  return {
    name: calculator.name,
    capabilities: calculator.capabilities,
    calculate: async (system) => symmetrize(await calculator.calculate(system), system, atomOperations),
    [Symbol.asyncDispose]: async () => undefined,
  };
}

// Vectors are rows, so that a rotation acts from the right: v -> v R with R = cell^-1 W^T cell.
function symmetrize(
  result: CalculationResult,
  { cell }: AtomicSystem,
  operations: readonly AtomOperation[],
): CalculationResult {
  const inverse = inverse3(cell);
  const forces = new Float64Array(result.forces.length);
  const stress = result.stress && new Float64Array(9);
  for (const { rotation, images } of operations) {
    const turn = multiply3(multiply3(inverse, transpose3(rotation)), cell);
    const turned = multiplyRows(result.forces, turn);
    for (let i = 0; i < turned.length; i++)
      forces[3 * images[Math.floor(i / 3)] + (i % 3)] += turned[i] / operations.length;
    if (result.stress && stress) addScaled(stress, turnTensor(result.stress, turn), 1 / operations.length);
  }
  if (!stress) return { ...result, forces };
  return { ...result, forces, stress: voigtOf(stress) };
}

function turnTensor(tensor: Float64Array, turn: Matrix3): Matrix3 {
  return multiply3(multiply3(transpose3(turn), symmetricMatrix(tensor)), turn);
}

function addScaled(sum: Float64Array, matrix: Matrix3, factor: number): void {
  for (let i = 0; i < 9; i++) sum[i] += factor * matrix[i];
}

function imagesOf(
  { rotation, translation }: CrystalOperation,
  system: AtomicSystem,
  fractional: Float64Array,
): Int32Array {
  const { numbers, cell } = system;
  const moved = multiplyRows(fractional, transpose3(rotation)).map((value, i) => value + translation[i % 3]);
  return Int32Array.from(numbers, (number, atom) => {
    const place = moved.subarray(3 * atom, 3 * atom + 3);
    const image = numbers.findIndex(
      (other, k) => other === number && distanceOf(place, fractional.subarray(3 * k, 3 * k + 3), cell) < 10 * tolerance,
    );
    if (image >= 0) return image;
    throw new LammError(
      'structure',
      `symmetry: no atom lies where an operation takes atom ${atom + 1}; give a structure with clearer symmetry`,
    );
  });
}

// Distance in A modulo lattice vectors, of fractional coordinates that are nearly alike.
function distanceOf(a: Float64Array, b: Float64Array, cell: Float64Array): number {
  const difference = a.map((value, axis) => value - b[axis] - Math.round(value - b[axis]));
  return Math.hypot(...multiplyRows(difference, cell));
}
