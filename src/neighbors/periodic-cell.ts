import { completeCell } from '../structure/cell.js';
import type { AtomicSystem } from '../structure/structure.js';

/** The cell with vectors along directions that are not periodic replaced by ones orthogonal to the rest. */
export function periodicCell({ cell, pbc }: Pick<AtomicSystem, 'cell' | 'pbc'>): Float64Array {
  return completeCell(cell.map((component, index) => (pbc[Math.floor(index / 3)] ? component : 0)));
}
