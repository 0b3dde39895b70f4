import { atomicMasses } from '../../elements.js';

/** An atom of the asymmetric unit, or one of several that share a place. */
export interface CifSite {
  readonly label: string;
  readonly number: number;
  /** In amu, where the symbol says it: D or T. */
  readonly mass?: number;
  /** Fractional coordinates, [3]. */
  readonly fractional: readonly number[];
  /** Part of the cells in which the atom is there, 0 to 1. */
  readonly occupancy: number;
  /** Of the sites of an assembly, those of one group are there together and those of the others not. */
  readonly disorder?: { readonly assembly: string; readonly group: string };
  /** Magnetic moment in Bohr magnetons, as multiples of the lattice vectors, [3]. */
  readonly moment?: readonly number[];
  readonly line: number;
}

/** Masses in amu of atoms that sites own; undefined when all have those of their elements. */
export function massesOfSites(owners: readonly CifSite[]): readonly number[] | undefined {
  if (owners.every(({ mass }) => mass === undefined)) return undefined;
  return owners.map(({ number, mass }) => mass ?? atomicMasses[number]);
}

/** How far an occupancy may be from 1 and still be full. */
export const occupancyTolerance = 2e-3;
