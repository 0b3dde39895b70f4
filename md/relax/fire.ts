import { dotProduct } from './step-limit.js';

/** State of the FIRE optimiser; plain data, so that it can be copied or saved. */
export interface FireState {
  /** Velocities of the coordinates at unit mass, [rows x 3]. */
  readonly velocities: Float64Array;
  timestep: number;
  /** How much the velocities are turned towards the forces. */
  mixing: number;
  /** Steps in a row that went downhill; -1 before the first step. */
  downhillCount: number;
}

const start = { timestep: 0.1, mixing: 0.1 };
const maxTimestep = 1;
const stepsBeforeGrowth = 5;
const maxStep = 0.2; // A, norm over all coordinates

export function createFire(length: number): FireState {
  return { velocities: new Float64Array(length), ...start, downhillCount: -1 };
}

/**
 * Moves `coordinates` once along FIRE's damped dynamics.
 *
 * Shapes: `coordinates`, `forces` are [rows x 3].  Units: A, eV/A.  Mutates `fire` and `coordinates`.
 *
 * @see Bitzek et al., Phys. Rev. Lett. 97, 170201 (2006).
 */
export function fireStep(fire: FireState, coordinates: Float64Array, forces: Float64Array): void {
  const { velocities } = fire;
  steer(fire, forces);
  let square = 0;
  for (let i = 0; i < velocities.length; i++) {
    velocities[i] += fire.timestep * forces[i];
    square += (fire.timestep * velocities[i]) ** 2;
  }
  const length = Math.sqrt(square);
  const scale = length > maxStep ? maxStep / length : 1;
  for (let i = 0; i < velocities.length; i++) coordinates[i] += fire.timestep * velocities[i] * scale;
}

// Downhill, turn the velocities towards the forces and take longer steps; uphill, stop and start anew with shorter
// ones.
function steer(fire: FireState, forces: Float64Array): void {
  const { velocities } = fire;
  if (fire.downhillCount < 0) {
    fire.downhillCount = 0;
    return;
  }
  const power = dotProduct(forces, velocities);
  if (power > 0) {
    const turn = fire.mixing * Math.sqrt(dotProduct(velocities, velocities) / dotProduct(forces, forces));
    for (let i = 0; i < velocities.length; i++) velocities[i] = (1 - fire.mixing) * velocities[i] + turn * forces[i];
    if (fire.downhillCount > stepsBeforeGrowth) {
      fire.timestep = Math.min(fire.timestep * 1.1, maxTimestep);
      fire.mixing *= 0.99;
    }
    fire.downhillCount++;
  } else {
    velocities.fill(0);
    fire.mixing = start.mixing;
    fire.timestep *= 0.5;
    fire.downhillCount = 0;
  }
}
