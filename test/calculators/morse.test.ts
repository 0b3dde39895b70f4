import { describe, expect, it } from 'vitest';
import { createMorse } from '../../calculators/morse.js';
import { createStructure } from '../../src/structure/structure.js';
import { describeCalculatorContract } from './contract.js';
import { describeSinglePoints, expectResult, type ReferenceResult } from './single-points.js';
import { cluster, rattledCrystal } from './systems.js';

interface Parameters {
  readonly epsilon: number;
  readonly rho0: number;
  readonly r0: number;
  readonly rcut1: number;
  readonly rcut2: number;
}

describe('Morse', () => {
  describeSinglePoints<Parameters, ReferenceResult>(
    'morse_single_points.json',
    async (structure, { parameters, results }) => {
      const { rcut1, rcut2, ...options } = parameters;
      const calculator = createMorse({ ...options, onset: rcut1 * options.r0, cutoff: rcut2 * options.r0 });
      expectResult(await calculator.calculate(structure), results);
    },
  );

  it('has its lowest energy, -epsilon, at r0, and is zero beyond the cutoff', async () => {
    const calculator = createMorse({ epsilon: 0.35, r0: 2.6 });
    const pair = (r: number) => createStructure({ symbols: ['Cu', 'H'], positions: [0, 0, 0, r, 0, 0] });
    const { energy, energies, forces } = await calculator.calculate(pair(2.6));
    expect([energy, ...energies]).toEqual([-0.35, -0.175, -0.175]);
    expect(Math.abs(forces[0])).toBeLessThan(1e-15);
    expect((await calculator.calculate(pair(2.7 * 2.6 + 1e-9))).energy).toBe(0);
  });

  it('refuses parameters that make no sense', () => {
    for (const options of [{ epsilon: -1 }, { rho0: 0 }, { r0: Number.NaN }, { onset: 0 }, { onset: 2, cutoff: 2 }]) {
      expect(() => createMorse(options)).toThrow(expect.objectContaining({ code: 'usage' }));
    }
  });
});

const copper = { symbols: ['Cu'], spacing: 2.6 };
describeCalculatorContract('morse', () => createMorse({ epsilon: 0.35, rho0: 4, r0: 2.6, onset: 3.9, cutoff: 5.72 }), [
  rattledCrystal(copper),
  rattledCrystal(copper, [true, true, false]),
  cluster(copper),
]);
