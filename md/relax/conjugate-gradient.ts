import { dotProduct, startCurvature, takeLimitedStep } from './step-limit.js';

/** State of the conjugate-gradient optimiser; plain data, so that it can be copied or saved. */
export interface ConjugateGradientState {
  /** Direction d of the present line and the forces F at its start, [rows x 3]; absent before the first step. */
  direction?: Float64Array;
  forces?: Float64Array;
  /** F.d at the start of the line and at the last point, and the part of d that was walked from there. */
  startSlope: number;
  lastSlope: number;
  lastMove: number;
  /** Points on this line so far. */
  pointCount: number;
  /** Curvature that the last lines had, in eV/A^2. */
  curvature: number;
}

/** A line is left when the force along it has fallen to this part of its start, or after so many points. */
const slopeToLeave = 0.2;
const maxPoints = 10;
/** One step on a line is at most this many times as long as the last. */
const maxStretch = 3;
const minCurvature = 0.1;

export function createConjugateGradient(): ConjugateGradientState {
  return { startSlope: 0, lastSlope: 0, lastMove: 0, pointCount: 0, curvature: startCurvature };
}

/**
 * Moves `coordinates` once along conjugate directions (Polak and Ribiere, never against the forces).  The point on a
 * line where the force along it vanishes is found by the secant through forces alone: energies, which need not belong
 * to the forces, are not asked.
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
  const stay = state.direction && secantMove(state, state.direction, forces);
  const move = stay ?? startLine(state, forces);
  const direction = state.direction ?? forces;
  const limited = takeLimitedStep(
    coordinates,
    direction.map((value) => move * value),
  );
  state.lastMove = move * limited;
  state.pointCount++;
}

// How much farther to go along the line; undefined where it is to be left.
function secantMove(state: ConjugateGradientState, direction: Float64Array, forces: Float64Array): number | undefined {
  const slope = dotProduct(forces, direction);
  if (Math.abs(slope) <= slopeToLeave * state.startSlope || state.pointCount >= maxPoints) return undefined;
  const square = dotProduct(direction, direction);
  const curvature = (state.lastSlope - slope) / (state.lastMove * square);
  state.lastSlope = slope;
  const most = maxStretch * Math.abs(state.lastMove);
  if (!(curvature > 0)) return Math.sign(slope) * most;
  state.curvature = Math.max(curvature, minCurvature);
  return Math.max(-most, Math.min(slope / (curvature * square), most));
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
  state.pointCount = 0;
  state.startSlope = dotProduct(forces, direction);
  state.lastSlope = state.startSlope;
  return state.startSlope / (state.curvature * dotProduct(direction, direction));
}
