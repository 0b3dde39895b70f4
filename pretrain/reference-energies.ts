import { chemicalSymbols } from '../src/elements.js';
import { LammError } from '../src/errors.js';
import { leastSquares } from '../src/linalg/least-squares.js';
import type { Structure } from '../src/structure/structure.js';
import { describeOrigin, type Sample } from './dataset/sample.js';

/** Energy in eV that one atom of an element contributes before anything is learned, by atomic number. */
export type ReferenceEnergies = ReadonlyMap<number, number>;

export interface ReferenceFit {
  readonly references: ReferenceEnergies;
  /** Elements whose energies were fitted, by atomic number. */
  readonly fitted: readonly number[];
  /** Number of independent combinations of the fitted energies that the data determine; fewer than `fitted` when elements always occur in the same ratio. */
  readonly rank: number;
}

export interface ReferenceFitOptions {
  /** Energies in eV that are known beforehand, by atomic number. */
  readonly fixed?: ReferenceEnergies;
  /** Whether to minimise the error of the energy per atom instead of that of the total energy. */
  readonly perAtom?: boolean;
}

/**
 * Fits the energies of the samples by a sum over elements, E = sum_z count_z e_z, with the shortest vector e among equals.
 *
 * @throws {LammError} `missing-label` when no sample has an energy.
 */
export function fitReferenceEnergies(samples: readonly Sample[], options: ReferenceFitOptions = {}): ReferenceFit {
  const { fixed = new Map<number, number>(), perAtom = false } = options;
  const labelled = samples.filter(({ energy }) => energy !== undefined);
  const present = new Set(labelled.flatMap(({ structure }) => [...new Set(structure.numbers)]));
  const fitted = [...present].filter((number) => !fixed.has(number)).sort((a, b) => a - b);
  if (labelled.length === 0 || fitted.length === 0) return { references: fixed, fitted: [], rank: 0 };

  const columnOf = new Map(fitted.map((number, column) => [number, column]));
  const matrix = new Float64Array(labelled.length * fitted.length);
  const targets = new Float64Array(labelled.length);
  for (const [row, { structure, energy = 0 }] of labelled.entries()) {
    const weight = perAtom ? 1 / structure.numbers.length : 1;
    let target = energy;
    for (const number of structure.numbers) {
      const column = columnOf.get(number);
      if (column === undefined) target -= fixed.get(number) ?? 0;
      else matrix[row * fitted.length + column] += weight;
    }
    targets[row] = weight * target;
  }
  const { solution, rank } = leastSquares(matrix, targets);
  const references = new Map([...fixed, ...fitted.map((number, column) => [number, solution[column]] as const)]);
  return { references, fitted, rank };
}

/** Sum of the reference energies of the atoms, eV; NaN when one of them has none. */
export function referenceEnergyOf(references: ReferenceEnergies, { numbers }: Pick<Structure, 'numbers'>): number {
  let sum = 0;
  for (const number of numbers) sum += references.get(number) ?? Number.NaN;
  return sum;
}

/** @throws {LammError} `unsupported-element` when a sample holds an element without a reference energy. */
export function assertReferences(references: ReferenceEnergies, samples: readonly Sample[]): void {
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
