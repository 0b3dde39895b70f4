import { atomicTime, bar, bohr, fs, GPa, hartree, kcalPerMol, pascal, ps } from '../units.js';

/** What a declared unit is the unit of. */
export type Dimension = 'energy' | 'length' | 'force' | 'stress' | 'virial' | 'velocity' | 'mass';

const rydberg = hartree / 2;
const electronMass = 1 / 1822.888486; // amu
const joulesPerCalorie = 4.184;

type Units = Readonly<Record<string, number>>;

/** In eV, by the name in small letters; `au` is the atomic unit of whatever is declared. */
const energies: Units = {
  ev: 1,
  mev: 1e-3,
  kev: 1e3,
  electronvolt: 1,
  ...{ hartree, ha: hartree, eh: hartree, mha: hartree / 1000, au: hartree },
  ...{ rydberg, ry: rydberg },
  'kcal/mol': kcalPerMol,
  'kj/mol': kcalPerMol / joulesPerCalorie,
};

/** In A. */
const lengths: Units = { a: 1, bohr, a0: bohr, au: bohr, nm: 10, nanometer: 10, pm: 0.01, picometer: 0.01 };

/** In eV/A^3. */
const pressures: Units = {
  ...{ gpa: GPa, mpa: GPa / 1000, pa: pascal, bar, kbar: 1000 * bar, kb: 1000 * bar, mbar: 1e6 * bar },
  atm: 101_325 * pascal,
  au: hartree / bohr ** 3,
};

/** In A/(A sqrt(amu/eV)). */
const velocities: Units = {
  'a/fs': 1 / fs,
  'a/ps': 1 / ps,
  'nm/ps': 10 / ps,
  'nm/fs': 10 / fs,
  'm/s': 1e-5 / fs,
  'bohr/au': bohr / atomicTime,
  au: bohr / atomicTime,
};

/** In amu. */
const masses: Units = { amu: 1, u: 1, da: 1, dalton: 1, 'g/mol': 1, me: electronMass, au: electronMass };

/**
 * How much of LaMM's own unit one of the declared unit is, such as 27.2114 for an energy in `hartree` or 51.4 for a
 * force in `hartree/bohr`; `undefined` for a unit that is not known.  Letters may be small or capital but in `meV` and
 * `Mbar`.
 */
export function unitFactor(dimension: Dimension, unit: string): number | undefined {
  if (/^MeV|^mbar$/.test(unit.trim())) return undefined; // a million, and a thousandth: neither is meant
  const name = normalise(unit);
  switch (dimension) {
    case 'energy':
    case 'virial':
      return find(energies, name);
    case 'length':
      return find(lengths, name);
    case 'force':
      return name === 'au' ? hartree / bohr : quotient(name, 1);
    case 'stress':
      return find(pressures, name) ?? quotient(name, 3);
    case 'velocity':
      return find(velocities, name);
    case 'mass':
      return find(masses, name);
  }
}

/** An energy over a power of a length. */
function quotient(name: string, power: number): number | undefined {
  const energy = Object.keys(energies).find((unit) => name.startsWith(`${unit}/`));
  if (energy === undefined) return undefined;
  const divisor = name.slice(energy.length + 1);
  const base = power === 1 ? divisor : divisor.endsWith(`^${power}`) ? divisor.slice(0, -2) : '';
  const length = find(lengths, base);
  return length === undefined ? undefined : energies[energy] / length ** power;
}

function find(units: Units, name: string): number | undefined {
  return Object.hasOwn(units, name) ? units[name] : undefined;
}

/** `eV/Ang**3`, `eV Å^-3` and `ev/angstrom3` as `ev/a^3`. */
function normalise(unit: string): string {
  return unit
    .trim()
    .toLowerCase()
    .replace(/[åå]|\bang(?:strom)?s?\b|ang(?:strom)?s?(?=[\d^*/)\s-]|$)/g, 'a')
    .replace(/\ba\.u\.?|\batomic(?:[ _]units?)?\b/g, 'au')
    .replaceAll('**', '^')
    .replace(/[()]/g, '')
    .replace(/\s*[*·]\s*|\s+/g, ' ')
    .replace(/ ?\^?-(\d)/g, (_, power: string) => (power === '1' ? '^-1' : `^-${power}`))
    .replace(/ ([a-z0]+)\^-1\b/g, '/$1')
    .replace(/ ([a-z0]+)\^-(\d)/g, '/$1^$2')
    .replace(/(\/(?:a|bohr|nm))(\d)$/, '$1^$2')
    .replace(/^kcal\/mol /, 'kcal/mol/')
    .replace(/^kj\/mol /, 'kj/mol/')
    .replace(/\s*\/\s*/g, '/')
    .trim();
}
