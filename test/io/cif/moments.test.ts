import { describe, expect, it } from 'vitest';
import { parseCif } from '../../../src/io/cif/cif.js';

const hexagonal =
  'data_x\n_cell_length_a 5\n_cell_length_b 5\n_cell_length_c 8\n_cell_angle_alpha 90\n_cell_angle_beta 90\n_cell_angle_gamma 120\n';
const operations = (list: readonly string[], centring: readonly string[] = ['x,y,z,+1']) =>
  `loop_\n_space_group_symop_magn_operation.id\n_space_group_symop_magn_operation.xyz\n${list.map((text, index) => `${index + 1} ${text}\n`).join('')}` +
  `loop_\n_space_group_symop_magn_centering.id\n_space_group_symop_magn_centering.xyz\n${centring.map((text, index) => `${index + 1} ${text}\n`).join('')}`;
const sites = (...rows: string[]) =>
  `loop_\n_atom_site_label\n_atom_site_fract_x\n_atom_site_fract_y\n_atom_site_fract_z\n${rows.join('\n')}\n`;
const moments = (rows: readonly string[], kind = 'crystalaxis') =>
  `loop_\n_atom_site_moment.label\n${['x', 'y', 'z'].map((axis) => `_atom_site_moment.${kind}_${axis}\n`).join('')}${rows.join('\n')}\n`;

function read(text: string) {
  const [{ positions, arrays }] = parseCif(hexagonal + text, { file: 'a.mcif' });
  const magmoms = arrays.magmoms?.values;
  const numbers = magmoms instanceof Float64Array ? magmoms : [];
  const values = Array.from(numbers, (value) => Math.round(1e6 * value) / 1e6 + 0);
  const rows = Array.from({ length: positions.length / 3 }, (_, atom) => values.slice(3 * atom, 3 * atom + 3));
  return { positions, rows };
}

describe('magnetic CIF', () => {
  it('gives moments along the axes in Cartesian Bohr magnetons', () => {
    const { rows } = read(operations(['x,y,z,+1']) + sites('Mn1 0 0 0', 'O1 0 0 .5') + moments(['Mn1 1.0(2) 2 3']));
    expect(rows).toEqual([
      [0, 1.732051, 3], // 1 along a and 2 along b, which is 120 degrees from it
      [0, 0, 0],
    ]);
  });

  it('turns moments as axial vectors, and round where time is reversed', () => {
    const list = ['x,y,z,+1', '-x,-y,-z,-1', 'x-y,-y,-z,+1', '-x+y,y,z,-1'];
    const { positions, rows } = read(operations(list) + sites('Mn1 .1 .3 .2') + moments(['Mn1 1 0 3']));
    expect(positions.length).toBe(12);
    expect(rows).toEqual([
      [1, 0, 3],
      [-1, 0, -3], // an inversion leaves a moment as it is, the reversal of time does not
      [1, 0, -3], // the twofold axis along a
      [-1, 0, 3], // mirror with reversal of time: the twofold axis times the operation before
    ]);
  });

  it('applies centring that turns moments round', () => {
    const { positions, rows } = read(
      operations(['x,y,z,+1'], ['x,y,z,+1', 'x,y,z+1/2,-1']) + sites('Cr1 0 0 0') + moments(['Cr1 0 0 2.5']),
    );
    expect([...positions]).toEqual([0, 0, 0, 0, 0, 4]);
    expect(rows).toEqual([
      [0, 0, 2.5],
      [0, 0, -2.5],
    ]);
  });

  it('reads Cartesian moments', () => {
    const text = sites('Mn1 .1 .3 .2') + moments(['Mn1 0.5 1.5 -2'], 'Cartn');
    expect(read(operations(['x,y,z,+1']) + text).rows).toEqual([[0.5, 1.5, -2]]);
  });

  it('follows magnetic operations rather than those of the crystal without moments', () => {
    const plain = 'loop_\n_space_group_symop_operation_xyz\nx,y,z\n';
    const text = sites('Mn1 .1 .3 .2') + moments(['Mn1 0 0 1']);
    expect(read(plain + operations(['x,y,z,+1', '-x,-y,-z,-1']) + text).positions.length).toBe(6);
  });

  it.each([
    [
      operations(['x,y,z,+1', '-x,-y,-z,-1']) + sites('Mn1 0 0 0') + moments(['Mn1 0 0 1']),
      /a.mcif:\d+: the magnetic moment of the site "Mn1" does not suit the symmetry of its place/,
    ],
    [`_space_group_magn.name_BNS "P n' m a'"\n${sites('Mn1 0 0 0')}`, /_space_group_magn_name_bns alone/],
    [operations(['x,y,z,+2']) + sites('Mn1 0 0 0'), /4 parts/],
    [
      operations(['x,y,z,+1']) + sites('Mn1 0 0 0') + moments(['Mn1 0 0 up']),
      /expected a number for _atom_site_moment/,
    ],
  ])('refuses by name what cannot be', (text, message) => {
    expect(() => read(text)).toThrow(message);
  });

  it('says which moments belong to no site', () => {
    const notices: string[] = [];
    const text = hexagonal + operations(['x,y,z,+1']) + sites('Mn1 0 0 0') + moments(['Mn1 0 0 1', 'Mn2 0 0 1']);
    parseCif(text, { onNotice: (notice) => notices.push(notice) });
    expect(notices).toEqual(['magnetic moments of "Mn2" belong to no site']);
  });
});
