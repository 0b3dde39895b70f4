import { describe, expect, it } from 'vitest';
import { createEmt } from '../../../../calculators/emt.js';
import { measureStress } from '../../../../pretrain/dataset/check/stress-consistency.js';
import type { Sample } from '../../../../pretrain/dataset/sample/sample.js';
import { createRandom } from '../../../../src/random.js';
import { createStructure } from '../../../../src/structure/structure.js';
import { GPa } from '../../../../src/units.js';

/** Copper in cells that are strained this much, and shaken by `width`, with energies, forces and stresses of EMT. */
async function strainedCopper({ width = 0, shear = 0.02 } = {}): Promise<Sample[]> {
  const random = createRandom(5);
  await using calculator = createEmt();
  const samples: Sample[] = [];
  for (const [frame, strain] of [-0.04, -0.025, -0.01, 0.005, 0.02, 0.035].entries()) {
    const edge = 3.6 * (1 + strain);
    const cell = [edge, shear * strain * 40, 0, 0, edge, 0, 0.1 * strain, 0, edge * (1 + strain)];
    const fractional = [0, 0, 0, 0.5, 0.5, 0, 0.5, 0, 0.5, 0, 0.5, 0.5];
    const positions = fractional.map((_, index) => {
      const [atom, axis] = [Math.floor(index / 3), index % 3];
      const along = [0, 1, 2].reduce((sum, vector) => sum + fractional[3 * atom + vector] * cell[3 * vector + axis], 0);
      return along + width * random.normal();
    });
    const structure = createStructure({ symbols: ['Cu', 'Cu', 'Cu', 'Cu'], positions, cell });
    const { energy, forces, stress } = await calculator.calculate(structure);
    samples.push({ structure, energy, forces, stress, origin: { path: 'a.xyz', file: 'a.xyz', frame: frame + 1 } });
  }
  return samples;
}

const scaled = (samples: readonly Sample[], factor: number): Sample[] =>
  samples.map((sample) => ({ ...sample, stress: sample.stress?.map((value) => factor * value) }));

describe('stresses against the energies of strained cells', () => {
  it.each([0, 0.03])('agree where they are their derivatives, atoms shaken by %s A', async (width) => {
    const { consistency, problems, remarks } = measureStress(await strainedCopper({ width }));
    expect(consistency?.pairs).toBeGreaterThanOrEqual(5);
    expect(consistency?.slope).toBeCloseTo(1, 1);
    expect(consistency?.correlation).toBeGreaterThan(0.99);
    expect([problems, remarks]).toEqual([[], []]);
  });

  it('betray the sign of VASP, another unit, and both', async () => {
    const samples = await strainedCopper();
    expect(measureStress(scaled(samples, -1)).problems).toEqual([expect.stringMatching(/wrong sign.*VASP/)]);
    expect(measureStress(scaled(samples, 1 / GPa)).problems).toEqual([
      expect.stringMatching(/different units, GPa it seems/),
    ]);
    expect(measureStress(scaled(samples, -10 / GPa)).problems[0]).toMatch(/reaches \d+ GPa.*kbar/);
    expect(measureStress(scaled(samples, -10 / GPa)).problems[1]).toMatch(/wrong sign.*different units, kbar it seems/);
  });

  it('are not judged by too few cells, or by energies that say nothing', async () => {
    const samples = await strainedCopper();
    expect(measureStress(scaled(samples.slice(0, 3), -1)).problems).toEqual([]);
    const random = createRandom(3);
    const noise = scaled(samples, -1).map((sample) => ({ ...sample, energy: random.normal() }));
    expect(measureStress(noise)).toMatchObject({ problems: [], consistency: { isTelling: false } });
    expect(measureStress(samples).consistency?.isTelling).toBe(true);
    expect(measureStress(samples.map(({ energy: _, ...sample }) => sample)).consistency).toBeUndefined();
    expect(measureStress(samples.map(({ stress: _, ...sample }) => sample))).toEqual({ problems: [], remarks: [] });
  });

  it('beyond 1000 GPa are remarked, beyond 10000 GPa refused, with the frame', async () => {
    const [sample] = await strainedCopper();
    const with_ = (pressure: number) => [{ ...sample, stress: Float64Array.of(-pressure * GPa, 0, 0, 0, 0, 0) }];
    expect(measureStress(with_(900))).toEqual({ problems: [], remarks: [] });
    expect(measureStress(with_(2000)).remarks).toEqual([expect.stringMatching(/a\.xyz, frame 1 reaches 2000 GPa/)]);
    expect(measureStress(with_(40_000)).problems).toEqual([expect.stringMatching(/reaches 40000 GPa/)]);
  });
});
