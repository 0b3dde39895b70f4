import { dotProduct, startCurvature, takeLimitedStep } from './step-limit.js';

/** One remembered move: the change of the coordinates, of the gradient, and 1 / their product. */
export interface Move {
  readonly change: Float64Array;
  readonly gradientChange: Float64Array;
  readonly inverseProduct: number;
}

/** State of the limited-memory BFGS optimisers. */
export interface LbfgsState {
  readonly memory: Move[];
  coordinates?: Float64Array;
  forces?: Float64Array;
}

/** What limited-memory BFGS takes for the inverse Hessian before the remembered moves, and which moves it remembers. */
export interface LbfgsRules {
  /** Applies it to a vector in place. */
  solve(vector: Float64Array): void;
  /** Whether a move may be remembered; a product of 0 never is. */
  accepts(move: Move): boolean;
}

const memoryLength = 100;

export function createLbfgs(): LbfgsState {
  return { memory: [] };
}

const uniform: LbfgsRules = {
  solve: (vector) => {
    for (let i = 0; i < vector.length; i++) vector[i] /= startCurvature;
  },
  accepts: () => true,
};

/**
 * Moves `coordinates` once by limited-memory BFGS that starts from one curvature for all.
 *
 * Shapes: `coordinates`, `forces` are [rows x 3].  Units: A, eV/A.  Mutates `lbfgs` and `coordinates`.
 *
 * @see Nocedal, Math. Comput. 35, 773 (1980).
 */
export function lbfgsStep(lbfgs: LbfgsState, coordinates: Float64Array, forces: Float64Array): void {
  takeLimitedStep(coordinates, lbfgsDirection(lbfgs, { coordinates, forces, rules: uniform }));
}

interface LbfgsPoint {
  readonly coordinates: Float64Array;
  readonly forces: Float64Array;
  readonly rules: LbfgsRules;
}

/**
 * Remembers the move that led to a point and says where the minimum may be from there, [rows x 3]; a direction that
 * would climb is refused and the memory cleared.
 */
export function lbfgsDirection(lbfgs: LbfgsState, { coordinates, forces, rules }: LbfgsPoint): Float64Array {
  remember(lbfgs, { coordinates, forces, rules });
  let step = newtonStep(lbfgs.memory, forces, rules);
  if (!(dotProduct(step, forces) > 0)) {
    lbfgs.memory.length = 0;
    step = newtonStep(lbfgs.memory, forces, rules);
  }
  lbfgs.coordinates = coordinates.slice();
  lbfgs.forces = forces.slice();
  return step;
}

function remember(lbfgs: LbfgsState, { coordinates, forces, rules }: LbfgsPoint): void {
  const { memory, coordinates: lastCoordinates, forces: lastForces } = lbfgs;
  if (!lastCoordinates || !lastForces) return;
  const change = coordinates.map((value, i) => value - lastCoordinates[i]);
  const gradientChange = forces.map((value, i) => lastForces[i] - value);
  const product = dotProduct(change, gradientChange);
  const move = { change, gradientChange, inverseProduct: 1 / product };
  if (product === 0 || !rules.accepts(move)) return;
  memory.push(move);
  if (memory.length > memoryLength) memory.shift();
}

// The two-loop recursion: the inverse Hessian times the forces, without the Hessian.
function newtonStep(memory: readonly Move[], forces: Float64Array, { solve }: LbfgsRules): Float64Array {
  const step = forces.slice();
  const weights = new Float64Array(memory.length);
  for (let k = memory.length - 1; k >= 0; k--) {
    const { change, gradientChange, inverseProduct } = memory[k];
    weights[k] = inverseProduct * dotProduct(change, step);
    for (let i = 0; i < step.length; i++) step[i] -= weights[k] * gradientChange[i];
  }
  solve(step);
  for (let k = 0; k < memory.length; k++) {
    const { change, gradientChange, inverseProduct } = memory[k];
    const correction = weights[k] - inverseProduct * dotProduct(gradientChange, step);
    for (let i = 0; i < step.length; i++) step[i] += correction * change[i];
  }
  return step;
}
