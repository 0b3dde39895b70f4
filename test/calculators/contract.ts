import { describe, expect, it } from 'vitest';
import { calculateAll } from '../../calculators/batching.js';
import type { CalculationResult, Calculator } from '../../calculators/calculator.js';
import { createFiniteDifference } from '../../calculators/finite-difference.js';
import { elementCount } from '../../src/elements.js';
import { createRandom, shuffle } from '../../src/random.js';
import { multiplyRows } from '../../src/structure/cell.js';
import type { AtomicSystem } from '../../src/structure/structure.js';
import { largestDifference } from '../helpers/compare.js';

/** How exact a calculator is. */
export interface ContractTolerances {
  /**
   * Of sums in another order, relative to the largest value (or absolute below 1 eV, eV/A): rounding of the arithmetic.
   */
  readonly rounding?: number;
  /** Of central differences, in the same way. */
  readonly differences?: number;
  /** Displacement of the central differences in A. */
  readonly displacement?: number;
  /** Strain of the central differences. */
  readonly strain?: number;
}

/**
 * Describes what every calculator keeps to, on `systems` that it knows (at least one, none with coincident atoms).
 *
 * A calculator in single precision passes wider tolerances.
 */
export function describeCalculatorContract(
  name: string,
  makeCalculator: () => Calculator,
  systems: readonly AtomicSystem[],
  tolerances: ContractTolerances = {},
): void {
  const { rounding = 1e-11, differences = 1e-7, displacement = 1e-4, strain = 1e-5 } = tolerances;
  const contract = { makeCalculator, systems, rounding };

  describe(`the calculator ${name}`, () => {
    describeResults(contract);
    describeSymmetry(contract);
    describeIndependence(contract);
    describeRefusals(contract);

    if (!makeCalculator().capabilities.conservative) return;
    it('has forces and stress that are central differences of its energy', async () => {
      await using calculator = makeCalculator();
      await using numerical = createFiniteDifference(makeCalculator(), { displacement, strain });
      for (const system of systems) {
        const analytic = await calculator.calculate(system);
        const { energy, forces, stress } = await numerical.calculate(system);
        expect(energy).toBe(analytic.energy);
        expectClose(analytic.forces, forces, differences);
        if (analytic.stress) expectClose(analytic.stress, stress ?? [], differences);
      }
    });
  });
}

interface Contract {
  readonly makeCalculator: () => Calculator;
  readonly systems: readonly AtomicSystem[];
  readonly rounding: number;
}

function describeResults({ makeCalculator, systems, rounding }: Contract): void {
  it('gives the same results side by side', async () => {
    await using calculator = makeCalculator();
    const many: CalculationResult[] = [];
    for await (const result of calculateAll(calculator, [...systems, ...systems], 1e6)) many.push(result);
    expect(many).toHaveLength(2 * systems.length);
    for (const [index, { energies, forces, stress }] of many.entries()) {
      const alone = await calculator.calculate(systems[index % systems.length]);
      expectClose(energies, alone.energies, rounding);
      expectClose(forces, alone.forces, rounding);
      expectClose(stress ?? [], alone.stress ?? [], rounding);
    }
  });

  it('gives finite results of the right lengths; energies sum to the energy, forces to nothing', async () => {
    await using calculator = makeCalculator();
    for (const system of systems) {
      const { energy, energies, forces, stress } = await calculator.calculate(system);
      expect([energy, ...energies, ...forces, ...(stress ?? [])].every(Number.isFinite)).toBe(true);
      expect([energies.length, forces.length]).toEqual([system.numbers.length, 3 * system.numbers.length]);
      expect(Math.max(...forces)).toBeGreaterThan(1e-3); // a system in equilibrium would test nothing
      expectClose([energies.reduce((sum, value) => sum + value, 0)], [energy], rounding);
      for (const axis of [0, 1, 2]) {
        const net = forces.reduce((sum, force, index) => sum + (index % 3 === axis ? force : 0), 0);
        expect(Math.abs(net)).toBeLessThan(system.numbers.length * rounding * Math.max(1, ...forces.map(Math.abs)));
      }
      if (calculator.capabilities.stress && !system.pbc.includes(false)) expect(stress).toHaveLength(6);
    }
  });
}

