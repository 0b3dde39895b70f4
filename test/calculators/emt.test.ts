import { describe, expect, it } from 'vitest';
import { createEmt } from '../../calculators/emt.js';
import { createStructure } from '../../src/structure/structure.js';
import { describeCalculatorContract } from './contract.js';
import { describeSinglePoints, expectResult, type ReferenceResult } from './single-points.js';
import { cluster, rattledCrystal } from './systems.js';

describe('EMT', () => {
  describeSinglePoints<undefined, ReferenceResult>('emt_single_points.json', async (structure, { results }) => {
    expectResult(await createEmt().calculate(structure), results);
  });

  it('gives a lone atom the energy that it has above its crystal', async () => {
    const { energy, forces } = await createEmt().calculate(createStructure({ symbols: ['Pt'], positions: [1, 2, 3] }));
    expect(energy).toBe(5.85);
    expect([...forces]).toEqual([0, 0, 0]);
  });

  it('names the elements that it knows when it meets another', async () => {
    const steel = createStructure({ symbols: ['Ni', 'Fe', 'Cr'], positions: [0, 0, 0, 3, 0, 0, 0, 3, 0] });
    await expect(createEmt().calculate(steel)).rejects.toMatchObject({
      code: 'unsupported-element',
      message: expect.stringMatching(
        /^emt does not know Cr, Fe, found in .*known are H, C, N, O, Al, Ni, Cu, Pd, Ag, Pt, Au\)$/,
      ),
    });
  });
});

const alloy = { symbols: ['Cu', 'Au', 'Cu', 'Ni', 'O'], spacing: 2.7 };
describeCalculatorContract('emt', createEmt, [
  rattledCrystal({ symbols: ['Cu'], spacing: 2.55 }),
  rattledCrystal(alloy),
  rattledCrystal(alloy, [true, false, true]),
  cluster(alloy),
]);
