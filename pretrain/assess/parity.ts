import { groupBy } from '../../src/group-by.js';
import { GPa } from '../../src/units.js';
import {
  fitReferenceEnergies,
  type ReferenceEnergies,
  referenceEnergyOf,
} from '../dataset/labels/reference-energies.js';
import { type Comparison, comparisonsByFile, comparisonsByHead } from './evaluate.js';

/** Labels and what a calculator says of them, one beside the other. */
export interface Pairs {
  readonly reference: Float64Array;
  readonly predicted: Float64Array;
}

/** Pairs of one file, or of one group of frames in it. */
export interface ParitySet {
  readonly file: string;
  /** The level of theory that answered, where there are several. */
  readonly head?: string;
  readonly group?: string;
  /** eV/atom, after one energy per element fitted to the labels of all files of its head was taken from both. */
  readonly energies: Pairs;
  /** Components, eV/A. */
  readonly forces: Pairs;
  /** The six components, GPa; positive where the crystal is pulled. */
  readonly stress: Pairs;
}

/** Errors of the structures and atoms of one element. */
export interface ElementErrors {
  readonly number: number;
  /** Labelled structures that hold it, and the mean absolute error of their energies, eV/atom. */
  readonly structures: number;
  readonly energy: number;
  /** Its labelled atoms, and the mean absolute error of the components of their forces, eV/A. */
  readonly atoms: number;
  readonly forces: number;
}

/** How well predictions follow the references; R2 and slope are NaN where the references are all the same. */
export interface PairStatistics {
  readonly count: number;
  readonly mae: number;
  readonly rmse: number;
  /** 1 - sum of squared errors / sum of squared deviations of the references from their mean. */
  readonly r2: number;
  /** Of the straight line through predictions over references. */
  readonly slope: number;
}

/** A structure with its errors. */
export interface StructureError {
  readonly comparison: Comparison;
  /** Of the energy, eV/atom, signed. */
  readonly energy?: number;
  /** The largest length of the error of a force, eV/A, and its atom counted from 0. */
  readonly force?: { readonly length: number; readonly atom: number };
}

/** Pairs of each file and level of theory, then of its groups where it has several. */
export function paritySets(comparisons: readonly Comparison[]): ParitySet[] {
  const references = new Map(
    comparisonsByHead(comparisons).map(({ head, comparisons: ofHead }) => [head, labelReferences(ofHead)]),
  );
  return comparisonsByFile(comparisons).flatMap(({ comparisons: chosen, ...set }) => {
    const pairsOf = (some: readonly Comparison[]) => ({
      energies: energyPairs(some, references.get(set.head) ?? new Map()),
      forces: componentPairs(some, ({ sample, result }) => [sample.forces, result.forces]),
      stress: componentPairs(some, ({ sample, result }) => [inGPa(sample.stress), inGPa(result.stress)]),
    });
    const groups = [...groupBy(chosen, ({ sample }) => sample.origin.group ?? '')].sort(([a], [b]) => (a < b ? -1 : 1));
    return [
      { ...set, ...pairsOf(chosen) },
      ...(groups.length > 1 ? groups.map(([group, some]) => ({ ...set, group, ...pairsOf(some) })) : []),
    ];
  });
}

function labelReferences(comparisons: readonly Comparison[]): ReferenceEnergies {
  const samples = comparisons.map(({ sample }) => sample);
  return fitReferenceEnergies(samples, { perAtom: true }).references;
}

function energyPairs(comparisons: readonly Comparison[], references: ReferenceEnergies): Pairs {
  const labelled = comparisons.filter(({ sample }) => sample.energy !== undefined);
  const perAtom = ({ sample: { structure } }: Comparison, energy: number) =>
    (energy - referenceEnergyOf(references, structure)) / structure.numbers.length;
  return {
    reference: Float64Array.from(labelled, (one) => perAtom(one, one.sample.energy ?? Number.NaN)),
    predicted: Float64Array.from(labelled, (one) => perAtom(one, one.result.energy)),
  };
}

/** Pairs of the components of something that a structure may have a label of, and a calculator may say. */
function componentPairs(
  comparisons: readonly Comparison[],
  componentsOf: (one: Comparison) => readonly [Float64Array | undefined, Float64Array | undefined],
): Pairs {
  const chosen = comparisons.flatMap((one) => {
    const [reference, predicted] = componentsOf(one);
    return reference && predicted ? [{ reference, predicted }] : [];
  });
  return joinPairs(chosen);
}

