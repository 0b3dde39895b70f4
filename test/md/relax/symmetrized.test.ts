import { describe, expect, it } from 'vitest';
import type { Calculator } from '../../../calculators/calculator.js';
import { createCalculator } from '../../../calculators/create-calculator.js';
import { relax } from '../../../md/relax/relax.js';
import { createSymmetrized } from '../../../md/relax/symmetrized.js';
import { createStructure } from '../../../src/structure/structure.js';
import { findSymmetry } from '../../../src/structure/symmetry.js';
import { largestDifference } from '../../helpers/compare.js';

// Au3Cu in the wrong cell: its shape may relax, its symmetry is P4/mmm.
const crystal = createStructure({
  symbols: ['Cu', 'Au', 'Au', 'Au'],
  positions: [0, 0, 0, 0, 1.95, 1.85, 1.95, 0, 1.85, 1.95, 1.95, 0],
  cell: [3.9, 0, 0, 0, 3.9, 0, 0, 0, 3.7],
});
const emt = createCalculator('emt');
/** Forces and stress of EMT with errors that know nothing of symmetry, as those of a learned model may. */
const rough: Calculator = {
  ...emt,
  calculate: async (system) => {
    const result = await emt.calculate(system);
    return {
      ...result,
      forces: result.forces.map((value, i) => value + 0.02 * Math.sin(7 * i)),
      stress: result.stress?.map((value, i) => value + 0.001 * Math.sin(5 * i)),
    };
  },
};

describe('a symmetrised calculator', () => {
  it('changes nothing where the forces are symmetric', async () => {
    const [plain, averaged] = [
      await emt.calculate(crystal),
      await createSymmetrized(emt, crystal, { tolerance: 1e-3 }).calculate(crystal),
    ];
    expect(largestDifference(averaged.forces, plain.forces)).toBeLessThan(1e-12);
    expect(largestDifference(averaged.stress ?? [], plain.stress ?? [1])).toBeLessThan(1e-12);
    expect(averaged.energy).toBe(plain.energy);
  });

  it('makes a relaxation keep the space group, cell included, that rough forces would break', async () => {
    const { number, operations } = findSymmetry(crystal);
    expect(operations.length).toBe(16);
    const kept = await relax(crystal, rough, { cell: 'unit-cell', symmetry: true, fmax: 0.01 });
    expect(kept.converged).toBe(true);
    expect(findSymmetry(kept.structure, 1e-6)).toMatchObject({ number });
    const broken = await relax(crystal, rough, { cell: 'unit-cell', fmax: 0.01 });
    expect(findSymmetry(broken.structure, 1e-3).number).toBeLessThan(number);
  });

  it('is refused where fixed atoms would break the symmetry', async () => {
    const constraints = [{ kind: 'atoms', atoms: [0] }] as const;
    await expect(relax(crystal, emt, { symmetry: true, constraints })).rejects.toMatchObject({ code: 'usage' });
  });
});
