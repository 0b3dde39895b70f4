import { multiplyRows } from '../../src/structure/cell.js';
import { createStructure } from '../../src/structure/structure.js';
import { findSymmetry } from '../../src/structure/symmetry.js';

/** MgAl2O4 in Fd-3m, second origin: 56 atoms from three sites and 192 operations. */
export function spinelCifs(count: number): string[] {
  const operations = operationsOfDiamond();
  return Array.from({ length: count }, (_, index) => {
    const edge = (8.08 + 1e-4 * index).toFixed(4);
    return [
      `data_spinel_${index}`,
      ...'_cell_length_a _cell_length_b _cell_length_c'.split(' ').map((name) => `${name} ${edge}(3)`),
      ...'_cell_angle_alpha _cell_angle_beta _cell_angle_gamma'.split(' ').map((name) => `${name} 90`),
      "_symmetry_space_group_name_H-M 'F d -3 m :2'",
      '_symmetry_Int_Tables_number 227',
      ...['loop_', '_symmetry_equiv_pos_as_xyz', ...operations.map((operation) => `'${operation}'`)],
      ...['loop_', '_atom_site_label', '_atom_site_type_symbol'],
      ...['x', 'y', 'z'].map((axis) => `_atom_site_fract_${axis}`),
      '_atom_site_occupancy',
      'Mg1 Mg 0.125 0.125 0.125 1.0',
      'Al1 Al 0.5 0.5 0.5 1.0',
      'O1 O 0.2624 0.2624 0.2624 1.0',
      '',
    ].join('\n');
  });
}

/** The operations of Fd-3m with its centre of inversion at the origin, as `x+1/4,-y,z`. */
function operationsOfDiamond(): string[] {
  const cell = [8, 0, 0, 0, 8, 0, 0, 0, 8];
  const corners = [0.125, 0.125, 0.125, 0.875, 0.875, 0.875];
  const centres = [0, 0, 0, 0, 0.5, 0.5, 0.5, 0, 0.5, 0.5, 0.5, 0];
  const positions = [0, 3, 6, 9].flatMap((shift) =>
    corners.map((value, index) => value + centres[shift + (index % 3)]),
  );
  const silicon = createStructure({ symbols: Array(8).fill('Si'), positions: multiplyRows(positions, cell), cell });
  return findSymmetry(silicon).operations.map(({ rotation, translation }) =>
    [0, 1, 2]
      .map((row) => {
        const terms = ['x', 'y', 'z']
          .map((name, k) => [`-${name}`, '', `+${name}`][rotation[3 * row + k] + 1])
          .join('');
        const quarters = ((Math.round(4 * translation[row]) % 4) + 4) % 4;
        return quarters === 0 ? terms : `${terms}+${['1/4', '1/2', '3/4'][quarters - 1]}`;
      })
      .join(','),
  );
}
