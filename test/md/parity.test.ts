import { describe, expect, it } from 'vitest';
import { runMd } from '../../md/run.js';
import { kineticEnergy, temperature, velocitiesOf } from '../../md/state.js';
import {
  type ReferenceCase,
  referenceCalculator,
  referenceCases,
  referenceStructure,
} from '../helpers/physics-reference.js';

interface MdCase extends ReferenceCase {
  readonly ensemble?: string;
  readonly timestep_fs: number;
  readonly steps: number;
  readonly masses_amu: number[];
  readonly initial_velocities: number[][];
  readonly epot: readonly number[];
  readonly ekin: readonly number[];
  readonly temperature_K: readonly number[];
  readonly final_positions: readonly (readonly number[])[];
  readonly final_velocities: readonly (readonly number[])[];
}

describe('constant-energy dynamics of the reference', () => {
  const cases = referenceCases<MdCase>('md.json', 'nve.json').filter(
    ({ ensemble }) => ensemble === undefined || ensemble === 'NVE',
  );
  it.each(cases.map((reference) => [reference.name, reference] as const))('%s', async (_, reference) => {
    const { steps, timestep_fs: timestepFs } = reference;
    const structure = referenceStructure(reference, {
      masses: reference.masses_amu,
      velocities: reference.initial_velocities,
    });
    await using calculator = referenceCalculator(reference);
    for await (const state of runMd(structure, calculator, {
      steps,
      timestepFs,
      ensemble: 'nve',
      velocities: 'keep',
    })) {
      expect(state.potentialEnergy).toBeCloseTo(reference.epot[state.step], 7);
      expect(kineticEnergy(state)).toBeCloseTo(reference.ekin[state.step], 7);
      expect(temperature(state)).toBeCloseTo(reference.temperature_K[state.step], 3);
      if (state.step < steps) continue;
      // Chaos amplifies a disturbance of 1e-12 A to 1e-10 A here, so 1e-8 A asks for the same algorithm and nothing more.
      expect(largestDifference(state.positions, reference.final_positions)).toBeLessThan(1e-8);
      expect(largestDifference(velocitiesOf(state), reference.final_velocities)).toBeLessThan(1e-8);
    }
  });
});

function largestDifference(values: Float64Array, expected: readonly (readonly number[])[]): number {
  const flat = expected.flat();
  return Math.max(...values.map((value, i) => Math.abs(value - flat[i])));
}
