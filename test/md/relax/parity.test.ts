import { describe, expect, it } from 'vitest';
import { relaxSteps } from '../../../md/relax/relax.js';
import type { OptimizerName } from '../../../md/relax/relax-settings.js';
import {
  type ReferenceCase,
  referenceCalculator,
  referenceCases,
  referenceStructure,
} from '../../helpers/physics-reference.js';

interface RelaxationCase extends ReferenceCase {
  readonly optimizer: 'FIRE' | 'BFGS' | 'LBFGS';
  readonly fmax: number;
  readonly steps: number;
  readonly energy_per_step: readonly number[];
  readonly final_positions: readonly (readonly number[])[];
}

describe('relaxations of the reference', () => {
  const cases = referenceCases<RelaxationCase>('relaxations.json', 'relaxations.json');
  it.each(cases.map((reference) => [reference.name, reference] as const))('%s', async (_, reference) => {
    const optimizer = reference.optimizer.toLowerCase() as OptimizerName; // the same three names
    const energies: number[] = [];
    await using calculator = referenceCalculator(reference);
    const steps = relaxSteps(referenceStructure(reference), calculator, { optimizer, fmax: reference.fmax });
    let next = await steps.next();
    for (; !next.done; next = await steps.next()) energies.push(next.value.energy);
    expect(next.value).toMatchObject({ converged: true, step: reference.steps });
    // Printed to 8 digits; the last steps of long flat valleys amplify rounding.
    energies.forEach((energy, step) => expect(energy).toBeCloseTo(reference.energy_per_step[step], 6));
    const expected = reference.final_positions.flat();
    next.value.structure.positions.forEach((value, i) => expect(value).toBeCloseTo(expected[i], 4));
  });
});