function describeSymmetry({ makeCalculator, systems, rounding }: Contract): void {
  it('does not feel a translation, nor lattice vectors added to single atoms', async () => {
    await expectSame(translated, (result) => result);
  });

  it('turns with a rotation', async () => {
    await expectSame(rotated, ({ energy, energies, forces, stress }) => ({
      energy,
      energies,
      forces: multiplyRows(forces, rotation),
      ...(stress && { stress: rotateStress(stress) }),
    }));
  });

  it('follows a permutation of the atoms', async () => {
    const reorder = (values: Float64Array, order: readonly number[]) =>
      pick(values, order, values.length / order.length);
    await expectSame(
      (system) => permuted(system, orderFor(system)),
      (result, system) => ({
        ...result,
        energies: reorder(result.energies, orderFor(system)),
        forces: reorder(result.forces, orderFor(system)),
      }),
    );
  });

  it('says of a supercell the same for every copy', async () => {
    await expectSame(doubled, ({ energy, energies, forces, stress }, system) => {
      const copies = 2 ** system.pbc.filter(Boolean).length;
      const repeated = (values: Float64Array) =>
        Float64Array.from({ length: copies * values.length }, (_, k) => values[k % values.length]);
      const nonPeriodic = system.pbc.includes(false);
      return {
        energy: copies * energy,
        energies: repeated(energies),
        forces: repeated(forces),
        stress: nonPeriodic ? undefined : stress,
      };
    });
  });

  type Transform = (system: AtomicSystem) => AtomicSystem;
  type Expectation = (result: CalculationResult, system: AtomicSystem) => CalculationResult;

  async function expectSame(transform: Transform, expectation: Expectation): Promise<void> {
    await using calculator = makeCalculator();
    for (const system of systems) {
      const expected = expectation(await calculator.calculate(system), system);
      const found = await calculator.calculate(transform(system));
      expectClose([found.energy], [expected.energy], rounding * system.numbers.length);
      expectClose(found.energies, expected.energies, rounding);
      expectClose(found.forces, expected.forces, rounding);
      if (expected.stress) expectClose(found.stress ?? [], expected.stress, rounding);
    }
  }
}

function describeIndependence({ makeCalculator, systems }: Contract): void {
  it('gives the same bits whatever was calculated before, in arrays that stay as they are', async () => {
    await using used = makeCalculator();
    const walks = systems.flatMap((system) => [
      system,
      shaken(system, 1),
      shaken(system, 2),
      translated(system),
      system,
    ]);
    const results: CalculationResult[] = [];
    for (const system of walks) results.push(await used.calculate(system));
    for (const [index, system] of walks.entries()) {
      await using fresh = makeCalculator();
      expect(results[index]).toEqual(await fresh.calculate(system));
    }
  });

  it('leaves its input as it is', async () => {
    await using calculator = makeCalculator();
    for (const system of systems) {
      const before = structuredClone({ ...system });
      await calculator.calculate(system);
      expect({ ...system }).toEqual(before);
    }
  });
}

function describeRefusals({ makeCalculator, systems }: Contract): void {
  const [system] = systems;

  it('refuses two atoms in one place, naming both', async () => {
    await using calculator = makeCalculator();
    const positions = system.positions.slice();
    positions.copyWithin(6, 0, 3);
    positions[6] += 1e-4;
    await expect(calculator.calculate({ ...system, positions })).rejects.toMatchObject({
      code: 'structure',
      message: expect.stringMatching(/^atoms 1 and 3 are in the same place \(\d\S* A apart\)/),
    });
    expectClose((await calculator.calculate(system)).forces, (await makeCalculator().calculate(system)).forces, 0);
  });

  it('refuses positions that are not numbers', async () => {
    await using calculator = makeCalculator();
    await calculator.calculate(system);
    const positions = system.positions.map((value, index) => (index === 4 ? Number.NaN : value));
    await expect(calculator.calculate({ ...system, positions })).rejects.toMatchObject({ code: 'non-finite' });
  });

  const { elements } = makeCalculator().capabilities;
  it.skipIf(elements === null)('refuses an element that it does not know, listing those it does', async () => {
    await using calculator = makeCalculator();
    const known = elements ?? new Set<number>();
    const stranger = Array.from({ length: elementCount }, (_, index) => elementCount - index).find(
      (number) => !known.has(number),
    );
    const numbers = system.numbers.slice().fill(stranger ?? 0, 1, 2);
    await expect(calculator.calculate({ ...system, numbers })).rejects.toMatchObject({ code: 'unsupported-element' });
  });
}

