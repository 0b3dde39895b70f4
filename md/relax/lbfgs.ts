import { dotProduct, startCurvature, takeLimitedStep } from './step-limit.js';

/** One remembered move: the change of the coordinates, of the gradient, and 1 / their product. */
interface Move {
  readonly change: Float64Array;
  readonly gradientChange: Float64Array;
  readonly inverseProduct: number;
}

/** State of the limited-memory BFGS optimiser. */
export interface LbfgsState {
  readonly memory: Move[];
  coordinates?: Float64Array;
  forces?: Float64Array;
}

const memoryLength = 100;

export function createLbfgs(): LbfgsState {
  return { memory: [] };
}

/**
 * Moves `coordinates` once by limited-memory BFGS; a direction that would climb is refused and the memory cleared.
 *
 * Shapes: `coordinates`, `forces` are [rows x 3].  Units: A, eV/A.  Mutates `lbfgs` and `coordinates`.
 *
 * @see Nocedal, Math. Comput. 35, 773 (1980).
 */
export function lbfgsStep(lbfgs: LbfgsState, coordinates: Float64Array, forces: Float64Array): void {
  remember(lbfgs, coordinates, forces);
  let step = newtonStep(lbfgs.memory, forces);
  if (!(dotProduct(step, forces) > 0)) {
    lbfgs.memory.length = 0;
    step = newtonStep(lbfgs.memory, forces);
  }
  lbfgs.coordinates = coordinates.slice();
  lbfgs.forces = forces.slice();
  takeLimitedStep(coordinates, step);
}

function remember(lbfgs: LbfgsState, coordinates: Float64Array, forces: Float64Array): void {
  const { memory, coordinates: lastCoordinates, forces: lastForces } = lbfgs;
  if (!lastCoordinates || !lastForces) return;
  const change = coordinates.map((value, i) => value - lastCoordinates[i]);
  const gradientChange = forces.map((value, i) => lastForces[i] - value);
  const product = dotProduct(change, gradientChange);
  if (product === 0) return;
  memory.push({ change, gradientChange, inverseProduct: 1 / product });
  if (memory.length > memoryLength) memory.shift();
}

// The two-loop recursion: the inverse Hessian times the forces, without the Hessian.
function newtonStep(memory: readonly Move[], forces: Float64Array): Float64Array {
  const step = forces.slice();
  const weights = new Float64Array(memory.length);
  for (let k = memory.length - 1; k >= 0; k--) {
    const { change, gradientChange, inverseProduct } = memory[k];
    weights[k] = inverseProduct * dotProduct(change, step);
    for (let i = 0; i < step.length; i++) step[i] -= weights[k] * gradientChange[i];
  }
  for (let i = 0; i < step.length; i++) step[i] /= startCurvature;
  for (let k = 0; k < memory.length; k++) {
    const { change, gradientChange, inverseProduct } = memory[k];
    const correction = weights[k] - inverseProduct * dotProduct(gradientChange, step);
    for (let i = 0; i < step.length; i++) step[i] += correction * change[i];
  }
  return step;
}
