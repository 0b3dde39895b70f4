import { LammError } from '../../errors.js';
import type { AtomProperty, InfoValue } from '../../structure/structure.js';
import { type Dimension, unitFactor } from '../declared-units.js';
import { quote } from '../text/text-cursor.js';
import type { FrameNotes } from './frame-notes.js';

/**
 * What the keys and columns of a dimension are called, with or without something in front of them, such as
 * `REF_energy`.
 */
const names: readonly (readonly [Dimension, RegExp])[] = [
  ['energy', /^(?:.*[_-])?energ(?:y|ies)$/i],
  ['force', /^(?:.*[_-])?forces?$/i],
  ['stress', /^(?:.*[_-])?stress$/i],
  ['virial', /^(?:.*[_-])?virials?$/i],
  ['length', /^(?:pos|positions?|coordinates?|length|lattice|cell)$/i],
  ['velocity', /^vel(?:o|ocity|ocities)?$/i],
  ['mass', /^mass(?:es)?$/i],
];

/** Names that stand for everything of their dimension, not for the one key in front of `-unit`. */
const general =
  /^(?:energ(?:y|ies)|forces?|stress|virials?|pos|positions?|coordinates?|length|lattice|cell|vel(?:o|ocity|ocities)?|mass(?:es)?)$/i;

const own: Readonly<Record<Dimension, string>> = {
  energy: 'eV',
  length: 'A',
  force: 'eV/A',
  stress: 'eV/A^3',
  virial: 'eV',
  velocity: 'the unit of ASE',
  mass: 'amu',
};

/**
 * Turns what a comment declares in units of its own (`energy-unit=hartree`, `REF_stress_unit=kbar`) into LaMM's, in
 * place, and takes the declarations out.
 *
 * @returns the dimensions that have a unit now.
 * @throws {LammError} `format`, without a place, for a unit that is not known.
 */
export function convertDeclaredUnits(
  pairs: Map<string, InfoValue>,
  properties: Map<string, AtomProperty>,
  notes?: FrameNotes,
): ReadonlySet<Dimension> {
  const declared = new Set<Dimension>();
  let isForeign = false;
  for (const [key, unit] of [...pairs]) {
    if (/^units?$/i.test(key) && !/^(?:metal|ase|ev\b.*)$/i.test(String(unit)))
      notes?.add(
        `${key}=${String(unit)} is not used: numbers are taken in eV and A; energy-unit, force-unit and others declare one each`,
      );
    const [, name] = /^(.+?)[-_]?units?$/i.exec(key) ?? [];
    const dimension = name === undefined ? undefined : dimensionOf(name);
    if (name === undefined || dimension === undefined) continue;
    const factor = typeof unit === 'string' ? unitFactor(dimension, unit) : undefined;
    if (factor === undefined) failOnUnit(key, unit, dimension);
    pairs.delete(key);
    declared.add(dimension);
    if (factor === 1) continue;
    isForeign = true;
    const isMeant = (other: string) => (general.test(name) ? dimensionOf(other) === dimension : other === name);
    convert(pairs, properties, { factor, isMeant });
    notes?.add(`${key}=${unit}: converted to ${own[dimension]}`);
  }
  if (isForeign) noteUndeclared(declared, { pairs, properties, notes });
  return declared;
}

function dimensionOf(name: string): Dimension | undefined {
  return names.find(([, pattern]) => pattern.test(name))?.[0];
}

function convert(
  pairs: Map<string, InfoValue>,
  properties: Map<string, AtomProperty>,
  { factor, isMeant }: { factor: number; isMeant: (name: string) => boolean },
): void {
  for (const [key, value] of pairs) if (isMeant(key)) pairs.set(key, times(value, factor));
  for (const [name, column] of properties) {
    const { values } = column;
    if (!isMeant(name) || !(values instanceof Float64Array)) continue;
    properties.set(name, { width: column.width, values: values.map((value) => value * factor) });
  }
}

function times(value: InfoValue, factor: number): InfoValue {
  if (typeof value === 'number') return value * factor;
  return Array.isArray(value) ? value.map((item: InfoValue) => times(item, factor)) : value;
}

/** Where one unit is foreign, one that is not declared may be, too. */
function noteUndeclared(
  declared: ReadonlySet<Dimension>,
  {
    pairs,
    properties,
    notes,
  }: { pairs: Map<string, InfoValue>; properties: Map<string, AtomProperty>; notes?: FrameNotes },
): void {
  const present = new Set([...pairs.keys(), ...properties.keys()].map(dimensionOf));
  for (const dimension of ['energy', 'force', 'stress', 'virial'] as const) {
    if (!present.has(dimension) || declared.has(dimension)) continue;
    if (dimension === 'virial' && declared.has('energy')) continue; // it is not used, which is told with the labels
    notes?.add(
      `no unit is declared for the ${dimension}, which is taken to be in ${own[dimension]}; the comment declares others`,
    );
  }
}

function failOnUnit(key: string, unit: InfoValue, dimension: Dimension): never {
  const examples: Readonly<Record<Dimension, string>> = {
    energy: 'eV, hartree, Ry, kcal/mol or kJ/mol',
    length: 'angstrom, bohr or nm',
    force: 'eV/A, hartree/bohr, Ry/bohr or kcal/mol/A',
    stress: 'eV/A^3, GPa, kbar or hartree/bohr^3',
    virial: 'eV, hartree or Ry',
    velocity: 'A/fs, A/ps or m/s',
    mass: 'amu or g/mol',
  };
  throw new LammError(
    'format',
    `expected a unit such as ${examples[dimension]} for ${key}, found ${quote(String(unit))}`,
  );
}
