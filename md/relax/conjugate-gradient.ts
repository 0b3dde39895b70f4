import { dotProduct, startCurvature, takeLimitedStep } from './step-limit.js';

/** State of the conjugate-gradient optimiser; plain data, so that it can be copied or saved. */
export interface ConjugateGradientState {
  /** Direction of the present line and the forces at its start, [rows x 3]; absent before the first step. */
  direction?: Float64Array;
  forces?: Float64Array;
  /** Part of `direction` that has been walked, and the slope F.d there at the start of the line. */
  walked: number;
  startSlope: number;
  /** Curvature -d(F.d)/dx / d.d that the last line had, in eV/A^2. */
  curvature: number;
}

/** A line is left when the force along it has fallen to this part of its start. */
const slopeToLeave = 0.2;
/** In one step a line is prolonged at most this many times. */
const longestStretch = 3;
const leastCurvature = 0.1;

export function createConjugateGradient(): ConjugateGradientState {
  return { walked: 0, startSlope: 0, curvature: startCurvature };
}

/**
 * Moves `coordinates` once along conjugate directions (Polak and Ribiere, never against the forces).  The point on a line where the force along
 * it vanishes is found by the secant through forces alone: energies, which need not belong to the forces, are not asked.
 *
 * Shapes: `coordinates`, `forces` are [rows x 3].  Units: A, eV/A.  Mutates `state` and `coordinates`.
 *
 * @see Shewchuk, An introduction to the conjugate gradient method without the agonizing pain (1994), section 14.1.
 */
export function conjugateGradientStep(
  state: ConjugateGradientState,
  coordinates: Float64Array,
  forces: Float64Array,
): void {
  const stay = state.direction && secantStep(state, state.direction, forces);
  const part = stay ?? startLine(state, forces);
  const direction = state.direction ?? forces;
  const before = coordinates.slice();
  takeLimitedStep(
    coordinates,
    direction.map((value) => part * value),
  );
  const pivot = direction.reduce((best, value, i) => (Math.abs(value) > Math.abs(direction[best]) ? i : best), 0);
  state.walked += direction[pivot] === 0 ? 0 : (coordinates[pivot] - before[pivot]) / direction[pivot];
}

// How much farther to go along the line; undefined where it is to be left.
function secantStep(state: ConjugateGradientState, direction: Float64Array, forces: Float64Array): number | undefined {
  const slope = dotProduct(forces, direction);
  const square = dotProduct(direction, direction);
  const curvature = (state.startSlope - slope) / (state.walked * square);
  if (Math.abs(slope) <= slopeToLeave * state.startSlope) return undefined;
  const most = longestStretch * state.walked;
  if (!(curvature > 0)) return most;
  state.curvature = Math.max(curvature, leastCurvature);
  return Math.min(slope / (state.curvature * square), most);
}

// The next direction, and how far the last curvature says that its minimum is.
function startLine(state: ConjugateGradientState, forces: Float64Array): number {
  const { direction: last, forces: lastForces } = state;
  let direction = forces.slice();
  if (last && lastForces) {
    const change = dotProduct(forces, forces) - dotProduct(forces, lastForces);
    const weight = Math.max(0, change / dotProduct(lastForces, lastForces));
    direction = forces.map((value, i) => value + weight * last[i]);
    if (!(dotProduct(direction, forces) > 0)) direction = forces.slice();
  }
  state.direction = direction;
  state.forces = forces.slice();
  state.walked = 0;
  state.startSlope = dotProduct(forces, direction);
  return state.startSlope / (state.curvature * dotProduct(direction, direction));
}
