import { LammError } from '../errors.js';

/** Atoms closer than this (A) are taken for one atom that was written twice. */
export const coincidenceDistance = 1e-3;

/** The error for two atoms, counted from 0, in one place; one atom twice stands for its periodic image. */
export function coincidentAtoms(first: number, second: number, distance: number): LammError {
  const [one, other] = [first + 1, second + 1].sort((a, b) => a - b);
  const who = one === other ? `atom ${one} and its periodic image are` : `atoms ${one} and ${other} are`;
  return new LammError(
    'structure',
    `${who} in the same place (${distance} A apart); remove one or check the positions`,
    { quantity: 'positions', expected: `at least ${coincidenceDistance} A`, actual: `${distance} A` },
  );
}
