import { z } from 'zod';
import { atomicMasses } from '../elements.js';
import { cellVolume } from '../structure/cell.js';
import type { AtomicSystem } from '../structure/structure.js';

const count = z.number().int().nonnegative();

/** What a head learned from, as its model file says it: counts of training structures. */
export const headCoverageSchema = z
  .strictObject({
    structures: count,
    /** Periodic in some direction; the others are molecules and clusters. */
    periodic: count,
    /** With each label that was learned. */
    energies: count,
    forces: count,
    stresses: count,
    /** Least and largest density in g/cm^3 of structures that are periodic in all directions. */
    densities: z.tuple([z.number(), z.number()]).readonly().optional(),
  })
  .readonly();

export type HeadCoverage = z.infer<typeof headCoverageSchema>;

/** One amu/A^3 in g/cm^3. */
const gramsPerCubicCentimeter = 1.6605390666;

/** Density in g/cm^3; undefined unless the system is periodic in all directions. */
export function densityOf({ numbers, cell, pbc }: AtomicSystem): number | undefined {
  if (!pbc.every(Boolean)) return undefined;
  const mass = numbers.reduce((sum, number) => sum + atomicMasses[number], 0);
  return (gramsPerCubicCentimeter * mass) / cellVolume(cell);
}

/**
 * Whether a head learned from structures like a system: periodic ones, or ones that are not; undefined when its model
 * does not say.
 */
export function hasSeen(coverage: HeadCoverage | undefined, { pbc }: Pick<AtomicSystem, 'pbc'>): boolean | undefined {
  if (coverage === undefined) return undefined;
  const { structures, periodic } = coverage;
  return pbc.includes(true) ? periodic > 0 : structures > periodic;
}
