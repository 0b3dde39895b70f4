import { atomicNumber, chemicalSymbols, isElementSymbol, isotopeMassOf } from '../../elements.js';
import { LammError } from '../../errors.js';
import { quote } from '../text/text-cursor.js';

/** The atoms of a connection table. */
export interface Molecule {
  readonly atoms: Atom[];
}

export interface Atom {
  readonly number: number;
  /** A. */
  readonly position: readonly [number, number, number];
  /** In elementary charges. */
  charge: number;
  /** Mass number; 0 for the natural mixture. */
  isotope: number;
  /** Spin multiplicity of a radical centre (1, 2 or 3); 0 for none. */
  radical: number;
}

/** What an atom block can hold in the place of an element. */
const placeholders: readonly (readonly [pattern: RegExp, name: string])[] = [
  [/^R(?:#|'|\d+|\d+')?$/, 'an R group'],
  [/^(?:\[.*|NOT.*|L|".*)$/i, 'a list of elements'],
  [/^(?:A|AH|Q|QH|X|XH|M|MH|\*|Hev)$/, 'a query for any of several elements'],
  [/^(?:Du|LP|Lp|Xx|Ps)$/, 'a dummy atom or lone pair'],
  [/^(?:Pol|Mod|Ph|Me|Et|Pr|Bu|Tos|Boc|Bn|Bz)$/, 'a bead or an abbreviated group'],
];

/**
 * Element and isotope of an atom symbol; `CL` is chlorine, D and T are isotopes of hydrogen.
 *
 * @throws {LammError} `structure`, without a place, for an R group or a query; `unknown-element` for anything else.
 */
export function elementOf(word: string): { readonly number: number; readonly isotope: number } {
  const symbol = /^[A-Z]{2}$/.test(word) ? `${word[0]}${word[1].toLowerCase()}` : word;
  if (isElementSymbol(symbol))
    return { number: atomicNumber(symbol), isotope: symbol === 'D' ? 2 : symbol === 'T' ? 3 : 0 };
  const placeholder = placeholders.find(([pattern]) => pattern.test(word));
  if (placeholder !== undefined) {
    throw new LammError(
      'structure',
      `expected a chemical symbol, found ${quote(word)}: ${placeholder[1]} is no atom, so the record is no structure`,
    );
  }
  throw new LammError(
    'unknown-element',
    `expected a chemical symbol such as "Cu", found ${word === '' ? 'nothing' : quote(word)}`,
  );
}

/** Mass in amu of an isotope: its mass number, but exact for hydrogen's. */
export function isotopeMass(number: number, isotope: number): number {
  if (chemicalSymbols[number] !== 'H') return isotope;
  return [1.00782503, isotopeMassOf('D'), isotopeMassOf('T')][isotope - 1] ?? isotope;
}
