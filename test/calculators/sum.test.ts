import { describe, expect, it } from 'vitest';
import { createEmt } from '../../calculators/emt.js';
import { createLennardJones } from '../../calculators/lennard-jones.js';
import { createSum, createWeightedSum } from '../../calculators/sum.js';
import { describeCalculatorContract } from './contract.js';
import { cluster, rattledCrystal } from './systems.js';

const copper = { symbols: ['Cu'], spacing: 2.55 };
const makeLennardJones = () => createLennardJones({ epsilon: 0.2, sigma: 2.3 });

describe('a sum of calculators', () => {
  it('adds energy, energies, forces and stress with their weights', async () => {
    const system = rattledCrystal(copper);
    const emt = await createEmt().calculate(system);
    const lj = await makeLennardJones().calculate(system);
    const sum = createWeightedSum([
      { calculator: createEmt(), weight: 0.5 },
      { calculator: makeLennardJones(), weight: -2 },
    ]);
    const { energy, energies, forces, stress } = await sum.calculate(system);
    expect(energy).toBe(0.5 * emt.energy - 2 * lj.energy);
    expect(energies[5]).toBe(0.5 * emt.energies[5] - 2 * lj.energies[5]);
    expect(forces[7]).toBe(0.5 * emt.forces[7] - 2 * lj.forces[7]);
    expect(stress?.[4]).toBe(0.5 * (emt.stress?.[4] ?? 0) - 2 * (lj.stress?.[4] ?? 0));
  });

  it('can do what all of its terms can', async () => {
    const { capabilities, name } = createSum([makeLennardJones(), createEmt()]);
    expect(name).toBe('lj + emt');
    expect(capabilities).toEqual({ ...createEmt().capabilities, cutoff: 3 * 2.3 });
    expect(createSum([makeLennardJones(), makeLennardJones()]).capabilities.elements).toBe(null);
  });

  it('refuses to be empty, and weights that are not finite', () => {
    expect(() => createSum([])).toThrow(expect.objectContaining({ code: 'usage' }));
    const terms = [{ calculator: createEmt(), weight: Number.NaN }];
    expect(() => createWeightedSum(terms)).toThrow(expect.objectContaining({ code: 'usage' }));
  });
});

describeCalculatorContract('emt + lj', () => createSum([createEmt(), makeLennardJones()]), [
  rattledCrystal(copper),
  cluster(copper),
]);
