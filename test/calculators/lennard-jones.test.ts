import { describe, expect, it } from 'vitest';
import { createLennardJones } from '../../calculators/lennard-jones.js';
import { createStructure } from '../../src/structure/structure.js';
import { describeCalculatorContract } from './contract.js';
import { describeSinglePoints, expectResult, type ReferenceResult } from './single-points.js';
import { cluster, rattledCrystal } from './systems.js';

interface Parameters {
  readonly epsilon: number;
  readonly sigma: number;
  readonly rc: number;
}

interface Results {
  readonly shifted: ReferenceResult;
  readonly smooth: ReferenceResult & { readonly ro: number };
}

describe('Lennard-Jones', () => {
  describeSinglePoints<Parameters, Results>('lj_single_points.json', async (structure, { parameters, results }) => {
    const { rc: cutoff, ...options } = parameters;
    expectResult(await createLennardJones({ ...options, cutoff }).calculate(structure), results.shifted);
    const smooth = createLennardJones({ ...options, cutoff, smooth: true, onset: results.smooth.ro });
    expectResult(await smooth.calculate(structure), results.smooth);
  });

  it('has the well where the formula puts it, and the defaults of reduced units', async () => {
    const pair = (r: number) => createStructure({ symbols: ['Ar', 'Xe'], positions: [0, 0, 0, 0, r, 0] });
    const bottom = await createLennardJones().calculate(pair(2 ** (1 / 6)));
    const atCutoff = 4 * (3 ** -12 - 3 ** -6);
    expect(Math.abs(bottom.energy - (-1 - atCutoff))).toBeLessThan(1e-15);
    expect(Math.abs(bottom.forces[1])).toBeLessThan(1e-13);
    expect((await createLennardJones().calculate(pair(3.0001))).energy).toBe(0);
  });

  it('smooths energy and force to zero: halving the distance to the cutoff divides them by eight and by four or more', async () => {
    const calculator = createLennardJones({ cutoff: 3, smooth: true, onset: 2 });
    const inside = async (gap: number) => {
      const { energy, forces } = await calculator.calculate(
        createStructure({ symbols: ['Ar', 'Ar'], positions: [0, 0, 0, 0, 0, 3 - gap] }),
      );
      return [Math.abs(energy), Math.abs(forces[5])];
    };
    const [energy, force] = await inside(0.01);
    const [halfEnergy, halfForce] = await inside(0.005);
    expect(energy / halfEnergy).toBeGreaterThan(3.9); // the factor falls with the square of the gap
    expect(force / halfForce).toBeGreaterThan(1.95);
    expect(force).toBeGreaterThan(0);
  });

  it('refuses parameters that make no sense', () => {
    for (const options of [
      { epsilon: 0 },
      { sigma: -1 },
      { cutoff: Number.NaN },
      { onset: 2 },
      { smooth: true, onset: 4 },
      { smooth: true, onset: 0 },
    ]) {
      expect(() => createLennardJones(options)).toThrow(expect.objectContaining({ code: 'usage' }));
    }
  });
});

const argon = { symbols: ['Ar'], spacing: 3.8 };
const systems = [rattledCrystal(argon), rattledCrystal(argon, [true, false, true]), cluster(argon)];
const parameters = { epsilon: 0.0104, sigma: 3.4, cutoff: 8.5 };
describeCalculatorContract('lj', () => createLennardJones(parameters), systems);
describeCalculatorContract('lj, smooth', () => createLennardJones({ ...parameters, smooth: true }), systems);
