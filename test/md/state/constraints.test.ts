import { describe, expect, it } from 'vitest';
import { relax } from '../../../md/relax/relax.js';
import { runMd } from '../../../md/run.js';
import { applyRestraint, type Constraint, countFreedom, createRestraint } from '../../../md/state/constraints.js';
import { kineticEnergy, temperature } from '../../../md/state/state.js';
import { createRandom } from '../../../src/random.js';
import { createStructure } from '../../../src/structure/structure.js';
import { kB } from '../../../src/units.js';
import { harmonicWells, springs } from '../../helpers/harmonic.js';
import { expectEstimate, meanOf } from '../../helpers/statistics.js';

const cluster = createStructure({
  symbols: ['Cu', 'Cu', 'O', 'H', 'Au'],
  positions: [0, 0, 0, 2, 0.1, 0, 0.3, 2.1, 0, 0, 0.2, 1.9, 1.8, 1.7, 1.9],
});
const normal = [1, 2, -2];
const direction = [3, 0, 4];
const constraints: Constraint[] = [
  { kind: 'plane', atoms: [1], normal },
  { kind: 'line', atoms: [2], direction },
  { kind: 'atoms', atoms: [4] },
];

describe('a restraint', () => {
  it('counts the coordinates that may move, whatever acts together on an atom', () => {
    const count = (list: Constraint[], centerFixed = false) =>
      countFreedom(createRestraint(cluster, { constraints: list, centerFixed }));
    expect(count([])).toBe(15);
    expect(count(constraints)).toBe(15 - 1 - 2 - 3);
    expect(count([], true)).toBe(12);
    expect(
      count([
        { kind: 'plane', atoms: [1], normal },
        { kind: 'plane', atoms: [1], normal: [0, 0, 1] },
      ]),
    ).toBe(13);
    expect(
      count([
        { kind: 'plane', atoms: [1], normal },
        { kind: 'plane', atoms: [1], normal: [-2, -4, 4] },
      ]),
    ).toBe(14);
    expect(
      count([
        { kind: 'line', atoms: [1], direction },
        { kind: 'plane', atoms: [1], normal: direction },
      ]),
    ).toBe(12);
    const fixed = Uint8Array.from({ length: 15 }, (_, i) => Number(i === 5));
    const mixed = createRestraint(
      { ...cluster, fixed },
      { constraints: [{ kind: 'plane', atoms: [1], normal: [0, 0, 1] }] },
    );
    expect(countFreedom(mixed)).toBe(14);
  });

  it('leaves a vector what is in its plane or along its line, and doing so twice changes nothing', () => {
    const restraint = createRestraint(cluster, { constraints });
    const vectors = Float64Array.from({ length: 15 }, createRandom(2).normal);
    const once = vectors.slice();
    applyRestraint(restraint, once, cluster.masses);
    expect(once.slice(0, 3)).toEqual(vectors.slice(0, 3));
    expect(dot(once.slice(3, 6), normal)).toBeCloseTo(0, 14);
    const along = dot(vectors.slice(6, 9), direction) / 25;
    once.slice(6, 9).forEach((value, axis) => expect(value).toBeCloseTo(along * direction[axis], 14));
    expect(once.slice(12)).toEqual(new Float64Array(3));
    const twice = once.slice();
    applyRestraint(restraint, twice, cluster.masses);
    twice.forEach((value, i) => expect(value).toBeCloseTo(once[i], 14));
  });

  it.each<Constraint>([
    { kind: 'atoms', atoms: [5] },
    { kind: 'atoms', atoms: [-1] },
    { kind: 'plane', atoms: [0], normal: [0, 0, 0] },
    { kind: 'line', atoms: [0], direction: [1, 0] },
  ])('refuses %o', (constraint) => {
    expect(() => createRestraint(cluster, { constraints: [constraint] })).toThrow(
      expect.objectContaining({ code: 'usage' }),
    );
  });

  it('refuses to hold the centre of mass where atoms are fixed', () => {
    expect(() => createRestraint(cluster, { constraints, centerFixed: true })).toThrow(/centre of mass/);
  });
});

describe('dynamics under constraints', () => {
  it.each(['nve', 'langevin', 'bussi', 'nose-hoover', 'berendsen'] as const)(
    'keep to planes, lines and points: %s',
    async (ensemble) => {
      for await (const { positions, step } of runMd(cluster, springs(2, 2), { steps: 50, ensemble, constraints })) {
        const move = (atom: number) =>
          [0, 1, 2].map((axis) => positions[3 * atom + axis] - cluster.positions[3 * atom + axis]);
        expect(dot(move(1), normal)).toBeCloseTo(0, 12);
        expect(Math.hypot(...cross(move(2), direction))).toBeCloseTo(0, 12);
        expect(move(4)).toEqual([0, 0, 0]);
        if (step === 50) expect(Math.hypot(...move(1))).toBeGreaterThan(0.01);
      }
    },
  );

  it.each(['langevin', 'bussi', 'nose-hoover'] as const)(
    'have the temperature of the bath in what may move: %s',
    async (ensemble) => {
      const temperatureK = 400;
      const options = {
        steps: 15_000,
        timestepFs: 2,
        frictionPerFs: 0.05,
        thermostatTimeFs: 20,
        temperatureK,
        ensemble,
        seed: 3,
      };
      const heavy = createStructure({ positions: cluster.positions, symbols: ['Cu', 'Cu', 'Al', 'Al', 'Au'] });
      const series: number[] = [];
      for await (const state of runMd(heavy, harmonicWells(2, heavy.positions), { ...options, constraints })) {
        if (state.step === 0) expect(temperature(state)).toBeCloseTo(temperatureK, 9);
        if (state.step > 200) series.push(kineticEnergy(state) / (kB * temperatureK));
      }
      expectEstimate(meanOf(series), 9 / 2, 0.1);
    },
  );
});

describe('relaxation under constraints', () => {
  it('comes to the nearest point of a plane and a line', async () => {
    const origins = cluster.positions.map((value, i) => value + [0.3, -0.2, 0.5][i % 3]);
    const { structure, converged } = await relax(cluster, harmonicWells(3, origins), { fmax: 1e-6, constraints });
    expect(converged).toBe(true);
    const move = (atom: number) =>
      [0, 1, 2].map((axis) => structure.positions[3 * atom + axis] - cluster.positions[3 * atom + axis]);
    const wish = [0.3, -0.2, 0.5];
    const away = dot(wish, normal) / 9;
    move(1).forEach((value, axis) => expect(value).toBeCloseTo(wish[axis] - away * normal[axis], 6));
    move(2).forEach((value, axis) => expect(value).toBeCloseTo((dot(wish, direction) / 25) * direction[axis], 6));
    expect(move(4)).toEqual([0, 0, 0]);
  });
});

function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

function cross(a: ArrayLike<number>, b: ArrayLike<number>): number[] {
  return [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]];
}
