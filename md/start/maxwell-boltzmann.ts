import { LammError } from '../../src/errors.js';
import { cross3, dot3 } from '../../src/linalg/matrix3.js';
import { symmetricEigen } from '../../src/linalg/symmetric-eigen.js';
import type { Random } from '../../src/random.js';
import { centerOfMass } from '../../src/structure/center-of-mass.js';
import { kB } from '../../src/units.js';
import { applyRestraint, removeTotal } from '../state/constraints.js';
import { type MdState, temperature } from '../state/state.js';

export interface MaxwellBoltzmannOptions {
  readonly temperatureK: number;
  readonly random: Random;
  /** Rescale so that the temperature is met exactly rather than on average. */
  readonly forceTemperature?: boolean;
}

/**
 * Draws the momenta of `state` from the Maxwell-Boltzmann distribution: each component is normal with variance m kB T,
 * as far as the restraint lets the atoms move.
 *
 * @throws {LammError} `structure` when `forceTemperature` is asked of atoms that cannot move.
 */
export function drawMomenta(state: MdState, { temperatureK, random, forceTemperature }: MaxwellBoltzmannOptions): void {
  for (let i = 0; i < state.momenta.length; i++) {
    const width = Math.sqrt(state.masses[Math.floor(i / 3)] * kB * temperatureK);
    state.momenta[i] = state.fixed[i] ? 0 : width * random.normal();
  }
  applyRestraint(state, state.momenta, state.masses);
  if (forceTemperature) rescaleTemperature(state, temperatureK);
}

/** Scales all momenta so that the temperature is `temperatureK`. */
export function rescaleTemperature(state: MdState, temperatureK: number): void {
  const now = temperature(state);
  if (now === temperatureK) return;
  if (now === 0) {
    throw new LammError('structure', `expected moving atoms to bring to ${temperatureK} K, found all of them at rest`, {
      quantity: 'momenta',
    });
  }
  const scale = Math.sqrt(temperatureK / now);
  for (let i = 0; i < state.momenta.length; i++) state.momenta[i] *= scale;
}

/** Takes the velocity of the centre of mass from every atom; for systems without fixed atoms. */
export function removeTranslation({ momenta, masses }: MdState): void {
  removeTotal(momenta, masses);
}

/**
 * Takes the rigid rotation about the centre of mass out of the momenta; for systems without fixed atoms.
 * Atoms on one line cannot turn about that line, nor a single atom at all.
 */
export function removeRotation({ positions, momenta, masses }: MdState): void {
  const center = centerOfMass(positions, masses);
  const angularMomentum = new Float64Array(3);
  const inertia = new Float64Array(9);
  for (let atom = 0; atom < masses.length; atom++) {
    const arm = armOf(positions, center, atom);
    const turn = cross3(arm, momenta.subarray(3 * atom, 3 * atom + 3));
    const square = dot3(arm, arm);
    for (let row = 0; row < 3; row++) {
      angularMomentum[row] += turn[row];
      for (let column = 0; column < 3; column++) {
        inertia[3 * row + column] += masses[atom] * ((row === column ? square : 0) - arm[row] * arm[column]);
      }
    }
  }
  const angularVelocity = divideByInertia(angularMomentum, inertia);
  for (let atom = 0; atom < masses.length; atom++) {
    const velocity = cross3(angularVelocity, armOf(positions, center, atom));
    for (let axis = 0; axis < 3; axis++) momenta[3 * atom + axis] -= masses[atom] * velocity[axis];
  }
}

// Along each principal axis; one without moment of inertia cannot turn.
function divideByInertia(angularMomentum: Float64Array, inertia: Float64Array): Float64Array {
  const { values, vectors } = symmetricEigen(inertia, 3);
  const negligible = 1e-9 * Math.max(...values);
  const angularVelocity = new Float64Array(3);
  values.forEach((moment, i) => {
    const axis = vectors.subarray(3 * i, 3 * i + 3);
    const rate = moment > negligible ? dot3(angularMomentum, axis) / moment : 0;
    for (let k = 0; k < 3; k++) angularVelocity[k] += rate * axis[k];
  });
  return angularVelocity;
}

function armOf(positions: Float64Array, center: Float64Array, atom: number): Float64Array {
  return center.map((value, axis) => positions[3 * atom + axis] - value);
}
