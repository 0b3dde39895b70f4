import { UnstableError } from '../../src/errors.js';
import type { Matrix3 } from '../../src/linalg/matrix3.js';
import { symmetricEigen } from '../../src/linalg/symmetric-eigen.js';
import { symmetricMatrix } from '../../src/linalg/voigt.js';
import type { Coupling } from '../settings.js';
import type { MdState } from '../state/state.js';

/** A cell that changes by more than this in one step is out of control. */
const maxStrain = 0.1;

/** Functions of a symmetric tensor ([6]), as matrices: a function is applied to the eigenvalues. */
export function functionsOf(tensor: Float64Array, functions: readonly ((value: number) => number)[]): Matrix3[] {
  const { values, vectors } = symmetricEigen(symmetricMatrix(tensor), 3);
  return functions.map((apply) => composeSymmetric(values.map(apply), vectors));
}

// The matrix of these eigenvalues and eigenvectors, which are rows.
function composeSymmetric(values: Float64Array, vectors: Float64Array): Matrix3 {
  const result = new Float64Array(9);
  for (let k = 0; k < 3; k++) {
    const value = values[k];
    const x = vectors[3 * k];
    const y = vectors[3 * k + 1];
    const z = vectors[3 * k + 2];
    result[0] += value * x * x;
    result[4] += value * y * y;
    result[8] += value * z * z;
    result[1] += value * x * y;
    result[2] += value * x * z;
    result[5] += value * y * z;
  }
  result[3] = result[1];
  result[6] = result[2];
  result[7] = result[5];
  return result;
}

/**
 * Deforms cell and positions by a symmetric strain, r -> r exp(strain), and the momenta by its inverse, which keeps
 * volumes in phase space. Returns the change of kinetic energy in eV.
 *
 * Shapes: `strain` is [6]: xx yy zz yz xz xy, each shear once.  Mutates positions, cell and momenta of `state`.
 *
 * @throws {UnstableError} when the strain is larger than any sound step takes.
 */
export function deform(state: MdState, strain: Float64Array): number {
  assertSmall(strain, state.step);
  const [stretch, shrink] = functionsOf(strain, [Math.exp, (value) => Math.exp(-value)]);
  multiplyBySymmetric(state.positions, stretch);
  multiplyBySymmetric(state.cell, stretch);
  return deformMomenta(state, shrink);
}

// Rows [N x 3] times a symmetric matrix, in place.
function multiplyBySymmetric(rows: Float64Array, [xx, xy, xz, , yy, yz, , , zz]: Matrix3): void {
  for (let i = 0; i < rows.length; i += 3) {
    const x = rows[i];
    const y = rows[i + 1];
    const z = rows[i + 2];
    rows[i] = x * xx + y * xy + z * xz;
    rows[i + 1] = x * xy + y * yy + z * yz;
    rows[i + 2] = x * xz + y * yz + z * zz;
  }
}

// The same for the momenta, in one pass with their kinetic energy before and after; returns its change in eV.
function deformMomenta({ momenta, masses }: MdState, [xx, xy, xz, , yy, yz, , , zz]: Matrix3): number {
  let twiceBefore = 0;
  let twiceAfter = 0;
  for (let atom = 0; atom < masses.length; atom++) {
    const i = 3 * atom;
    const x = momenta[i];
    const y = momenta[i + 1];
    const z = momenta[i + 2];
    const newX = x * xx + y * xy + z * xz;
    const newY = x * xy + y * yy + z * yz;
    const newZ = x * xz + y * yz + z * zz;
    momenta[i] = newX;
    momenta[i + 1] = newY;
    momenta[i + 2] = newZ;
    twiceBefore += (x * x + y * y + z * z) / masses[atom];
    twiceAfter += (newX * newX + newY * newY + newZ * newZ) / masses[atom];
  }
  return twiceAfter / 2 - twiceBefore / 2;
}

/** Keeps of a symmetric tensor ([6], in place) what the coupling lets the cell feel. */
export function couple(tensor: Float64Array, coupling: Coupling): void {
  if (coupling === 'triclinic') return;
  tensor.fill(0, 3);
  if (coupling === 'isotropic') tensor.fill((tensor[0] + tensor[1] + tensor[2]) / 3, 0, 3);
}

/** @throws {UnstableError} when a component of the strain of one step is not a small number. */
export function assertSmall(strain: Float64Array, step: number): void {
  const bad = strain.find((value) => !(Math.abs(value) <= maxStrain));
  if (bad === undefined) return;
  const message =
    `the cell would change by ${(100 * bad).toFixed(0)} % in the step after ${step}; ` +
    'use a longer barostat time, a shorter time step, or relax the cell first';
  throw new UnstableError('unstable', message, {
    quantity: 'cell',
    step,
    expected: `at most ${100 * maxStrain} %`,
  });
}