function expectClose(found: ArrayLike<number>, expected: ArrayLike<number>, tolerance: number): void {
  const scale = Array.from(expected).reduce((most, value) => Math.max(most, Math.abs(value)), 1);
  expect(largestDifference(found, expected)).toBeLessThanOrEqual(tolerance * scale);
}

/**
 * A rotation by an odd angle about an odd axis, to be multiplied from the right: product of rotations about z and x.
 */
const rotation = (() => {
  const [cosine, sine] = [Math.cos(0.7), Math.sin(0.7)];
  const aboutZ = Float64Array.of(cosine, sine, 0, -sine, cosine, 0, 0, 0, 1);
  return multiplyRows(aboutZ, [1, 0, 0, 0, cosine, sine, 0, -sine, cosine]);
})();

function rotated(system: AtomicSystem): AtomicSystem {
  return { ...system, positions: multiplyRows(system.positions, rotation), cell: multiplyRows(system.cell, rotation) };
}

/** R^T stress R of a stress in Voigt order. */
function rotateStress([xx, yy, zz, yz, xz, xy]: Float64Array): Float64Array {
  const half = multiplyRows([xx, xy, xz, xy, yy, yz, xz, yz, zz], rotation);
  const transposed = [0, 3, 6, 1, 4, 7, 2, 5, 8].map((index) => half[index]);
  const full = multiplyRows(transposed, rotation);
  return Float64Array.of(full[0], full[4], full[8], full[5], full[2], full[1]);
}

/** Everything moved by one vector, and every third atom by a lattice vector. */
function translated(system: AtomicSystem): AtomicSystem {
  const { cell, pbc } = system;
  const positions = system.positions.map((value, index) => {
    const [atom, axis] = [Math.floor(index / 3), index % 3];
    const vector = atom % 3; // 0, 1, 2
    return value + [0.37, -1.21, 5.5][axis] + (atom % 2 === 1 && pbc[vector] ? cell[3 * vector + axis] : 0);
  });
  return { ...system, positions };
}

function orderFor({ numbers }: AtomicSystem): number[] {
  const order = Array.from(numbers.keys());
  shuffle(order, createRandom(8));
  return order;
}

function permuted(system: AtomicSystem, order: readonly number[]): AtomicSystem {
  return {
    ...system,
    numbers: Uint8Array.from(order, (atom) => system.numbers[atom]),
    positions: pick(system.positions, order, 3),
  };
}

function pick(values: Float64Array, order: readonly number[], width: number): Float64Array {
  return Float64Array.from(order.flatMap((atom) => Array.from(values.subarray(width * atom, width * (atom + 1)))));
}

/** Twice the cell along every periodic direction. */
function doubled(system: AtomicSystem): AtomicSystem {
  return [0, 1, 2].reduce<AtomicSystem>((current, axis) => {
    if (!system.pbc[axis]) return current;
    const vector = system.cell.subarray(3 * axis, 3 * axis + 3);
    const copy = current.positions.map((value, index) => value + vector[index % 3]);
    return {
      pbc: current.pbc,
      numbers: Uint8Array.from([...current.numbers, ...current.numbers]),
      positions: Float64Array.from([...current.positions, ...copy]),
      cell: current.cell.map((value, index) => (Math.floor(index / 3) === axis ? 2 * value : value)),
    };
  }, system);
}

/** Small random displacements: a neighbour list with a skin need not be built anew. */
function shaken(system: AtomicSystem, seed: number): AtomicSystem {
  const random = createRandom(seed);
  return { ...system, positions: system.positions.map((value) => value + 0.05 * (random.uniform() - 0.5)) };
}
