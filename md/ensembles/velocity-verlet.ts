import type { Calculator } from '../../calculators/calculator.js';
import { fs } from '../../src/units.js';
import { isShort, lostAtom } from '../state/stability.js';
import { type MdState, updateForces } from '../state/state.js';

/**
 * Advances `state` by one constant-energy step: half kick, drift, new forces, half kick.
 *
 * Mutates `state`; the only await is the force evaluation.  Forces of `state` must be up to date.
 *
 * @throws {UnstableError} when an atom is lost, or the new energy or a force is not finite.
 * @see Swope et al., J. Chem. Phys. 76, 637 (1982).
 */
export async function velocityVerletStep(
  state: MdState,
  calculator: Calculator,
  { timestepFs }: { readonly timestepFs: number },
): Promise<void> {
  const timestep = timestepFs * fs;
  kick(state, timestep / 2);
  drift(state, timestep);
  await updateForces(state, calculator);
  kick(state, timestep / 2);
  state.step++;
}

/** Momenta under constant forces for `time` (A sqrt(amu/eV)): p += F t. */
export function kick({ momenta, forces }: MdState, time: number): void {
  for (let i = 0; i < momenta.length; i++) momenta[i] += forces[i] * time;
}

/**
 * Positions at constant momenta for `time` (A sqrt(amu/eV)): r += p t/m.
 *
 * @throws {UnstableError} when an atom would leap out of its surroundings; it is not tried, as no calculator could
 *   answer.
 */
export function drift({ positions, momenta, masses, step }: MdState, time: number): void {
  for (let atom = 0; atom < masses.length; atom++) {
    const i = 3 * atom;
    const scale = time / masses[atom];
    const x = momenta[i] * scale;
    const y = momenta[i + 1] * scale;
    const z = momenta[i + 2] * scale;
    if (!isShort(x, y, z)) throw lostAtom(atom, Math.max(Math.abs(x), Math.abs(y), Math.abs(z)), step);
    positions[i] += x;
    positions[i + 1] += y;
    positions[i + 2] += z;
  }
}