function inGPa(stress: Float64Array | undefined): Float64Array | undefined {
  return stress?.map((component) => component / GPa);
}

/** Errors by element, in the order of the atomic numbers; zero where there are no labels. */
export function elementErrors(comparisons: readonly Comparison[]): ElementErrors[] {
  const sums = new Map<number, { structures: number; energy: number; atoms: number; forces: number }>();
  const sumOf = (number: number) => {
    const sum = sums.get(number) ?? { structures: 0, energy: 0, atoms: 0, forces: 0 };
    sums.set(number, sum);
    return sum;
  };
  for (const { comparison, energy } of structureErrors(comparisons)) {
    const { sample, result } = comparison;
    const { numbers } = sample.structure;
    if (energy !== undefined) {
      for (const sum of Array.from(new Set(numbers), sumOf)) {
        sum.structures++;
        sum.energy += Math.abs(energy);
      }
    }
    if (sample.forces === undefined) continue;
    const errors = errorsOfPairs({ reference: sample.forces, predicted: result.forces });
    for (const [atom, number] of numbers.entries()) {
      const sum = sumOf(number);
      sum.atoms++;
      for (const axis of [0, 1, 2]) sum.forces += Math.abs(errors[3 * atom + axis]);
    }
  }
  return [...sums]
    .sort(([a], [b]) => a - b)
    .map(([number, { structures, energy, atoms, forces }]) => ({
      number,
      structures,
      energy: structures > 0 ? energy / structures : 0,
      atoms,
      forces: atoms > 0 ? forces / (3 * atoms) : 0,
    }));
}

/** All pairs of several sets. */
export function joinPairs(pairs: readonly Pairs[]): Pairs {
  const join = (key: keyof Pairs) => {
    const joined = new Float64Array(pairs.reduce((sum, one) => sum + one[key].length, 0));
    let offset = 0;
    for (const one of pairs) {
      joined.set(one[key], offset);
      offset += one[key].length;
    }
    return joined;
  };
  return { reference: join('reference'), predicted: join('predicted') };
}

export function errorsOfPairs({ reference, predicted }: Pairs): Float64Array {
  return predicted.map((value, index) => value - reference[index]);
}

export function pairStatistics(pairs: Pairs): PairStatistics {
  const { reference, predicted } = pairs;
  const count = reference.length;
  const mean = (values: Float64Array) => values.reduce((sum, value) => sum + value, 0) / count;
  const errors = errorsOfPairs(pairs);
  const square = mean(errors.map((error) => error * error));
  const [meanReference, meanPredicted] = [mean(reference), mean(predicted)];
  const variance = mean(reference.map((value) => (value - meanReference) ** 2));
  const covariance = mean(reference.map((value, i) => (value - meanReference) * (predicted[i] - meanPredicted)));
  const varies = variance > 1e-24 * (1 + meanReference ** 2); // beyond rounding
  return {
    count,
    mae: mean(errors.map(Math.abs)),
    rmse: Math.sqrt(square),
    r2: varies ? 1 - square / variance : Number.NaN,
    slope: varies ? covariance / variance : Number.NaN,
  };
}

/** The errors of every structure that has labels. */
export function structureErrors(comparisons: readonly Comparison[]): StructureError[] {
  return comparisons.map((comparison) => {
    const { sample, result } = comparison;
    const { energy, forces, structure } = sample;
    return {
      comparison,
      ...(energy !== undefined && { energy: (result.energy - energy) / structure.numbers.length }),
      ...(forces && { force: largestForceError(forces, result.forces) }),
    };
  });
}

function largestForceError(reference: Float64Array, predicted: Float64Array): { length: number; atom: number } {
  let worst = { length: 0, atom: 0 };
  for (let atom = 0; atom < reference.length / 3; atom++) {
    const [x, y, z] = [0, 1, 2].map((axis) => predicted[3 * atom + axis] - reference[3 * atom + axis]);
    const length = Math.hypot(x, y, z);
    if (length > worst.length) worst = { length, atom };
  }
  return worst;
}
