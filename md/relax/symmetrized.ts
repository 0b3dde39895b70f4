import type { CalculationResult, Calculator } from '../../calculators/calculator.js';
import { LammError } from '../../src/errors.js';
import { inverse3, type Matrix3, multiply3, transpose3 } from '../../src/linalg/matrix3.js';
import { symmetricMatrix, voigtOf } from '../../src/linalg/voigt.js';
import { multiplyRows } from '../../src/structure/cell.js';
import type { AtomicSystem } from '../../src/structure/structure.js';
import { type CrystalOperation, findSymmetry } from '../../src/structure/symmetry.js';

/** A symmetry operation of a crystal and what it does to its atoms. */
export interface AtomOperation extends CrystalOperation {
  /** Where each atom comes to lie: the atom that is there, [N]. */
  readonly images: Int32Array;
}

/**
 * The same calculator with forces and stress averaged over the symmetry that `start` has (atoms may be off their places
 * by `tolerance` A), so that whatever follows them keeps it.  Energies stay as they are.  It does not own the
 * calculator.
 *
 * @throws {LammError} `usage` when `start` is not a crystal, or when what may change of its cell would break the
 *   symmetry.
 */
export function createSymmetrized(
  calculator: Calculator,
  start: AtomicSystem,
  { tolerance, strainMask }: { tolerance: number; strainMask?: readonly number[] },
): Calculator {
  const atomOperations = findAtomOperations(start, tolerance);
  if (strainMask) assertKeepsSymmetry(strainMask, start, atomOperations);
  return {
    name: calculator.name,
    capabilities: calculator.capabilities,
    calculate: async (system) => symmetrize(await calculator.calculate(system), system, atomOperations),
    [Symbol.asyncDispose]: async () => undefined,
  };
}

/**
 * The symmetry operations of a crystal with the atoms that they bring to each other.
 *
 * @throws {LammError} as `findSymmetry`.
 */
export function findAtomOperations(system: AtomicSystem, tolerance: number): AtomOperation[] {
  const { operations } = findSymmetry(system, tolerance);
  const fractional = multiplyRows(system.positions, inverse3(system.cell));
  return operations.map((operation) => ({
    ...operation,
    images: imagesOf(operation, system, { fractional, tolerance }),
  }));
}

/**
 * A strain that has the symmetry of the crystal must have it still when the mask has taken some of its components away.
 */
function assertKeepsSymmetry(
  strainMask: readonly number[],
  { cell }: AtomicSystem,
  operations: readonly AtomOperation[],
): void {
  const average = (tensor: Float64Array) => voigtOf(averageTensor(tensor, cell, operations));
  for (let component = 0; component < 6; component++) {
    const unit = new Float64Array(6);
    unit[component] = 1;
    const masked = average(unit).map((value, k) => value * strainMask[k]);
    if (average(masked).every((value, k) => Math.abs(value - masked[k]) < 1e-6)) continue;
    const message = `the strain mask ${strainMask.join()} would break the symmetry that is to be kept, which changes some of these strains together; leave one of them out`;
    throw new LammError('usage', message, { quantity: 'strainMask' });
  }
}

function averageTensor(tensor: Float64Array, cell: Matrix3, operations: readonly AtomOperation[]): Matrix3 {
  const inverse = inverse3(cell);
  const sum = new Float64Array(9);
  for (const { rotation } of operations) {
    const turn = multiply3(multiply3(inverse, transpose3(rotation)), cell);
    addScaled(sum, turnTensor(tensor, turn), 1 / operations.length);
  }
  return sum;
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
  { fractional, tolerance }: { fractional: Float64Array; tolerance: number },
): Int32Array {
  const { numbers, cell } = system;
  const moved = multiplyRows(fractional, transpose3(rotation)).map((value, i) => value + translation[i % 3]);
  const squareBetween = createSquareDistance(cell);
  const images = Int32Array.from(numbers, (number, atom) => {
    let [image, least] = [-1, (10 * tolerance) ** 2];
    for (let k = 0; k < numbers.length && (image < 0 || least > surely); k++) {
      if (numbers[k] !== number) continue;
      const square = squareBetween(moved, atom, fractional, k);
      if (square < least) [image, least] = [k, square];
    }
    return image;
  });
  const lost = images.indexOf(-1);
  if (lost < 0 && new Set(images).size === images.length) return images;
  const problem =
    lost < 0 ? 'an operation takes two atoms to one' : `no atom lies where an operation takes atom ${lost + 1}`;
  throw new LammError(
    'structure',
    `symmetry: ${problem}; give a structure with clearer symmetry, or a smaller tolerance`,
  );
}

/** Square in A^2 of a distance that no second atom can have. */
const surely = 0.1 ** 2;

/** Square of the distance in A between two of fractional coordinates, modulo lattice vectors. */
function createSquareDistance(cell: Matrix3) {
  const offset = new Float64Array(3);
  return (a: Float64Array, first: number, b: Float64Array, second: number): number => {
    for (let axis = 0; axis < 3; axis++) {
      const share = a[3 * first + axis] - b[3 * second + axis];
      offset[axis] = share - Math.round(share);
    }
    let square = 0;
    for (let axis = 0; axis < 3; axis++) {
      const length = offset[0] * cell[axis] + offset[1] * cell[3 + axis] + offset[2] * cell[6 + axis];
      square += length ** 2;
    }
    return square;
  };
}
