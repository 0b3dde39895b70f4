import { describe, expect, it } from 'vitest';
import { parseCif } from '../../../src/io/cif/cif.js';
import { formulaOf } from '../../../src/structure/structure.js';

const columns = [
  ...['group_PDB', 'id', 'type_symbol', 'label_atom_id', 'label_alt_id', 'label_comp_id', 'label_asym_id'],
  ...[
    'label_seq_id',
    'Cartn_x',
    'Cartn_y',
    'Cartn_z',
    'occupancy',
    'auth_asym_id',
    'auth_seq_id',
    'pdbx_PDB_model_num',
  ],
];
const cell = (name: string, a = 20) =>
  `_cell.length_a ${a}\n_cell.length_b ${a}\n_cell.length_c ${a}\n_cell.angle_alpha 90\n_cell.angle_beta 90\n_cell.angle_gamma 90\n_symmetry.space_group_name_H-M '${name}'\n`;
const atoms = (...rows: string[]) =>
  `loop_\n${columns.map((name) => `_atom_site.${name}\n`).join('')}${rows.join('\n')}\n#\n`;
const water = (x: number, { alt = '.', occupancy = 1, model = 1 } = {}) =>
  `HETATM 1 O O ${alt} HOH B . ${x} 0.5 0 ${occupancy} B 101 ${model}`;
const calcium = 'ATOM 2 CA CA . CA A . 5 5 5 1.00 A 1 1';

describe('mmCIF', () => {
  it('gives the atoms as they are listed, not periodic, and says that symmetry was not applied', () => {
    const notices: string[] = [];
    const [structure, ...others] = parseCif(`data_1ABC\n${cell('P 21 21 21')}${atoms(water(-1), calcium)}`, {
      onNotice: (notice) => notices.push(notice),
    });
    expect(others).toEqual([]);
    expect([...structure.positions]).toEqual([-1, 0.5, 0, 5, 5, 5]);
    expect([...structure.numbers]).toEqual([8, 20]);
    expect(structure).toMatchObject({ pbc: [false, false, false], info: { name: '1ABC' } });
    expect(structure.cell[0]).toBe(20);
    expect(notices).toEqual(['the atoms are those that are listed; crystal symmetry was not applied']);
  });

  it('is periodic in P 1, and has no cell where it is a cube of 1 A', () => {
    expect(parseCif(`data_a\n${cell('P 1')}${atoms(calcium)}`)[0].pbc).toEqual([true, true, true]);
    const [molecule] = parseCif(`data_a\n${cell('P 1', 1)}${atoms(calcium, water(0), water(0.7))}`);
    expect(molecule).toMatchObject({ pbc: [false, false, false] });
    expect([...molecule.cell]).toEqual(Array(9).fill(0));
    expect(molecule.numbers.length).toBe(3); // 0.7 A apart across no boundary
  });

  it('puts atoms of another frame into the cell by the matrix that is given', () => {
    const matrix = [
      [0, 0.05, 0],
      [0.05, 0, 0],
      [0, 0, 0.05],
    ]
      .flatMap((row, i) => row.map((value, j) => `_atom_sites.fract_transf_matrix[${i + 1}][${j + 1}] ${value}\n`))
      .join('');
    const shift = '_atom_sites.fract_transf_vector[1] 0.25\n';
    const [structure] = parseCif(`data_a\n${cell('P 1')}${matrix}${shift}${atoms(water(2))}`);
    expect([...structure.positions]).toEqual([5.5, 2, 0]);
  });

  it('has one structure for each model', () => {
    const structures = parseCif(`data_a\n${atoms(water(1), calcium, water(2, { model: 2 }))}`);
    expect(structures.map(formulaOf)).toEqual(['CaO', 'O']);
  });

  it('chooses among alternative locations of each residue when it may', () => {
    const rows = [water(0, { alt: 'A', occupancy: 0.6 }), water(0.5, { alt: 'B', occupancy: 0.4 }), calcium];
    expect(() => parseCif(`data_a\n${atoms(...rows)}`)).toThrow(/the site "HOH 101 O" has occupancy 0.6, and 1 more/);
    const [structure] = parseCif(`data_a\n${atoms(...rows)}`, { occupancy: 'majority' });
    expect([...structure.positions.subarray(0, 3)]).toEqual([0, 0.5, 0]);
    expect(formulaOf(structure)).toBe('CaO');
  });

  it('may hold a single atom without a loop', () => {
    const text = columns.map((name, index) => `_atom_site.${name} ${calcium.split(' ')[index]}\n`).join('');
    expect(formulaOf(parseCif(`data_a\n${text}`)[0])).toBe('Ca');
  });

  it.each([
    [atoms('ATOM 1 X X . UNX A . 0 0 0 1 A 1 1'), /expected a chemical element, found _atom_site_type_symbol "X"/],
    [atoms('ATOM 1 C C . ALA A . 0 ? 0 1 A 1 1'), /the atom ALA 1 C has no _atom_site_cartn_y/],
    [atoms(water(0), water(0.3)), /are 0.30 A apart/],
  ])('is refused by name when it cannot be used', (text, message) => {
    expect(() => parseCif(`data_a\n${text}`, { file: 'a.cif' })).toThrow(message);
  });
});

it('a chemical component is read from its ideal coordinates, or else those of its model', () => {
  const component = (ideal: string) =>
    `data_HOH\nloop_\n_chem_comp_atom.comp_id\n_chem_comp_atom.atom_id\n_chem_comp_atom.type_symbol\n${['x', 'y', 'z']
      .map((axis) => `_chem_comp_atom.model_Cartn_${axis}\n`)
      .join(
        '',
      )}${['x', 'y', 'z'].map((axis) => `_chem_comp_atom.pdbx_model_Cartn_${axis}_ideal\n`).join('')}HOH O O 7 8 9 ${ideal}\nHOH H1 H 7 8 9.9 ${ideal.replace('3', '3.9')}\n`;
  expect([...parseCif(component('1 2 3'))[0].positions.subarray(0, 3)]).toEqual([1, 2, 3]);
  expect([...parseCif(component('? ? ?'))[0].positions.subarray(0, 3)]).toEqual([7, 8, 9]);
});
