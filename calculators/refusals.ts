import { listElements } from '../src/elements.js';
import { LammError } from '../src/errors.js';
import { coincidentAtoms } from '../src/neighbors/coincident-atoms.js';
import type { SitePairs } from '../src/neighbors/pair-list.js';
import { type AtomicSystem, formulaOf } from '../src/structure/structure.js';

/** The error for an atom and a site (counted from 0) in one place. */
export function coincidentSites(
  first: number,
  site: number,
  { rowStart, imageAtoms, positions }: SitePairs,
): LammError {
  const atomCount = rowStart.length - 1;
  const second = site < atomCount ? site : imageAtoms[site - atomCount];
  const [x, y, z] = [0, 1, 2].map((axis) => positions[3 * site + axis] - positions[3 * first + axis]);
  return coincidentAtoms(first, second, Math.hypot(x, y, z));
}

/**
 * @throws {LammError} `unsupported-element` when an atom is none of the known elements.
 */
export function assertKnownElements(system: AtomicSystem, known: ReadonlySet<number>, calculator: string): void {
  const { numbers } = system;
  if (numbers.every((number) => known.has(number))) return;
  const expected = listElements(known);
  const actual = listElements(numbers.filter((number) => !known.has(number)));
  const message = `${calculator} does not know ${actual}, found in ${formulaOf(system)}; choose another calculator (known are ${expected})`;
  throw new LammError('unsupported-element', message, { quantity: 'elements', expected, actual });
}
