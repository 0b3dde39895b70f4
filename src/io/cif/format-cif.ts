import { LammError } from '../../errors.js';
import { inverse3 } from '../../linalg/matrix3.js';
import { cellParameters, completeCell, multiplyRows } from '../../structure/cell.js';
import { formulaOf, type Structure, symbolsOf } from '../../structure/structure.js';
import { withoutNoise } from '../text/without-noise.js';

/** Why a structure cannot be written as CIF, if it cannot. */
export function refusalOfCif({ pbc }: Pick<Structure, 'pbc'>): string | undefined {
  return pbc.every(Boolean)
    ? undefined
    : 'CIF holds crystals, found a structure that is not periodic in all directions';
}

/**
 * The text of one data block without symmetry (P 1), under a name that is not among `names`, those of the blocks before
 * it, to which it is added.  The cell is turned so that a lies along x when it is read again.
 */
export function formatCif(structure: Structure, index = 0, names = new Set<string>()): string {
  const { cell, positions } = structure;
  const refusal = refusalOfCif(structure);
  if (refusal !== undefined) throw new LammError('format', `${refusal}; write extended XYZ (.xyz) instead`);
  const { lengths, angles } = cellParameters(cell);
  const fractional = multiplyRows(positions, inverse3(completeCell(cell))).map((value) => withoutNoise(value, 15));
  return [
    `data_${ownName(blockName(structure), index, names)}`,
    `_chemical_formula_sum '${formulaOf(structure)}'`,
    ...['a', 'b', 'c'].map((axis, vector) => `_cell_length_${axis} ${lengths[vector]}`),
    ...['alpha', 'beta', 'gamma'].map((name, place) => `_cell_angle_${name} ${withoutNoise(angles[place], 12)}`),
    `_space_group_name_H-M_alt 'P 1'`,
    '_space_group_IT_number 1',
    'loop_',
    '_space_group_symop_operation_xyz',
    `'x, y, z'`,
    'loop_',
    '_atom_site_label',
    '_atom_site_type_symbol',
    '_atom_site_fract_x',
    '_atom_site_fract_y',
    '_atom_site_fract_z',
    '_atom_site_occupancy',
    ...symbolsOf(structure).map(
      (symbol, atom) =>
        `${symbol}${atom + 1} ${symbol} ${[...fractional.subarray(3 * atom, 3 * atom + 3)].join(' ')} 1`,
    ),
    '',
  ].join('\n');
}

/** Whether the name of a block says all that `info.name` does. */
export function keepsName(structure: Structure): boolean {
  return structure.info.name === blockName(structure);
}

/** Name of a structure, or else its formula, with underscores for what a name of a block may not hold. */
function blockName(structure: Structure): string {
  const { name } = structure.info;
  return (typeof name === 'string' && name !== '' ? name : formulaOf(structure)).replace(/[^!-~]/g, '_');
}

/** Names of blocks differ, not in their letters being large or small alone. */
function ownName(name: string, index: number, names: Set<string>): string {
  let own = name;
  for (let number = index + 1; names.has(own.toLowerCase()); number++) own = `${name}_${number}`;
  names.add(own.toLowerCase());
  return own;
}
