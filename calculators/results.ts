import { listElements } from '../src/elements.js';
import { LammError } from '../src/errors.js';
import { coincidentAtoms } from '../src/neighbors/coincident-atoms.js';
import type { SitePairs } from '../src/neighbors/pair-list.js';
import { cellVolume } from '../src/structure/cell.js';
import type { AtomicSystem } from '../src/structure/structure.js';
import type { CalculationResult } from './calculator.js';

/** The error for an atom and a site (counted from 0) in one place. */
export function coincidentSites(
  first: number,
  site: number,
  { rowStart, imageAtoms, positions }: SitePairs,
): LammError {
  const atomCount = rowStart.length - 1;
  const second = site < atomCount ? site : imageAtoms[site - atomCount];
  const [x, y, z] = [0, 1, 2].map((axis) => positions[3 * site + axis] - positions[3 * first + axis]);
  return coincidentAtoms(first, second, Math.hypot(x, y, z));
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

/** Sums over pairs of sites that are filled while a calculation goes on; kept from one calculation to the next. */
export interface SiteSums {
  /** Energy of each site in eV, [M]. */
  energies: Float64Array;
  /** Forces in eV/A, [M x 3]. */
  forces: Float64Array;
  /** Derivative of the energy with respect to strain in eV, [6]: xx yy zz yz xz xy. */
  readonly virial: Float64Array;
}

export function createSiteSums(): SiteSums {
  return { energies: new Float64Array(0), forces: new Float64Array(0), virial: new Float64Array(6) };
}

/** Makes room for `siteCount` sites and sets everything to zero. */
export function resetSums(sums: SiteSums, siteCount: number): void {
  if (sums.energies.length < siteCount) {
    sums.energies = new Float64Array(siteCount);
    sums.forces = new Float64Array(3 * siteCount);
  }
  sums.energies.fill(0);
  sums.forces.fill(0);
  sums.virial.fill(0);
}

/**
 * The result that belongs to finished sums: what images felt goes to their atoms.  Stress is there when the three lattice vectors span a volume.
 *
 * @throws {LammError} `non-finite` when the energy is not a number.
 */
export function finish(sums: SiteSums, { rowStart, imageAtoms }: SitePairs, cell: Float64Array): CalculationResult {
  const atomCount = rowStart.length - 1;
  const energies = sums.energies.slice(0, atomCount);
  const forces = sums.forces.slice(0, 3 * atomCount);
  for (let image = 0; image < imageAtoms.length; image++) {
    const atom = imageAtoms[image];
    const site = atomCount + image;
    energies[atom] += sums.energies[site];
    forces[3 * atom] += sums.forces[3 * site];
    forces[3 * atom + 1] += sums.forces[3 * site + 1];
    forces[3 * atom + 2] += sums.forces[3 * site + 2];
  }
  const energy = total(energies);
  const volume = cellVolume(cell);
  if (volume === 0) return { energy, energies, forces };
  return { energy, energies, forces, stress: sums.virial.map((component) => component / volume) };
}

function total(energies: Float64Array): number {
  let energy = 0;
  for (let atom = 0; atom < energies.length; atom++) energy += energies[atom];
  if (Number.isFinite(energy)) return energy;
  throw new LammError('non-finite', `expected a finite energy, found ${energy} eV; are two atoms too close?`, {
    quantity: 'energy',
  });
}
