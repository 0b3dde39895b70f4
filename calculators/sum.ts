import { LammError } from '../src/errors.js';
import type { CalculationResult, Calculator, CalculatorCapabilities } from './calculator.js';

/** A calculator and the factor of its energy, forces and stress. */
export interface WeightedCalculator {
  readonly calculator: Calculator;
  readonly weight: number;
}

/** Creates the sum of calculators, for instance a short-ranged potential and a correction. */
export function createSum(calculators: readonly Calculator[]): Calculator {
  return createWeightedSum(calculators.map((calculator) => ({ calculator, weight: 1 })));
}

/**
 * Creates a weighted sum of calculators; with weights of 1/n it is the mean of a committee.  It owns its calculators:
 * disposing it disposes them.
 *
 * @throws {LammError} `usage` without calculators or for a weight that is not finite.
 */
export function createWeightedSum(terms: readonly WeightedCalculator[]): Calculator {
  if (terms.length === 0) throw new LammError('usage', 'sum: expected at least one calculator, found none');
  for (const { calculator, weight } of terms) {
    if (!Number.isFinite(weight))
      throw new LammError('usage', `sum: expected a finite weight for ${calculator.name}, found ${weight}`);
  }
  return {
    name: terms
      .map(({ calculator, weight }) => (weight === 1 ? calculator.name : `${weight} ${calculator.name}`))
      .join(' + '),
    capabilities: sharedCapabilities(terms.map(({ calculator }) => calculator.capabilities)),
    async calculate(system) {
      const results: CalculationResult[] = [];
      for (const { calculator } of terms) results.push(await calculator.calculate(system));
      return addResults(
        results,
        terms.map(({ weight }) => weight),
      );
    },
    async [Symbol.asyncDispose]() {
      for (const { calculator } of terms) await calculator[Symbol.asyncDispose]();
    },
  };
}

/** What all can do: common elements, the largest cutoff. */
function sharedCapabilities(capabilities: readonly CalculatorCapabilities[]): CalculatorCapabilities {
  const limited = capabilities.flatMap(({ elements }) => (elements === null ? [] : [elements]));
  const common =
    limited.length === 0 ? null : [...limited[0]].filter((number) => limited.every((set) => set.has(number)));
  return {
    elements: common && new Set(common),
    cutoff: Math.max(...capabilities.map(({ cutoff }) => cutoff)),
    conservative: capabilities.every(({ conservative }) => conservative),
    stress: capabilities.every(({ stress }) => stress),
    heads: [],
    headFor: capabilities.find(({ headFor }) => headFor)?.headFor,
  };
}

function addResults(results: readonly CalculationResult[], weights: readonly number[]): CalculationResult {
  const add = (arrays: readonly Float64Array[]) =>
    Float64Array.from(arrays[0], (_, index) =>
      arrays.reduce((sum, array, term) => sum + weights[term] * array[index], 0),
    );
  const head = results.find((result) => result.head !== undefined)?.head;
  const stresses = results.flatMap(({ stress }) => (stress === undefined ? [] : [stress]));
  return {
    energy: results.reduce((sum, { energy }, term) => sum + weights[term] * energy, 0),
    energies: add(results.map(({ energies }) => energies)),
    forces: add(results.map(({ forces }) => forces)),
    ...(stresses.length === results.length && { stress: add(stresses) }),
    ...(head !== undefined && { head }),
  };
}
