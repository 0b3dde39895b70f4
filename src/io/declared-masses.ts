import { atomicMasses, atomicNumber, isotopeMassOf } from '../elements.js';
import type { Structure } from '../structure/structure.js';

/** An atom's kind, under the name that an input has for it, and its element. */
export interface KindOfAtom {
  readonly kind: string;
  readonly symbol: string;
}

/** Relative difference up to which a mass is that of the element, written with few digits. */
const rounding = 0.02;

/**
 * The masses of atoms in amu, [N], where an input gives one of their kinds another than its element has; undefined
 * where none is.
 *
 * @param declared masses by kind.
 * @param onNotice is told which are used.
 */
export function declaredMasses(
  atoms: readonly KindOfAtom[],
  declared: ReadonlyMap<string, number>,
  onNotice?: (notice: string) => void,
): Pick<Structure, 'masses'> | undefined {
  const used = new Map<string, number>();
  const masses = Float64Array.from(atoms, ({ kind, symbol }) => {
    const own = isotopeMassOf(symbol) ?? atomicMasses[atomicNumber(symbol)];
    const mass = declared.get(kind);
    if (mass === undefined || !(mass > 0) || Math.abs(mass / own - 1) <= rounding) return own;
    used.set(kind, mass);
    return mass;
  });
  if (used.size === 0) return undefined;
  const list = Array.from(used, ([kind, mass]) => `${kind} ${mass}`).join(', ');
  onNotice?.(`masses of the file are used, in amu, where they are not those of the elements: ${list}`);
  return { masses };
}
