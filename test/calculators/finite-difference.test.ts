import { describe, expect, it } from 'vitest';
import { createFiniteDifference } from '../../calculators/finite-difference.js';
import { createMorse } from '../../calculators/morse.js';
import { createStructure } from '../../src/structure/structure.js';
import { largestDifference } from '../helpers/compare.js';
import { cluster, rattledCrystal } from './systems.js';

const makeMorse = () => createMorse({ epsilon: 0.35, rho0: 4, r0: 2.6 });
const copper = { symbols: ['Cu'], spacing: 2.6 };

describe('the finite-difference calculator', () => {
  it('quarters its error in forces and stress when displacement and strain are halved', async () => {
    const system = rattledCrystal(copper);
    const exact = await makeMorse().calculate(system);
    const errors = async (displacement: number) => {
      const options = { displacement, strain: displacement / 4 };
      const { forces, stress } = await createFiniteDifference(makeMorse(), options).calculate(system);
      return [largestDifference(forces, exact.forces), largestDifference(stress ?? [], exact.stress ?? [])];
    };
    const [forceError, stressError] = await errors(0.02);
    const [halfForceError, halfStressError] = await errors(0.01);
    expect(forceError / halfForceError).toBeCloseTo(4, 1);
    expect(stressError / halfStressError).toBeCloseTo(4, 1);
  });

  it('keeps the energies, and gives no stress where there is no cell', async () => {
    const system = cluster(copper);
    const exact = await makeMorse().calculate(system);
    const { energy, energies, stress } = await createFiniteDifference(makeMorse()).calculate(system);
    expect([energy, energies, stress]).toEqual([exact.energy, exact.energies, undefined]);
  });

  it('passes on what its calculator refuses, and refuses steps that are not positive', async () => {
    const twice = createStructure({ symbols: ['Cu', 'Cu'], positions: [0, 0, 0, 0, 0, 0] });
    await expect(createFiniteDifference(makeMorse()).calculate(twice)).rejects.toMatchObject({ code: 'structure' });
    expect(() => createFiniteDifference(makeMorse(), { displacement: 0 })).toThrow(
      expect.objectContaining({ code: 'usage' }),
    );
    expect(() => createFiniteDifference(makeMorse(), { strain: -1 })).toThrow(
      expect.objectContaining({ code: 'usage' }),
    );
  });
});
