import { describe, expect, it } from 'vitest';
import {
  drawMomenta,
  removeRotation,
  removeTranslation,
  rescaleTemperature,
} from '../../../md/start/maxwell-boltzmann.js';
import { createMdState, kineticEnergy, type MdState, temperature } from '../../../md/state/state.js';
import { createRandom } from '../../../src/random.js';
import { createStructure } from '../../../src/structure/structure.js';
import { kB } from '../../../src/units.js';

function scattered(count: number, fixed?: Uint8Array): MdState {
  const random = createRandom(1);
  return createMdState(
    createStructure({
      symbols: Array.from({ length: count }, (_, i) => ['H', 'O', 'Cu'][i % 3]),
      positions: Float64Array.from({ length: 3 * count }, () => 10 * random.uniform()),
      fixed,
    }),
  );
}

describe('drawMomenta', () => {
  it('draws components with mean 0 and variance m kB T', () => {
    const state = scattered(30_000);
    drawMomenta(state, { temperatureK: 500, random: createRandom(7) });
    const scaled = state.momenta.map((value, i) => value / Math.sqrt(state.masses[Math.floor(i / 3)] * kB * 500));
    const mean = scaled.reduce((sum, value) => sum + value, 0) / scaled.length;
    const square = scaled.reduce((sum, value) => sum + value ** 2, 0) / scaled.length;
    const fourth = scaled.reduce((sum, value) => sum + value ** 4, 0) / scaled.length;
    // Standard errors of the first, second and fourth moment of n standard normals: 1, sqrt 2 and sqrt 96 over sqrt n.
    expect(Math.abs(mean)).toBeLessThan(3 / Math.sqrt(scaled.length));
    expect(Math.abs(square - 1)).toBeLessThan(3 * Math.sqrt(2 / scaled.length));
    expect(Math.abs(fourth - 3)).toBeLessThan(3 * Math.sqrt(96 / scaled.length));
  });

  it('meets the temperature exactly when asked, counting only coordinates that may move', () => {
    const state = scattered(4, Uint8Array.of(1, 1, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0));
    drawMomenta(state, { temperatureK: 350, random: createRandom(1), forceTemperature: true });
    expect(state.freedomCount).toBe(8);
    expect(kineticEnergy(state)).toBeCloseTo((8 / 2) * kB * 350, 12);
    expect(temperature(state)).toBeCloseTo(350, 9);
    expect(state.momenta[0]).toBe(0);
  });

  it('cannot heat atoms that do not move', () => {
    expect(() => rescaleTemperature(scattered(2), 300)).toThrow('all of them at rest');
  });
});

describe('removeTranslation', () => {
  it('leaves no momentum and keeps the velocities of the atoms to each other', () => {
    const state = scattered(9);
    drawMomenta(state, { temperatureK: 300, random: createRandom(2) });
    const before = relativeVelocity(state);
    removeTranslation(state);
    for (const axis of [0, 1, 2]) {
      expect(state.momenta.filter((_, i) => i % 3 === axis).reduce((sum, value) => sum + value, 0)).toBeCloseTo(0, 13);
    }
    expect(relativeVelocity(state)).toBeCloseTo(before, 13);
  });
});

describe('removeRotation', () => {
  it.each([
    ['a cluster', scattered(9)],
    [
      'a dimer, which has no moment about its own axis',
      createMdState(createStructure({ symbols: ['O', 'H'], positions: [1, 2, 3, 1.5, 2.7, 3.1] })),
    ],
  ])('leaves no angular momentum in %s', (_, state) => {
    drawMomenta(state, { temperatureK: 300, random: createRandom(4) });
    removeTranslation(state);
    expect(Math.hypot(...angularMomentum(state))).toBeGreaterThan(0.01);
    removeRotation(state);
    expect(Math.hypot(...angularMomentum(state))).toBeLessThan(1e-12);
  });

  it('leaves a single atom alone', () => {
    const state = scattered(1);
    drawMomenta(state, { temperatureK: 300, random: createRandom(4) });
    const before = state.momenta.slice();
    removeRotation(state);
    expect(state.momenta).toEqual(before);
  });
});

function relativeVelocity({ momenta, masses }: MdState): number {
  return momenta[3] / masses[1] - momenta[0] / masses[0];
}

// About the origin; the same about any point once the total momentum is 0.
function angularMomentum({ positions, momenta, masses }: MdState): number[] {
  const total = [0, 0, 0];
  masses.forEach((_, atom) => {
    const [x, y, z] = positions.subarray(3 * atom);
    const [px, py, pz] = momenta.subarray(3 * atom);
    total[0] += y * pz - z * py;
    total[1] += z * px - x * pz;
    total[2] += x * py - y * px;
  });
  return total;
}
