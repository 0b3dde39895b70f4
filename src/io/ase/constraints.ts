import { LammError } from '../../errors.js';
import type { InfoValue } from '../../structure/structure.js';
import { parseJson } from '../text/json.js';
import { isObject, toNdArray, toNumbers } from './values.js';

export interface Constraints {
  /** 1 for each Cartesian coordinate that may not move, [N x 3]; absent when all may. */
  readonly fixed?: Uint8Array;
  /** Constraints of other kinds, for `info`. */
  readonly others?: InfoValue;
}

/**
 * Reads ASE's list of constraints, or its JSON text: fixed atoms and fixed Cartesian directions; others are kept as text.
 *
 * @throws {LammError} `format`, without a place.
 */
export function readConstraints(stored: unknown, atomCount: number): Constraints {
  const list = typeof stored === 'string' ? parseList(stored) : (stored ?? []);
  if (!Array.isArray(list)) throw new LammError('format', 'expected a list of constraints');
  const fixed = new Uint8Array(3 * atomCount);
  const others: unknown[] = [];
  for (const entry of list) {
    const { name, kwargs } = nameAndArguments(entry);
    if (name === 'FixAtoms') fix(fixed, kwargs.indices ?? [], [1, 1, 1]);
    else if (name === 'FixCartesian') fix(fixed, kwargs.a, toNumbers(kwargs.mask ?? [1, 1, 1], 3, 'mask'));
    else others.push(entry);
  }
  return {
    ...(fixed.includes(1) && { fixed }),
    ...(others.length > 0 && { others: `_JSON ${JSON.stringify(others)}` }),
  };
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

function fix(fixed: Uint8Array, indices: unknown, mask: ArrayLike<number>): void {
  const atoms = toNdArray(indices, 'the indices of a constraint').values;
  const atomCount = fixed.length / 3;
  for (const index of atoms) {
    const atom = index < 0 ? atomCount + index : index;
    if (!Number.isInteger(atom) || atom < 0 || atom >= atomCount) {
      throw new LammError('format', `expected atoms 0 to ${atomCount - 1} in a constraint, found ${index}`);
    }
    for (let axis = 0; axis < 3; axis++) if (mask[axis] !== 0) fixed[3 * atom + axis] = 1;
  }
}
