import { chemicalSymbols } from '../../../src/elements.js';
import { LammError } from '../../../src/errors.js';
import { createLeastSquares } from '../../../src/linalg/least-squares.js';
import type { Structure } from '../../../src/structure/structure.js';
import { describeOrigin, type Sample } from '../sample/sample.js';

/** Energy in eV that one atom of an element contributes before anything is learned, by atomic number. */
export type ReferenceEnergies = ReadonlyMap<number, number>;

export interface ReferenceFit {
  readonly references: ReferenceEnergies;
  /** Elements whose energies were fitted, by atomic number. */
  readonly fitted: readonly number[];
  /**
   * Number of independent combinations of the fitted energies that the data determine; fewer than `fitted` when
   * elements always occur in the same ratio.
   */
  readonly rank: number;
}

export interface ReferenceFitOptions {
  /** Energies in eV that are known beforehand, by atomic number. */
  readonly fixed?: ReferenceEnergies;
  /** Whether to minimise the error of the energy per atom instead of that of the total energy. */
  readonly perAtom?: boolean;
}

/**
 * Fits the energies of the samples by a sum over elements, E = sum_z count_z e_z, with the shortest vector e among
 * equals.
 *
 * @throws {LammError} `missing-label` when no sample has an energy.
 */
export function fitReferenceEnergies(samples: Iterable<Sample>, options: ReferenceFitOptions = {}): ReferenceFit {
  const { fixed = new Map<number, number>(), perAtom = false } = options;
  const fitted = elementsWithEnergy(samples).filter((number) => !fixed.has(number));
  if (fitted.length === 0) return { references: fixed, fitted, rank: 0 };

  const columnOf = new Map(fitted.map((number, column) => [number, column]));
  const system = createLeastSquares(fitted.length);
  const row = new Float64Array(fitted.length);
  for (const { structure, energy } of samples) {
    if (energy === undefined) continue;
    const weight = perAtom ? 1 / structure.numbers.length : 1;
    let target = energy;
    row.fill(0);
    for (const number of structure.numbers) {
      const column = columnOf.get(number);
      if (column === undefined) target -= fixed.get(number) ?? 0;
      else row[column] += weight;
    }
    system.add(row, weight * target);
  }
  const { solution, rank } = system.solve();
  const references = new Map([...fixed, ...fitted.map((number, column) => [number, solution[column]] as const)]);
  return { references, fitted, rank };
}

/** Atomic numbers in the samples that have an energy, rising. */
function elementsWithEnergy(samples: Iterable<Sample>): number[] {
  const present = new Set<number>();
  for (const { structure, energy } of samples) {
    if (energy !== undefined) for (const number of structure.numbers) present.add(number);
  }
  return [...present].sort((a, b) => a - b);
}

/** Sum of the reference energies of the atoms, eV; NaN when one of them has none. */
export function referenceEnergyOf(references: ReferenceEnergies, { numbers }: Pick<Structure, 'numbers'>): number {
  let sum = 0;
  for (const number of numbers) sum += references.get(number) ?? Number.NaN;
  return sum;
}

/** @throws {LammError} `unsupported-element` when a sample holds an element without a reference energy. */
export function assertReferences(references: ReferenceEnergies, samples: Iterable<Sample>): void {
  for (const { structure, origin } of samples) {
    const unknown = structure.numbers.find((number) => !references.has(number));
    if (unknown === undefined) continue;
    const known = [...references.keys()].sort((a, b) => a - b).map((number) => chemicalSymbols[number]);
    throw new LammError(
      'unsupported-element',
      `${describeOrigin(origin)} holds ${chemicalSymbols[unknown]}, an element that no training frame with an energy holds ` +
        `(known: ${known.join(' ')}); add such frames, give data.referenceEnergies, or leave the frame out`,
    );
  }
}
