import { completeCell } from '../../../src/structure/cell.js';
import type { Sample } from '../sample/sample.js';

/**
 * Beyond this distance (A) an atom sees no image of itself: half as much again as the largest distance of neighbours in
 * a metal.
 */
const alone = 8;

/** A free atom feels no force but rounding, in eV/A. */
const noForce = 1e-2;

/**
 * Whether a frame is one atom without neighbours, as many data sets have them with `config_type=IsolatedAtom`.  Its
 * energy is that of a free atom: a reference of its own, several eV from those that matter to the atoms in matter.
 */
export function isIsolatedAtom({ structure, forces }: Pick<Sample, 'structure' | 'forces'>): boolean {
  const { numbers, cell, pbc, info } = structure;
  if (numbers.length !== 1 || forces?.some((force) => Math.abs(force) > noForce)) return false;
  if (/^isolated_?atom$/i.test(String(info.config_type ?? ''))) return true;
  if (!pbc.includes(true)) return true;
  const full = completeCell(cell);
  const steps = (axis: number) => (pbc[axis] ? [-1, 0, 1] : [0]);
  return steps(0).every((i) =>
    steps(1).every((j) =>
      steps(2).every((k) => {
        if (i === 0 && j === 0 && k === 0) return true;
        const along = (axis: number) => i * full[axis] + j * full[3 + axis] + k * full[6 + axis];
        return Math.hypot(along(0), along(1), along(2)) > alone;
      }),
    ),
  );
}

/** Energies of free atoms in eV, by atomic number: of several for one element the lowest, which is the ground state. */
export function createIsolatedAtoms() {
  const energies = new Map<number, number>();
  const known: ReadonlyMap<number, number> = energies;
  return {
    energies: known,
    add({ structure, energy }: Sample): void {
      if (energy === undefined) return;
      const [number] = structure.numbers;
      energies.set(number, Math.min(energies.get(number) ?? energy, energy));
    },
  };
}
