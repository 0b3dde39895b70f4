import { inverse3, type Matrix3, multiply3, transpose3 } from '../../src/linalg/matrix3.js';
import { voigtOf } from '../../src/linalg/voigt.js';
import { multiplyRows } from '../../src/structure/cell.js';
import type { AtomicSystem } from '../../src/structure/structure.js';
import { findSymmetry, type SpaceGroup } from '../../src/structure/symmetry.js';
import { functionsOf } from '../ensembles/deform.js';
import { type AtomOperation, findAtomOperations } from './symmetrized.js';

/** The space group that a relaxation keeps. */
export interface StartSymmetry extends Pick<SpaceGroup, 'number' | 'symbol'> {
  /** Atoms may be off their places by so much, in A. */
  readonly tolerance: number;
  /** The group that a user may have meant: with more operations, and the least of some tolerances that finds it. */
  readonly nearby?: Omit<StartSymmetry, 'nearby'>;
}

/** Tolerances in A at which more symmetry is looked for. */
const looser = [0.003, 0.01, 0.03, 0.1];

/**
 * The symmetry of a start that a relaxation keeps, and whether a looser tolerance would find more.
 *
 * @throws {LammError} as `findSymmetry`.
 */
export function startSymmetry(system: AtomicSystem, tolerance: number): StartSymmetry {
  const { number, symbol, operations } = findSymmetry(system, tolerance);
  const kept = { number, symbol, tolerance };
  let nearby: StartSymmetry['nearby'];
  let most = operations.length;
  for (const loose of looser) {
    if (loose <= tolerance) continue;
    const found = findNearby(system, loose);
    if (found === undefined || found.operations.length <= most) continue;
    most = found.operations.length;
    nearby = { number: found.number, symbol: found.symbol, tolerance: loose };
  }
  return { ...kept, ...(nearby && { nearby }) };
}

/** What is to be said of it. */
export function describeSymmetry({ number, symbol, tolerance, nearby }: StartSymmetry): string {
  const kept = `the symmetry that is kept is ${symbol} (${number})${number === 1 ? ', that is none' : ''}, within ${tolerance} A`;
  if (nearby === undefined) return kept;
  return `${kept}; within ${nearby.tolerance} A it would be ${nearby.symbol} (${nearby.number}): \`symmetryTolerance: ${nearby.tolerance}\` if that is meant`;
}

/**
 * The system with its atoms put on the places, and its cell given the shape, that its symmetry says: both are averaged
 * over the operations; the cell is not turned.
 *
 * @throws {LammError} as `findSymmetry`.
 */
export function symmetricStart<System extends AtomicSystem>(system: System, tolerance: number): System {
  let current = system;
  // The operations of atoms that are off their places are slightly off, too; those of the first average are not.
  for (let round = 0; round < 2; round++) {
    const operations = findAtomOperations(current, tolerance);
    const cell = averageCell(current.cell, operations);
    const shares = averagePlaces(multiplyRows(current.positions, inverse3(current.cell)), operations);
    current = { ...current, cell, positions: multiplyRows(shares, cell) };
  }
  return current;
}

function findNearby(system: AtomicSystem, tolerance: number) {
  try {
    return findSymmetry(system, tolerance);
  } catch {
    return undefined; // at loose tolerances no group may fit
  }
}

/** With the metric G = cell cell^T averaged to W^T G W, the cell is stretched by the root of cell^-1 G cell^-T. */
function averageCell(cell: Matrix3, operations: readonly AtomOperation[]): Matrix3 {
  const metric = multiply3(cell, transpose3(cell));
  const average = new Float64Array(9);
  for (const { rotation } of operations) {
    const turned = multiply3(multiply3(transpose3(rotation), metric), rotation);
    for (let k = 0; k < 9; k++) average[k] += turned[k] / operations.length;
  }
  const inverse = inverse3(cell);
  const [stretch] = functionsOf(voigtOf(multiply3(multiply3(inverse, average), transpose3(inverse))), [Math.sqrt]);
  return multiply3(cell, stretch);
}

function averagePlaces(shares: Float64Array, operations: readonly AtomOperation[]): Float64Array {
  const average = shares.slice();
  for (const { rotation, translation, images } of operations) {
    const moved = multiplyRows(shares, transpose3(rotation));
    for (let i = 0; i < moved.length; i++) {
      const target = 3 * images[Math.floor(i / 3)] + (i % 3);
      const off = moved[i] + translation[i % 3] - shares[target];
      average[target] += (off - Math.round(off)) / operations.length;
    }
  }
  return average;
}
