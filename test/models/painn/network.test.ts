import { describe, expect, test } from 'vitest';
import { layoutFor } from '../../../src/models/kinds.js';
import type { Model } from '../../../src/models/model.js';
import { lammSConfig, type PainnConfig, painnSettings } from '../../../src/models/painn/config.js';
import { initializeParameters } from '../../../src/models/parameters.js';
import { createPotential } from '../../../src/models/potential.js';
import { createRandom } from '../../../src/random.js';
import { createStructure } from '../../../src/structure/structure.js';
import { largestDifference } from '../../helpers/compare.js';
import { rotation, turn } from '../../helpers/rotation.js';

const small: PainnConfig = {
  ...lammSConfig,
  channels: 16,
  layers: 2,
  basis: 'bessel',
  basisSize: 8,
  cutoff: 4,
  maxNeighbors: null,
  smooth: true,
  forces: 'conservative',
  scaleFactors: [1, 1],
};

function modelOf(config: PainnConfig): Model {
  const head = { energyScale: 1, forceScale: 1, referenceEnergies: { Cu: -3, O: -5 } };
  const heads = config.heads.map((name) => ({ ...head, name }));
  const card = { name: 'test', license: 'MIT', trainingData: [], notes: [] };
  const random = createRandom(3);
  const parameters = initializeParameters(layoutFor(config), random).map((value) => value + 0.1 * random.normal()); // biases too
  return { config, parameters, heads, card };
}

describe('the published size', () => {
  test('LaMM-S has 20,073,475 trainable parameters with one head', () => {
    expect(layoutFor(lammSConfig).size).toBe(20_073_475);
  });

  test('ten heads only widen the last layers', () => {
    const heads = Array.from({ length: 10 }, (_, index) => `set ${index}`);
    // One more row each: energy 256 + 1; force gate 2 x 256 + 2; force vector 256.
    expect(layoutFor({ ...lammSConfig, heads }).size).toBe(20_073_475 + 9 * (257 + 514 + 256));
  });
});

describe('a smooth model', () => {
  for (const basis of ['bessel', 'gaussian'] as const) {
    test(`with ${basis} functions has continuous energy and forces where an atom crosses the cutoff`, async () => {
      const { energy, force } = await jumpsAtCutoff(modelOf({ ...small, basis }));
      // A smooth curve changes across the cutoff as it does beside it: over twice the step, about twice as much.
      expect(energy).toBeLessThan(2.5);
      expect(force).toBeLessThan(2.5);
    });
  }

  test('is told apart from one that jumps', async () => {
    const { energy } = await jumpsAtCutoff(modelOf({ ...small, basis: 'gaussian', smooth: false, maxNeighbors: 50 }));
    expect(energy).toBeGreaterThan(100);
  });

  test('has a bounded force constant at a site of high symmetry', async () => {
    await using potential = createPotential(modelOf(small), { precision: 'float64', threads: 1 });
    const edge = 3.6;
    const sites = [0, 0, 0, 0, 0.5, 0.5, 0.5, 0, 0.5, 0.5, 0.5, 0].map((part) => part * edge);
    const forceConstant = async (shift: number) => {
      const positions = sites.with(0, shift);
      const symbols = ['Cu', 'Cu', 'Cu', 'Cu'];
      const crystal = createStructure({ symbols, positions, cell: [edge, 0, 0, 0, edge, 0, 0, 0, edge] });
      return -(await potential.evaluate(crystal)).forces[0] / shift;
    };
    const [near, far] = [await forceConstant(1e-5), await forceConstant(1e-2)];
    expect(Math.abs(near)).toBeGreaterThan(1e-3);
    expect(Math.abs(near / far - 1)).toBeLessThan(0.05);
  });

  test('is the sum of its parts when they are beyond the cutoff', async () => {
    await using potential = createPotential(modelOf(small), { precision: 'float64', threads: 1 });
    const energyOf = async (symbols: string[], positions: number[]) =>
      (await potential.evaluate(createStructure({ symbols, positions }))).energy;
    const pair = await energyOf(['Cu', 'O'], [0, 0, 0, 1.8, 0, 0]);
    const single = await energyOf(['Cu'], [0, 0, 0]);
    const both = await energyOf(['Cu', 'O', 'Cu'], [0, 0, 0, 1.8, 0, 0, 9, 0, 0]);
    expect(both).toBeCloseTo(pair + single, 12);
  });
});

test('heads give different answers from one set of features', async () => {
  const model = modelOf({ ...small, heads: ['pbe', 'scan'] });
  await using pbe = createPotential(model, { head: 'pbe', precision: 'float64', threads: 1 });
  await using scan = createPotential(model, { head: 'scan', precision: 'float64', threads: 1 });
  const structure = createStructure({ symbols: ['Cu', 'O'], positions: [0, 0, 0, 1.8, 0, 0] });
  expect((await pbe.evaluate(structure)).energy).not.toBeCloseTo((await scan.evaluate(structure)).energy, 3);
  expect(() => createPotential(model)).toThrow(/one of the heads pbe, scan/);
});

