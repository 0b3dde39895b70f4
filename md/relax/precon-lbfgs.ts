import { type LbfgsState, lbfgsDirection, type Move } from './lbfgs.js';
import { dotProduct, scaleToLimit } from './step-limit.js';
import type { CellCoordinates } from './target.js';

/** Curvature along the place of an atom in a solid, in eV/A^2; only its ratio to that of strains matters for long. */
const atomCurvature = 15;

/** Elastic constant of a solid in eV/A^3, 80 GPa. */
const stiffness = 0.5;

/** How much the cell may be strained in one step. */
const maxStrain = 0.04;

/** A move whose curvature is less than this part of what was assumed says nothing of the minimum. */
const minCurvatureShare = 1e-3;

/**
 * Moves `coordinates` once by limited-memory BFGS that knows what is an atom and what is the cell.
 *
 * It starts from the curvature of an atom's place or of a strain, each scaled by what the last move has shown; forgets
 * moves along which the energy curves down; and limits a step by how far atoms and how much the cell really move,
 * whatever the coordinates of the cell are.  Without that a soft crystal of 200 atoms, whose strains are 200 times
 * smaller than their coordinates, hardly changes its cell from step to step.
 *
 * Shapes: `coordinates`, `forces` are [rows x 3].  Units: A, eV/A.  Mutates `state` and `coordinates`.
 *
 * @see Nocedal and Wright, Numerical Optimization, equation 7.20, for the scale; Packwood et al., J. Chem. Phys. 144,
 *   164109 (2016), for the curvature of strains.
 */
export function preconLbfgsStep(
  state: LbfgsState,
  { coordinates, cell }: { readonly coordinates: Float64Array; readonly cell?: CellCoordinates },
  forces: Float64Array,
): void {
  const curvatures = startCurvatures(coordinates.length, cell);
  const inverse = curvatures.map((curvature) => 1 / curvature);
  const solve = (vector: Float64Array) => {
    const last = state.memory.at(-1);
    const scale = last ? 1 / (last.inverseProduct * weighted(last.gradientChange, inverse)) : 1;
    for (let i = 0; i < vector.length; i++) vector[i] *= scale / curvatures[i];
  };
  const accepts = ({ change, gradientChange, inverseProduct }: Move) =>
    1 / inverseProduct >
    minCurvatureShare * Math.sqrt(weighted(change, curvatures) * weighted(gradientChange, inverse));
  const step = lbfgsDirection(state, { coordinates, forces, rules: { solve, accepts } });
  const scale = stepScale(step, cell);
  for (let i = 0; i < step.length; i++) coordinates[i] += scale * step[i];
}

function startCurvatures(length: number, cell: CellCoordinates | undefined): Float64Array {
  const curvatures = new Float64Array(length).fill(atomCurvature);
  if (cell) curvatures.fill(stiffness * cell.volume * cell.strainPerUnit ** 2, cell.first);
  return curvatures;
}

/** v W v of a diagonal W. */
function weighted(vector: Float64Array, weights: Float64Array): number {
  return dotProduct(
    vector,
    vector.map((value, i) => value * weights[i]),
  );
}

/** What a step is to be shortened by, so that nothing moves too far. */
function stepScale(step: Float64Array, cell: CellCoordinates | undefined): number {
  if (cell === undefined) return scaleToLimit(step);
  const strain = cell.strainPerUnit * Math.max(...step.subarray(cell.first).map(Math.abs));
  return Math.min(scaleToLimit(step.subarray(0, cell.first)), strain > maxStrain ? maxStrain / strain : 1);
}
