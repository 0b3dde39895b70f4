import { describe, expect, test } from 'vitest';
import { layoutFor } from '../../src/models/kinds.js';
import type { PainnConfig } from '../../src/models/painn/config.js';
import { initializeParameters } from '../../src/models/parameters.js';
import { createPotential } from '../../src/models/potential.js';
import { pairRepulsion } from '../../src/models/repulsion.js';
import { neighborList } from '../../src/neighbors/neighbor-list.js';
import { createRandom } from '../../src/random.js';
import { cellVolume } from '../../src/structure/cell.js';
import { createStructure } from '../../src/structure/structure.js';
import { largestDifference } from '../helpers/compare.js';
import { tinyPainn } from '../helpers/tiny-painn.js';

const model = tinyPainn({ repulsion: 'none' });
const { config } = model;
const structure = createStructure({
  symbols: ['Cu', 'O', 'Cu'],
  positions: [0, 0, 0, 1.8, 0.2, 0, 0.3, 1.9, 0.4],
  cell: [5, 0, 0, 0.4, 4.6, 0, 0, 0.3, 4.8],
});

describe('a potential', () => {
  test('gives the same on TensorFlow.js as on ONNX Runtime', async () => {
    await using onnx = createPotential(model, { threads: 1 });
    await using tfjs = createPotential(model, { engine: 'tfjs' });
    const [a, b] = [await onnx.evaluate(structure), await tfjs.evaluate(structure)];
    expect(Math.abs(a.energy - b.energy)).toBeLessThan(1e-5);
    expect(largestDifference(a.forces, b.forces)).toBeLessThan(1e-5);
    expect(largestDifference(a.stress ?? [], b.stress ?? [Number.NaN])).toBeLessThan(1e-6);
  });

  test.each([
    [
      'an element without a reference energy',
      { Cu: -3.5 },
      {},
      'unsupported-element',
      /^head "default" has no reference energy of O, found in /,
    ],
    ['none at all', {}, {}, 'usage', /^head "default" has no reference energies: it gives features, but no energies/],
    ['none, as of denoising', {}, { denoising: true }, 'usage', /no reference energies, as it learned denoising/],
  ] as const)('refuses structures by a head with %s, by name', async (_, referenceEnergies, more, code, message) => {
    const heads = [{ ...model.heads[0], referenceEnergies, ...more }];
    await using potential = createPotential({ ...model, heads }, { threads: 1 });
    await expect(potential.evaluate(structure)).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message),
    });
    const copper = createStructure({ symbols: ['Cu'], positions: [0, 0, 0] });
    if ('Cu' in referenceEnergies) expect((await potential.evaluate(copper)).energy).toBeLessThan(0);
  });

  test('gives for calls that overlap what it gives one by one', async () => {
    await using potential = createPotential(model, { threads: 1 });
    const systems = [1, 1.05, 1.1].map((factor) => ({
      ...structure,
      positions: structure.positions.map((x) => factor * x),
      cell: structure.cell.map((x) => factor * x),
    }));
    const together = await Promise.all(systems.map((system) => potential.evaluate(system)));
    for (const [index, system] of systems.entries()) expect(together[index]).toEqual(await potential.evaluate(system));
  });

  test('gives an atom without neighbours the energy of its network and no force', async () => {
    await using potential = createPotential(model, { threads: 1 });
    const { energy, forces } = await potential.evaluate(createStructure({ symbols: ['O'], positions: [0, 0, 0] }));
    expect(Number.isFinite(energy)).toBe(true);
    expect(Array.from(forces)).toEqual([0, 0, 0]);
  });

  test('refuses atoms in one place, naming them', async () => {
    await using potential = createPotential(model, { threads: 1 });
    const twins = createStructure({ symbols: ['O', 'Cu', 'O'], positions: [0, 0, 0, 2, 0, 0, 0, 0, 0] });
    await expect(potential.evaluate(twins)).rejects.toThrow(/atoms 1 and 3/);
  });
});

describe('a potential with repulsion', () => {
  const close = createStructure({
    symbols: ['Cu', 'O', 'Cu'],
    positions: [0, 0, 0, 1.2, 0.2, 0, 0.3, 1.4, 0.4],
    cell: [5, 0, 0, 0.4, 4.6, 0, 0, 0.3, 4.8],
  });

  test.each(['conservative', 'direct'] as const)('adds it to what the network says: %s', async (forces) => {
    const layout = layoutFor({ ...config, forces });
    const bare = { ...model, config: { ...config, forces }, parameters: initializeParameters(layout, createRandom(5)) };
    await using plain = createPotential(bare, { threads: 1 });
    await using repelling = createPotential({ ...bare, config: { ...bare.config, repulsion: 'zbl' } }, { threads: 1 });
    const added = pairRepulsion(close.numbers, neighborList(close, config.cutoff), { repulsion: 'zbl' });
    const [without, together] = [await plain.evaluate(close), await repelling.evaluate(close)];
    const energy = added?.energies.reduce((sum, part) => sum + part, 0) ?? 0;
    expect(energy).toBeGreaterThan(1);
    expect(together.energy - without.energy).toBeCloseTo(energy, 6);
    expect(
      largestDifference(
        together.forces,
        without.forces.map((f, i) => f + (added?.forces[i] ?? 0)),
      ),
    ).toBeLessThan(1e-9);
    const volume = cellVolume(close.cell);
    const stress = without.stress?.map((value, i) => value + (added?.strainDerivative[i] ?? 0) / volume);
    if (forces === 'conservative') expect(largestDifference(together.stress ?? [], stress ?? [])).toBeLessThan(1e-9);
    expect(together.energies.reduce((sum, value) => sum + value, 0)).toBeCloseTo(together.energy, 6);
  });

  test('begins where the model says', async () => {
    const reaching = (repulsionReach: number): PainnConfig => ({ ...config, repulsion: 'zbl', repulsionReach });
    await using near = createPotential({ ...model, config: reaching(0.5) }, { threads: 1 });
    await using far = createPotential({ ...model, config: reaching(0.9) }, { threads: 1 });
    const list = neighborList(close, config.cutoff);
    const energyOf = (reach: number) =>
      pairRepulsion(close.numbers, list, reaching(reach))?.energies.reduce((sum, part) => sum + part, 0) ?? 0;
    const difference = (await far.evaluate(close)).energy - (await near.evaluate(close)).energy;
    expect(energyOf(0.9) - energyOf(0.5)).toBeGreaterThan(1);
    expect(difference).toBeCloseTo(energyOf(0.9) - energyOf(0.5), 6);
  });

  test('does not change a structure without short distances', async () => {
    await using plain = createPotential(model, { threads: 1 });
    await using repelling = createPotential({ ...model, config: { ...config, repulsion: 'zbl' } }, { threads: 1 });
    const apart = { ...structure, positions: structure.positions.map((value) => 1.2 * value) };
    expect(await repelling.evaluate(apart)).toEqual(await plain.evaluate(apart));
  });
});
