import type { Structure } from '../../structure/structure.js';

/** Names under which files say the charge of a whole structure in units of e, and its spin or multiplicity. */
const chargeKeys = ['charge', 'total_charge', 'net_charge', 'tot_charge'] as const;
const spinKeys = ['spin', 'multiplicity', 'spin_multiplicity'] as const;
/** Charges of the atoms, whose sum is that of the structure. */
const chargeColumns = ['formal_charges', 'initial_charges'] as const;

/**
 * Says of an ion or a state of higher spin that nothing here calculates it as such; undefined where the file tells of
 * neither.
 */
export function describeElectrons({ info, arrays }: Structure): string | undefined {
  const told = [
    ...chargeKeys.flatMap((key) => (isOther(info[key], [0]) ? [`${key} = ${info[key]}`] : [])),
    ...spinKeys.flatMap((key) => (isOther(info[key], [0, 1]) ? [`${key} = ${info[key]}`] : [])),
    ...chargeColumns.flatMap((name) => {
      const sum = sumOf(arrays[name]?.values);
      return Math.abs(sum) < roundingOfCharges ? [] : [`${name} with the sum ${Number(sum.toFixed(3))}`];
    }),
  ];
  if (told.length === 0) return undefined;
  const verb = told.length === 1 ? 'is' : 'are';
  return `${told.join(' and ')} ${verb} not used: energies here depend on elements and positions alone, as learned, mostly from neutral ground states`;
}

/** Partial charges are written with few digits. */
const roundingOfCharges = 0.05;

function isOther(value: unknown, usual: readonly number[]): boolean {
  return typeof value === 'number' && !usual.includes(value);
}

function sumOf(values: ArrayLike<unknown> | undefined): number {
  let sum = 0;
  for (const value of Array.from(values ?? [])) if (typeof value === 'number') sum += value;
  return sum;
}