test('single and double precision agree to single precision', async () => {
  const structure = createStructure({
    symbols: ['Cu', 'O', 'O'],
    positions: [0, 0, 0, 1.8, 0, 0, 0, 1.7, 0.4],
    cell: [5, 0, 0, 0, 5, 0, 0, 0, 5],
  });
  await using single = createPotential(modelOf(small), { threads: 1 });
  await using double = createPotential(modelOf(small), { precision: 'float64', threads: 1 });
  const [a, b] = [await single.evaluate(structure), await double.evaluate(structure)];
  expect(Math.abs(a.energy - b.energy)).toBeLessThan(1e-5 * Math.abs(b.energy));
  expect(largestDifference(a.forces, b.forces)).toBeLessThan(1e-4);
  expect(a.stress).toBeDefined();
});

describe('a head for the stress', () => {
  const unit = { scale: 1, offset: 0 };
  const config: PainnConfig = { ...small, forces: 'direct', stressHead: true, heads: ['pbe', 'scan'] };
  const without = modelOf(config);
  const heads = without.heads.map((head) => ({ ...head, stress: { isotropic: unit, anisotropic: unit } }));
  const symbols = ['Cu', 'O', 'O', 'Cu'];
  const positions = [0, 0, 0, 1.8, 0.2, 0, 0, 1.7, 0.4, 2.1, 2.3, 1.9];
  const cell = [4, 0, 0, 0.5, 4.2, 0, 0.3, -0.2, 4.4];
  const stressOf = async (structure: { positions: readonly number[]; cell: readonly number[] }, head = 'pbe') => {
    await using potential = createPotential({ ...without, heads }, { head, precision: 'float64', threads: 1 });
    const { stress = [] } = await potential.evaluate(createStructure({ symbols, ...structure }));
    return Array.from(stress);
  };

  test('says a stress that turns with the structure', async () => {
    const [xx, yy, zz, yz, xz, xy] = await stressOf({ positions, cell });
    const turned = await stressOf({ positions: turn(positions), cell: turn(cell) });
    const matrix = [xx, xy, xz, xy, yy, yz, xz, yz, zz];
    const expected = [0, 4, 8, 5, 2, 1].map((place) => {
      const [row, column] = [Math.floor(place / 3), place % 3];
      return matrix.reduce(
        (sum, value, index) =>
          sum + rotation[3 * row + Math.floor(index / 3)] * value * rotation[3 * column + (index % 3)],
        0,
      );
    });
    expect(Math.hypot(yz, xz, xy, xx - yy)).toBeGreaterThan(1e-3);
    expect(largestDifference(turned, expected)).toBeLessThan(1e-12);
  });

  test('is of its own for each level of theory, and the same for a crystal described by a larger cell', async () => {
    const [pbe, scan] = [await stressOf({ positions, cell }), await stressOf({ positions, cell }, 'scan')];
    expect(largestDifference(pbe, scan)).toBeGreaterThan(1e-3);
    const shifted = (vector: readonly number[]) => positions.map((x, index) => x + vector[index % 3]);
    const [a, ...rest] = [cell.slice(0, 3), cell.slice(3, 6), cell.slice(6)];
    await using potential = createPotential({ ...without, heads }, { head: 'pbe', precision: 'float64', threads: 1 });
    const doubled = createStructure({
      symbols: [...symbols, ...symbols],
      positions: [...positions, ...shifted(a)],
      cell: [...a.map((x) => 2 * x), ...rest.flat()],
    });
    const { stress = [] } = await potential.evaluate(doubled);
    expect(largestDifference(stress, pbe)).toBeLessThan(1e-12);
  });

  test('has its place where forces have theirs alone', () => {
    const parse = (settings: object) => painnSettings.safeParse({ kind: 'painn', ...settings });
    expect(parse({ forces: 'direct', stressHead: true }).success).toBe(true);
    expect(parse({ stressHead: true }).error?.issues[0]).toMatchObject({ path: ['stressHead'] });
  });
});

/**
 * Change of energy and forces from just outside to just inside the cutoff, relative to the change over half that way on
 * either side.
 */
async function jumpsAtCutoff(model: Model): Promise<{ energy: number; force: number }> {
  await using potential = createPotential(model, { precision: 'float64', threads: 1 });
  const step = 1e-4;
  const at = (distance: number) =>
    potential.evaluate(
      createStructure({ symbols: ['Cu', 'O', 'Cu'], positions: [0, 0, 0, 1.9, 0.4, 0, distance, 0, 0] }),
    );
  const [far, outside, inside, near] = [
    await at(4 + 2 * step),
    await at(4 + step),
    await at(4 - step),
    await at(4 - 2 * step),
  ];
  const energyTrend = Math.max(Math.abs(far.energy - outside.energy), Math.abs(inside.energy - near.energy));
  const forceTrend = Math.max(
    largestDifference(far.forces, outside.forces),
    largestDifference(inside.forces, near.forces),
  );
  return {
    energy: Math.abs(outside.energy - inside.energy) / energyTrend,
    force: largestDifference(outside.forces, inside.forces) / forceTrend,
  };
}
