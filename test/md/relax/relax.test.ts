import { describe, expect, it } from 'vitest';
import { relax, relaxSteps } from '../../../md/relax/relax.js';
import { optimizerNames } from '../../../md/relax/relax-settings.js';
import { maxRowNorm } from '../../../src/linalg/rows.js';
import { createRandom } from '../../../src/random.js';
import { createStructure } from '../../../src/structure/structure.js';
import { harmonicWells, springs, testCalculator } from '../../helpers/harmonic.js';

const random = createRandom(8);
const origins = Float64Array.from({ length: 15 }, (_, i) => 3 * i);
const displaced = createStructure({
  symbols: ['Cu', 'Cu', 'O', 'H', 'Au'],
  positions: origins.map((value) => value + random.normal()),
  labels: { energy: -3 },
});
const wells = harmonicWells(3, origins);

describe.each(optimizerNames)('relax with %s', (optimizer) => {
  it('finds the bottom of harmonic wells', async () => {
    const result = await relax(displaced, wells, { optimizer, fmax: 1e-3 });
    expect(result.converged).toBe(true);
    expect(result.fmax).toBeLessThan(1e-3);
    expect(Math.max(...result.structure.positions.map((value, i) => Math.abs(value - origins[i])))).toBeLessThan(
      1e-3 / 3,
    );
    expect(result.energy).toBeCloseTo(0, 6);
  });

  it('finds equal bonds in an anharmonic tetrahedron, and does not move its centre', async () => {
    const tetrahedron = createStructure({
      symbols: Array(4).fill('C'),
      positions: [0, 0, 0, 1.2, 0.1, 0, 0.2, 1.7, 0.1, 0.4, 0.5, 1.9],
    });
    const result = await relax(tetrahedron, springs(4, 1.5), { optimizer, fmax: 1e-6, maxSteps: 2000 });
    expect(result.converged).toBe(true);
    expect(result.energy).toBeLessThan(1e-12);
    for (const axis of [0, 1, 2]) {
      const center = (positions: Float64Array) =>
        positions.filter((_, i) => i % 3 === axis).reduce((sum, value) => sum + value, 0);
      expect(center(result.structure.positions)).toBeCloseTo(center(tetrahedron.positions), 10);
    }
  });

  it('does not move fixed coordinates nor count their forces', async () => {
    const fixed = Uint8Array.from({ length: 15 }, (_, i) => Number(i < 4));
    const result = await relax({ ...displaced, fixed }, wells, { optimizer, fmax: 1e-3 });
    expect(result.converged).toBe(true);
    result.structure.positions.forEach((value, i) => {
      if (fixed[i]) expect(value).toBe(displaced.positions[i]);
      else expect(Math.abs(value - origins[i])).toBeLessThan(1e-3);
    });
    expect(maxRowNorm(result.result.forces)).toBeGreaterThan(0.1); // the calculator's own forces are reported as they are
  });

  it('moves no atom farther than 0.2 A in a step', async () => {
    let last = displaced.positions.slice();
    for await (const { system } of relaxSteps(displaced, harmonicWells(100, origins), { optimizer })) {
      const moves = system.positions.map((value, i) => value - last[i]);
      expect(maxRowNorm(moves)).toBeLessThan(0.2 + 1e-12);
      last = system.positions.slice();
    }
  });

  it('says when it has not converged in time', async () => {
    const result = await relax(displaced, wells, { optimizer, fmax: 1e-3, maxSteps: 2 });
    expect(result).toMatchObject({ converged: false, step: 2 });
    expect(result.fmax).toBeGreaterThan(1e-3);
  });
});

describe('relax', () => {
  it('takes no step when the start is good enough, and drops labels of the old positions', async () => {
    const start = { ...displaced, positions: origins.slice() };
    const result = await relax(start, wells);
    expect(result).toMatchObject({ converged: true, step: 0, energy: 0 });
    expect(result.structure.labels).toEqual({});
    expect(start.labels).toEqual({ energy: -3 });
  });

  it('removes the net force of forces that are not conservative', async () => {
    const pushing = testCalculator(
      'pushing',
      ({ positions }) => ({
        energies: new Float64Array(5),
        forces: positions.map((value, i) => 0.7 - 3 * (value - origins[i])),
      }),
      { conservative: false },
    );
    const result = await relax(displaced, pushing, { fmax: 1e-4 });
    expect(result.converged).toBe(true);
  });

  it('leaves the saddle point of a double well downhill', async () => {
    // E = (x^2 - 1)^2: near 0 the curvature is negative, where a plain quasi-Newton step would climb back to the saddle
    const doubleWell = testCalculator('double well', ({ positions: [x, y, z] }) => ({
      energies: Float64Array.of((x * x - 1) ** 2 + y * y + z * z),
      forces: Float64Array.of(-4 * x * (x * x - 1), -2 * y, -2 * z),
    }));
    for (const optimizer of optimizerNames) {
      const start = createStructure({ symbols: ['C'], positions: [0.05, 0.1, 0] });
      const result = await relax(start, doubleWell, { optimizer, fmax: 1e-4 });
      expect(result.structure.positions[0]).toBeCloseTo(1, 3);
    }
  });

  it('stops when the forces stop being numbers', async () => {
    const broken = testCalculator('broken', ({ positions }) => ({
      energies: new Float64Array(5),
      forces: positions.map(() => Number.NaN),
    }));
    await expect(relax(displaced, broken)).rejects.toMatchObject({ code: 'non-finite' });
  });

  it.each([{ fmax: 0 }, { fmax: Number.NaN }, { maxSteps: -1 }, { maxSteps: 0.5 }])('refuses %o', async (options) => {
    await expect(relax(displaced, wells, options)).rejects.toMatchObject({ code: 'usage' });
  });

  it('refuses to relax a cell that is not periodic or has no stress', async () => {
    await expect(relax(displaced, wells, { cell: 'unit-cell' })).rejects.toMatchObject({ code: 'structure' });
    const periodic = createStructure({ symbols: ['Cu'], positions: [0, 0, 0], cell: [3, 0, 0, 0, 3, 0, 0, 0, 3] });
    await expect(relax(periodic, wells, { cell: 'unit-cell' })).rejects.toMatchObject({ code: 'missing-property' });
  });
});
