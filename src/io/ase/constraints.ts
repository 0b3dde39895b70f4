import { LammError } from '../../errors.js';
import type { Constraint } from '../../structure/constraint.js';
import { alongVectors } from '../../structure/lattice-flags.js';
import type { InfoValue } from '../../structure/structure.js';
import { parseJson } from '../text/json.js';
import { isObject, toNdArray, toNumbers } from './values.js';

export interface Constraints {
  /** 1 for each Cartesian coordinate that may not move, [N x 3]; absent when all may. */
  readonly fixed?: Uint8Array;
  /** Planes and lines that atoms keep to; absent when there are none. */
  readonly constraints?: readonly Constraint[];
  /** Constraints of other kinds, for `info`. */
  readonly others?: InfoValue;
}

/**
 * Reads ASE's list of constraints, or its JSON text: fixed atoms and Cartesian directions, planes, lines and fixed
 * directions along the lattice vectors of `cell`; others are kept as text.
 *
 * @throws {LammError} `format`, without a place.
 */
export function readConstraints(stored: unknown, atomCount: number, cell?: ArrayLike<number>): Constraints {
  const list = typeof stored === 'string' ? parseList(stored) : (stored ?? []);
  if (!Array.isArray(list)) throw new LammError('format', 'expected a list of constraints');
  const fixed = new Uint8Array(3 * atomCount);
  const constraints: Constraint[] = [];
  const others: unknown[] = [];
  for (const entry of list) {
    const { name, kwargs } = nameAndArguments(entry);
    const atoms = () => atomsOf(kwargs.indices ?? kwargs.a ?? maskedAtoms(kwargs.mask), atomCount);
    const direction = () => [...toNumbers(kwargs.direction, 3, `the direction of ${name}`)];
    if (name === 'FixAtoms') fix(fixed, atoms(), [1, 1, 1]);
    else if (name === 'FixCartesian') fix(fixed, atoms(), toNumbers(kwargs.mask ?? [1, 1, 1], 3, 'mask'));
    else if (name === 'FixedPlane') constraints.push({ kind: 'plane', atoms: atoms(), normal: direction() });
    else if (name === 'FixedLine') constraints.push({ kind: 'line', atoms: atoms(), direction: direction() });
    else if (name === 'FixScaled' && cell !== undefined) {
      const mask = toNumbers(kwargs.mask ?? [1, 1, 1], 3, 'mask');
      const held = atomsOf(kwargs.a ?? kwargs.indices, atomCount);
      const constraint = alongVectors(held, mask, cell);
      if (constraint === undefined) fix(fixed, held, mask);
      else constraints.push(constraint);
    } else others.push(entry);
  }
  return {
    ...(fixed.includes(1) && { fixed }),
    ...(constraints.length > 0 && { constraints }),
    ...(others.length > 0 && { others: `_JSON ${JSON.stringify(others)}` }),
  };
}

/** Constraints as ASE writes them, with others that were kept as text. */
export function formatConstraints(constraints: readonly Constraint[], others?: InfoValue): string {
  const kept: unknown = typeof others === 'string' ? parseList(others.replace(/^_JSON /, '')) : [];
  const own = constraints.map((constraint) => {
    if (constraint.kind === 'atoms') return { name: 'FixAtoms', kwargs: { indices: constraint.atoms } };
    const [name, direction] =
      constraint.kind === 'plane' ? ['FixedPlane', constraint.normal] : ['FixedLine', constraint.direction];
    return { name, kwargs: { indices: constraint.atoms, direction } };
  });
  return `_JSON ${JSON.stringify([...own, ...(Array.isArray(kept) ? kept : [])])}`;
}

/** Names of the constraints that were kept as text, each once. */
export function namesOfOthers(others: InfoValue | undefined): string[] {
  if (typeof others !== 'string' || !others.startsWith('_JSON ')) return [];
  const list = parseList(others.slice(6));
  return Array.isArray(list) ? [...new Set(list.filter(isObject).map((entry) => nameAndArguments(entry).name))] : [];
}

function parseList(text: string): unknown {
  try {
    return parseJson(text);
  } catch (cause) {
    throw new LammError('format', 'expected JSON for the constraints', { cause });
  }
}

/** `{"name": ..., "kwargs": {...}}`, or as old versions wrote it `{"__name__": "ase.constraints.FixAtoms", ...}`. */
function nameAndArguments(entry: unknown): {
  readonly name: string;
  readonly kwargs: Readonly<Record<string, unknown>>;
} {
  if (!isObject(entry)) throw new LammError('format', 'expected an object for each constraint');
  const name = String(entry.name ?? entry.__name__ ?? '').replace(/^.*\./, '');
  return { name, kwargs: isObject(entry.kwargs) ? entry.kwargs : entry };
}

/** Indices, or a logical value for each atom. */
function maskedAtoms(mask: unknown): unknown {
  if (!Array.isArray(mask)) return [];
  return mask.flatMap((flag, atom) => (flag === true ? [atom] : []));
}

function atomsOf(indices: unknown, atomCount: number): number[] {
  const given = typeof indices === 'number' ? [indices] : indices;
  return Array.from(toNdArray(given, 'the indices of a constraint').values, (index) => {
    const atom = index < 0 ? atomCount + index : index;
    if (Number.isInteger(atom) && atom >= 0 && atom < atomCount) return atom;
    throw new LammError('format', `expected atoms 0 to ${atomCount - 1} in a constraint, found ${index}`);
  });
}

function fix(fixed: Uint8Array, atoms: readonly number[], mask: ArrayLike<number>): void {
  for (const atom of atoms) for (let axis = 0; axis < 3; axis++) if (mask[axis] !== 0) fixed[3 * atom + axis] = 1;
}
