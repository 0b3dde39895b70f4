import type { CalculationResult, Calculator } from '../../calculators/calculator.js';
import type { AtomicSystem } from '../../src/structure/structure.js';

const anywhere = { elements: null, cutoff: 0, stress: false, heads: [] };

/** Every atom in its own well of curvature `stiffness` (eV/A^2) about `origins` ([N x 3]): E = k/2 |r - r0|^2. */
export function harmonicWells(stiffness: number, origins: Float64Array): Calculator {
  return testCalculator('wells', ({ positions }) => {
    const forces = positions.map((value, i) => -stiffness * (value - origins[i]));
    const energies = new Float64Array(positions.length / 3);
    positions.forEach((value, i) => {
      energies[Math.floor(i / 3)] += (stiffness / 2) * (value - origins[i]) ** 2;
    });
    return { energies, forces };
  });
}

/** Every pair of atoms on an anharmonic spring: E = k/2 (r - r0)^2 + k/4 (r - r0)^4. */
export function springs(stiffness: number, restLength: number): Calculator {
  return testCalculator('springs', ({ positions }) => {
    const forces = new Float64Array(positions.length);
    const energies = new Float64Array(positions.length / 3);
    for (let a = 0; a < energies.length; a++) {
      for (let b = a + 1; b < energies.length; b++) {
        const arm = [0, 1, 2].map((axis) => positions[3 * b + axis] - positions[3 * a + axis]);
        const length = Math.hypot(...arm);
        const stretch = length - restLength;
        const energy = (stiffness / 2) * stretch ** 2 + (stiffness / 4) * stretch ** 4;
        const slope = stiffness * (stretch + stretch ** 3);
        energies[a] += energy / 2;
        energies[b] += energy / 2;
        arm.forEach((value, axis) => {
          forces[3 * a + axis] += (slope * value) / length;
          forces[3 * b + axis] -= (slope * value) / length;
        });
      }
    }
    return { energies, forces };
  });
}

/** No forces at all. */
export const idealGas: Calculator = testCalculator(
  'ideal gas',
  ({ positions }) => ({
    energies: new Float64Array(positions.length / 3),
    forces: new Float64Array(positions.length),
    stress: new Float64Array(6),
  }),
  { stress: true },
);

/** A calculator from a function of the atoms. */
export function testCalculator(
  name: string,
  evaluate: (system: AtomicSystem) => Pick<CalculationResult, 'energies' | 'forces' | 'stress'>,
  { conservative = true, stress = false } = {},
): Calculator {
  return {
    name,
    capabilities: { ...anywhere, conservative, stress },
    calculate: async (system) => {
      const result = evaluate(system);
      return { energy: result.energies.reduce((sum, value) => sum + value, 0), ...result };
    },
    [Symbol.asyncDispose]: async () => undefined,
  };
}
