import type { CalculationResult, Calculator } from '../../calculators/calculator.js';
import { UnstableError } from '../../src/errors.js';
import type { Structure } from '../../src/structure/structure.js';
import { applyRestraint, isHeld, type Restraint } from '../state/constraints.js';
import { type FollowedSystem, follow } from '../state/follow.js';
import { removeNetForce } from '../state/net-force.js';

/** What an optimiser moves: coordinates in rows of three, and how to find the forces on them. */
export interface RelaxTarget {
  /** [rows x 3] in A, written by the optimiser between evaluations. */
  readonly coordinates: Float64Array;
  /** Which of them belong to the cell; absent where the cell stays. */
  readonly cell?: CellCoordinates;
  /** The atoms and cell that belong to the coordinates after `evaluate`. */
  readonly system: FollowedSystem;
  /** Applies the coordinates and calculates. */
  evaluate(): Promise<RelaxEvaluation>;
}

/** The coordinates of a cell, which come after those of the atoms. */
export interface CellCoordinates {
  readonly first: number;
  /** How much the cell is strained by one unit of a coordinate. */
  readonly strainPerUnit: number;
  /** In A^3, at the start. */
  readonly volume: number;
}

export interface RelaxEvaluation {
  /** On the coordinates, [rows x 3] in eV/A, 0 where nothing may move. */
  readonly forces: Float64Array;
  readonly result: CalculationResult;
  /** Largest component of the stress that may still change the cell, in GPa; absent where the cell stays. */
  readonly smaxGPa?: number;
}

/** Relaxes the positions in a fixed cell. */
export function atomsTarget(structure: Structure, calculator: Calculator, restraint: Restraint): RelaxTarget {
  const system = { ...structure, positions: structure.positions.slice() };
  return {
    coordinates: system.positions,
    system,
    evaluate: async () => {
      const result = await calculateFinite(system, calculator);
      return { forces: movableForces(result.forces, restraint, { structure, calculator }), result };
    },
  };
}

/** @throws {UnstableError} `non-finite` when energy or forces are not numbers. */
export async function calculateFinite(system: FollowedSystem, calculator: Calculator): Promise<CalculationResult> {
  follow(system, calculator);
  const result = await calculator.calculate(system);
  if (Number.isFinite(result.energy) && result.forces.every(Number.isFinite)) return result;
  throw new UnstableError(
    'non-finite',
    'energy or forces became NaN or infinite; look at the structure for atoms too close to each other',
    {
      quantity: 'forces',
      expected: 'finite numbers',
    },
  );
}

/**
 * Forces that may move something: without what the restraint forbids, and without the net force of a calculator that is
 * not conservative unless something holds the system.
 */
export function movableForces(
  raw: Float64Array,
  restraint: Restraint,
  { structure, calculator }: { structure: Structure; calculator: Calculator },
): Float64Array {
  const forces = raw.slice();
  if (!calculator.capabilities.conservative && !isHeld(restraint)) removeNetForce(forces);
  applyRestraint(restraint, forces, structure.masses);
  return forces;
}
