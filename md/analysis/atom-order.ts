import { LammError } from '../../src/errors.js';
import type { AtomProperty, Structure } from '../../src/structure/structure.js';
import type { Frame } from './frame.js';

/**
 * Keeps the atoms of a trajectory in the order of its first frame by their column `id`, as programs that share the
 * atoms among processes write them in another order each time.
 *
 * @returns what puts a frame of a structure in that order; it throws a {LammError} `structure` for other atoms.
 */
export function createOrderKeeper(): (frame: Frame, structure: Structure) => Frame {
  let first: Map<number, number> | undefined;
  return (frame, { arrays }) => {
    const ids = identifiersOf(arrays.id);
    if (ids === undefined) return frame;
    first ??= new Map(Array.from(ids, (id, atom) => [id, atom]));
    const places = Array.from(ids, (id) => first?.get(id));
    if (first.size !== ids.length || places.includes(undefined) || new Set(places).size !== ids.length) {
      const message = `the atoms at ${frame.timeFs} fs have other ids than those of the first frame; expected one trajectory of the same atoms`;
      throw new LammError('structure', message, { quantity: 'id' });
    }
    return places.every((place, atom) => place === atom) ? frame : inOrder(frame, places as number[]); // none is undefined
  };
}

/** Numbers that are another for each atom. */
function identifiersOf(column: AtomProperty | undefined): Float64Array | undefined {
  if (column?.width !== 1 || !(column.values instanceof Float64Array)) return undefined;
  return new Set(column.values).size === column.values.length ? column.values : undefined;
}

/** `places`: where each atom of the frame belongs. */
function inOrder(frame: Frame, places: readonly number[]): Frame {
  const rows = (values: Float64Array): Float64Array => {
    const ordered = new Float64Array(values.length);
    const width = values.length / places.length;
    places.forEach((place, atom) => {
      ordered.set(values.subarray(width * atom, width * (atom + 1)), width * place);
    });
    return ordered;
  };
  return {
    ...frame,
    numbers: Uint8Array.from(rows(Float64Array.from(frame.numbers))),
    positions: rows(frame.positions),
    masses: rows(frame.masses),
    ...(frame.velocities && { velocities: rows(frame.velocities) }),
  };
}
