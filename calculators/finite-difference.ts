import { voigtAxes } from '../src/linalg/voigt.js';
import { cellVolume, multiplyRows } from '../src/structure/cell.js';
import type { AtomicSystem } from '../src/structure/structure.js';
import { assertGreater } from './assert-greater.js';
import type { Calculator } from './calculator.js';

export interface FiniteDifferenceOptions {
  /** How far an atom is moved to each side, in A. */
  readonly displacement?: number;
  /** How far the cell is strained to each side. */
  readonly strain?: number;
}

/**
 * Creates a calculator with the energy of another one and with forces and stress from central differences of that
 * energy: a check of analytic derivatives, and a stress for calculators that have none.  One calculation takes 6 N + 13
 * of the other's.
 *
 * The error falls with the square of the displacement until rounding of the energy takes over.  It owns the other
 * calculator.
 *
 * @throws {LammError} `usage` for a displacement or strain that is not positive.
 */
export function createFiniteDifference(
  calculator: Calculator,
  { displacement = 1e-4, strain = 1e-5 }: FiniteDifferenceOptions = {},
): Calculator {
  assertGreater(displacement, 0, 'finite difference: displacement');
  assertGreater(strain, 0, 'finite difference: strain');
  const { elements, cutoff, heads, headFor } = calculator.capabilities;
  const energyOf = async (system: AtomicSystem) => (await calculator.calculate(system)).energy;
  return {
    name: `finite differences of ${calculator.name}`,
    capabilities: { elements, cutoff, conservative: true, stress: true, heads, headFor },
    async calculate(system) {
      const { energy, energies, head } = await calculator.calculate(system);
      const known = { energy, energies, ...(head !== undefined && { head }) };
      const forces = await differenceForces(system, energyOf, displacement);
      if (cellVolume(system.cell) === 0) return { ...known, forces };
      return { ...known, forces, stress: await differenceStress(system, energyOf, strain) };
    },
    [Symbol.asyncDispose]: () => calculator[Symbol.asyncDispose](),
  };
}

type EnergyFunction = (system: AtomicSystem) => Promise<number>;

/** Forces -dE/d(positions) in eV/A, [N x 3]. */
async function differenceForces(
  system: AtomicSystem,
  energyOf: EnergyFunction,
  displacement: number,
): Promise<Float64Array> {
  const positions = system.positions.slice();
  const forces = new Float64Array(positions.length);
  for (const [index, value] of system.positions.entries()) {
    positions[index] = value + displacement;
    const forward = await energyOf({ ...system, positions });
    positions[index] = value - displacement;
    const backward = await energyOf({ ...system, positions });
    positions[index] = value;
    forces[index] = (backward - forward) / (2 * displacement);
  }
  return forces;
}

/** Stress (1/V) dE/d(strain) in eV/A^3, [6]. */
async function differenceStress(system: AtomicSystem, energyOf: EnergyFunction, strain: number): Promise<Float64Array> {
  const stress = new Float64Array(6);
  for (const [component, [row, column]] of voigtAxes.entries()) {
    const forward = await energyOf(strained(system, { row, column, strain }));
    const backward = await energyOf(strained(system, { row, column, strain: -strain }));
    stress[component] = (forward - backward) / (2 * strain * cellVolume(system.cell));
  }
  return stress;
}

/** Cell and positions multiplied by 1 + a symmetric strain; a shear is half above and half below the diagonal. */
function strained(
  system: AtomicSystem,
  { row, column, strain }: { row: number; column: number; strain: number },
): AtomicSystem {
  const deformation = Float64Array.of(1, 0, 0, 0, 1, 0, 0, 0, 1);
  deformation[3 * row + column] += strain / 2;
  deformation[3 * column + row] += strain / 2;
  return {
    ...system,
    positions: multiplyRows(system.positions, deformation),
    cell: multiplyRows(system.cell, deformation),
  };
}
