import { listElements } from '../src/elements.js';
import { LammError } from '../src/errors.js';
import { cellVolume } from '../src/structure/cell.js';
import type { AtomicSystem } from '../src/structure/structure.js';
import type { CalculationResult } from './calculator.js';

/** Atoms closer than this (A) are taken for one atom that was written twice. */
export const coincidenceDistance = 1e-3;

/** The error for two atoms (counted from 0) in one place. */
export function coincidentAtoms(first: number, second: number, distance: number): LammError {
  const [one, other] = [first + 1, second + 1].sort((a, b) => a - b);
  const who = one === other ? `atom ${one} and its periodic image are` : `atoms ${one} and ${other} are`;
  return new LammError(
    'structure',
    `${who} in the same place (${distance} A apart); remove one or check the positions`,
    {
      quantity: 'positions',
      expected: `at least ${coincidenceDistance} A`,
      actual: `${distance} A`,
    },
  );
}

/**
 * @throws {LammError} `unsupported-element` when an atom is none of the known elements.
 */
export function assertKnownElements({ numbers }: AtomicSystem, known: ReadonlySet<number>, calculator: string): void {
  if (numbers.every((number) => known.has(number))) return;
  const expected = listElements(known);
  const actual = listElements(numbers.filter((number) => !known.has(number)));
  throw new LammError('unsupported-element', `${calculator} knows the elements ${expected}; found ${actual}`, {
    expected,
    actual,
  });
}

/** Sums over pairs that are filled while a calculation goes on. */
export interface Sums {
  /** Energy of each atom in eV, [N]. */
  readonly energies: Float64Array;
  /** Forces in eV/A, [N x 3]. */
  readonly forces: Float64Array;
  /** Derivative of the energy with respect to strain in eV, [6]: xx yy zz yz xz xy. */
  readonly virial: Float64Array;
}

export function createSums(atomCount: number): Sums {
  return {
    energies: new Float64Array(atomCount),
    forces: new Float64Array(3 * atomCount),
    virial: new Float64Array(6),
  };
}

/**
 * The result that belongs to finished sums; stress is there when the three lattice vectors span a volume.
 *
 * @throws {LammError} `non-finite` when the energy is not a number.
 */
export function finish({ energies, forces, virial }: Sums, cell: Float64Array): CalculationResult {
  let energy = 0;
  for (let atom = 0; atom < energies.length; atom++) energy += energies[atom];
  if (!Number.isFinite(energy)) {
    throw new LammError('non-finite', `expected a finite energy, found ${energy} eV; are two atoms too close?`, {
      quantity: 'energy',
    });
  }
  const volume = cellVolume(cell);
  if (volume === 0) return { energy, energies, forces };
  return { energy, energies, forces, stress: virial.map((component) => component / volume) };
}
