import { describe, expect, it } from 'vitest';
import { relaxSteps } from '../../../md/relax/relax.js';
import type { OptimizerName } from '../../../md/relax/relax-settings.js';
import { cellVolume } from '../../../src/structure/cell.js';
import {
  type ReferenceCase,
  referenceCalculator,
  referenceCases,
  referenceStructure,
} from '../../helpers/physics-reference.js';

interface CellCase extends ReferenceCase {
  readonly optimizer: 'FIRE' | 'BFGS' | 'LBFGS';
  readonly filter: 'UnitCellFilter' | 'ExpCellFilter' | 'StrainFilter';
  readonly pressure_GPa: number;
  readonly fmax: number;
  readonly steps: number;
  readonly energy_per_step: readonly number[];
  readonly volume_per_step: readonly number[];
  readonly final_fmax: number;
}

describe('cell relaxations of the reference', () => {
  const cases = referenceCases<CellCase>('cell_relaxations.json', 'cell_relaxations.json');
  const filters = { UnitCellFilter: 'unit-cell', ExpCellFilter: 'exp-cell', StrainFilter: 'strain' } as const;
  it.each(cases.map((reference) => [reference.name, reference] as const))('%s', async (_, reference) => {
    await using calculator = referenceCalculator(reference);
    const steps = relaxSteps(referenceStructure(reference), calculator, {
      optimizer: reference.optimizer.toLowerCase() as OptimizerName, // the same three names
      fmax: reference.fmax,
      cell: filters[reference.filter],
      pressureGPa: reference.pressure_GPa,
      smaxGPa: 1000, // the reference limits forces alone
    });
    const energies: number[] = [];
    const volumes: number[] = [];
    let next = await steps.next();
    for (; !next.done; next = await steps.next()) {
      energies.push(next.value.energy);
      volumes.push(cellVolume(next.value.system.cell));
    }
    expect(next.value).toMatchObject({ converged: true, step: reference.steps });
    expect(next.value.fmax).toBeCloseTo(reference.final_fmax, 5);
    energies.forEach((energy, step) => expect(energy).toBeCloseTo(reference.energy_per_step[step], 6));
    volumes.forEach((volume, step) => expect(volume).toBeCloseTo(reference.volume_per_step[step], 5));
  });
});
