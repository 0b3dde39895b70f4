import { multiplyRows } from '../structure/cell.js';
import type { AtomicSystem } from '../structure/structure.js';
import type { Pairs } from './pair-search.js';
import { createSkinSearch, type VerletOptions } from './skin-search.js';
import { sortAscending } from './sort-ascending.js';

/**
 * Candidate pairs between sites.  Sites are the N atoms, then the periodic images of atoms that have a partner among
 * the atoms, sorted by (atom, Sx, Sy, Sz): inner loops need not know of cells.
 *
 * Pair p of row i lies between atom i and site seconds[p], whose atom is i or a later one.  Every pair of atoms or
 * images is there once; pairs are sorted as in `Pairs`.
 */
export interface SitePairs {
  readonly pairCount: number;
  /** First pair of each atom, [N + 1]. */
  readonly rowStart: Int32Array;
  /** Second site of each pair, [P]. */
  readonly seconds: Int32Array;
  /** Atom of each image, [M - N]. */
  readonly imageAtoms: Int32Array;
  /** Positions of the sites in A, [M x 3]. */
  readonly positions: Float64Array;
}

/** Pairs of atoms that are cheap to bring up to date while atoms move little. */
export interface PairList {
  /** All pairs of `system` within the cutoff and some beyond it; valid until the next call. */
  update(system: AtomicSystem): SitePairs;
  /** How often pairs were searched for. */
  readonly buildCount: number;
}

/**
 * Creates a list of pairs that keeps candidates up to `cutoff + skin` (A); the user of the list drops those beyond the
 * cutoff.
 */
export function createPairList(options: VerletOptions): PairList {
  const search = createSkinSearch(options, createSites);
  return {
    get buildCount() {
      return search.buildCount;
    },
    update(system) {
      const sites = search.update(system);
      moveSites(sites, system);
      return sites;
    },
  };
}

interface Sites extends SitePairs {
  /** Row of `shifts` of each image, [M - N]. */
  readonly imageShifts: Int32Array;
  /** The different S, [K x 3]. */
  readonly shifts: Int32Array;
  /** S . cell in A, [K x 3]. */
  readonly offsets: Float64Array;
}

function createSites({ pairCount, rowStart, seconds: atoms, shiftIndices, shifts }: Pairs): Sites {
  const atomCount = rowStart.length - 1;
  const unmoved = (shifts.length / 3 - 1) / 2;
  const { start, keys } = imagePairs({ atoms, shiftIndices }, { atomCount, unmoved });
  const seconds = atoms.slice();
  const imageAtoms: number[] = [];
  const imageShifts: number[] = [];
  for (let atom = 0; atom < atomCount; atom++) {
    sortAscending(keys, start[atom], start[atom + 1]);
    let last = -1;
    for (let k = start[atom]; k < start[atom + 1]; k++) {
      const shift = Math.floor(keys[k] / pairCount);
      if (shift !== last) {
        imageAtoms.push(atom);
        imageShifts.push(shift);
        last = shift;
      }
      seconds[keys[k] - shift * pairCount] = atomCount + imageAtoms.length - 1;
    }
  }
  return {
    pairCount,
    rowStart,
    seconds,
    imageAtoms: Int32Array.from(imageAtoms),
    positions: new Float64Array(3 * (atomCount + imageAtoms.length)),
    imageShifts: Int32Array.from(imageShifts),
    shifts,
    offsets: new Float64Array(shifts.length),
  };
}

/**
 * The pairs whose second atom is moved by a lattice vector, grouped by that atom: key = shift index * number of pairs +
 * pair.
 */
function imagePairs(
  { atoms, shiftIndices }: { atoms: Int32Array; shiftIndices: Int32Array },
  { atomCount, unmoved }: { atomCount: number; unmoved: number },
): { start: Int32Array; keys: Float64Array } {
  const start = new Int32Array(atomCount + 1);
  for (let pair = 0; pair < atoms.length; pair++) {
    if (shiftIndices[pair] !== unmoved) start[atoms[pair] + 1]++;
  }
  for (let atom = 0; atom < atomCount; atom++) start[atom + 1] += start[atom];
  const keys = new Float64Array(start[atomCount]);
  const next = start.slice();
  for (let pair = 0; pair < atoms.length; pair++) {
    if (shiftIndices[pair] !== unmoved) keys[next[atoms[pair]]++] = shiftIndices[pair] * atoms.length + pair;
  }
  return { start, keys };
}

function moveSites({ positions, imageAtoms, imageShifts, shifts, offsets }: Sites, system: AtomicSystem): void {
  multiplyRows(shifts, system.cell, offsets);
  positions.set(system.positions);
  let target = system.positions.length;
  for (let image = 0; image < imageAtoms.length; image++) {
    const atom = 3 * imageAtoms[image];
    const shift = 3 * imageShifts[image];
    positions[target++] = system.positions[atom] + offsets[shift];
    positions[target++] = system.positions[atom + 1] + offsets[shift + 1];
    positions[target++] = system.positions[atom + 2] + offsets[shift + 2];
  }
}
