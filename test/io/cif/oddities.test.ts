import { describe, expect, it } from 'vitest';
import { parseCif } from '../../../src/io/cif/cif.js';
import { formulaOf, symbolsOf } from '../../../src/structure/structure.js';

const cell = '_cell_length_a 5\n_cell_length_b 5\n_cell_length_c 5\n';
const columns = 'loop_\n_atom_site_label\n_atom_site_fract_x\n_atom_site_fract_y\n_atom_site_fract_z\n';

function read(text: string) {
  const notices: string[] = [];
  const [structure] = parseCif(text, { file: 'a.cif', onNotice: (notice) => notices.push(notice) });
  return { structure, notices };
}

describe('a space group', () => {
  const inGroup = (lines: string) => read(`data_x\n${cell}${lines}\n${columns}Bi .2 .2 .2\n`);

  it('is that of the name where the number is 0', () => {
    const { structure, notices } = inGroup("_symmetry_space_group_name_H-M 'P m n m'\n_symmetry_Int_Tables_number 0");
    expect([formulaOf(structure), notices]).toEqual(['Bi8', []]);
    expect(() => inGroup('_symmetry_Int_Tables_number 0')).toThrow(/a\.cif:5: expected a space-group number from 1/);
  });

  it('is on rhombohedral axes where they are equal, at right angles, too', () => {
    expect(formulaOf(inGroup("_symmetry_space_group_name_H-M 'R -3 m'").structure)).toBe('Bi2');
  });

  it('is told to be on other axes than the name says', () => {
    const { structure, notices } = inGroup("_symmetry_space_group_name_H-M 'R -3 m :H'");
    expect(formulaOf(structure)).toBe('Bi2');
    expect(notices).toEqual([expect.stringContaining('":H" of the space group is not that of the cell: rhombohedral')]);
    expect(inGroup("_symmetry_space_group_name_H-M 'R -3 m :R'").notices).toEqual([]);
  });

  it.each([
    ["_symmetry_space_group_name_H-M 'F d 3 m'", '2', 8],
    ["_symmetry_space_group_name_H-M 'F d 3 m'", '1', 16],
    ["_symmetry_space_group_name_H-M 'F d -3 m :2'", '1', 8], // the name says it
    ['_symmetry_Int_Tables_number 227', '1', 16],
  ])('of %s has the origin of its coordinate system code %s', (lines, code, count) => {
    const text = `data_x\n${cell}${lines}\n_space_group.IT_coordinate_system_code '${code}'\n${columns}Bi .2 .2 .2\n`;
    const { structure, notices } = read(text.replaceAll(/(length_.) 5/g, '$1 9').replace('.2 .2 .2', '.125 .125 .125'));
    expect([formulaOf(structure), notices]).toEqual([`Bi${count}`, []]);
  });

  it.each([
    ['cab', 'P b n m'],
    ['abc', 'P n m a'],
  ])('of number 62 with the axes %s is %s', (code, name) => {
    const numbered = inGroup(`_space_group_IT_number 62\n_space_group_IT_coordinate_system_code ${code}`);
    expect(numbered.notices).toEqual([]);
    expect(numbered.structure.positions).toEqual(
      inGroup(`_symmetry_space_group_name_H-M '${name}'`).structure.positions,
    );
  });

  it('is doubted aloud when its operations are not a group and no formula confirms them', () => {
    const { structure, notices } = inGroup('loop_\n_symmetry_equiv_pos_as_xyz\nx,y,z\n-x,-y,z\n-x,y,-z');
    expect(formulaOf(structure)).toBe('Bi3');
    expect(notices).toEqual([expect.stringMatching(/not a group: "x, -y, -z" is missing/)]);
  });
});

it('says that only the average of a modulated structure is read', () => {
  const { notices } = read(
    `data_x\n${cell}_cell_modulation_dimension 1\n_symmetry_space_group_name_H-M 'P 1'\n${columns}Bi 0 0 0\n`,
  );
  expect(notices).toEqual(['the structure is modulated: its average was read']);
});

describe('CIF 2.0', () => {
  const text = `#\\#CIF_2.0\ndata_x\n_a """loop_\n"quoted" ]"""\n_b [1 ']' [2 "["] # ]\n'''}\n''']\n_c {'a':[1] "b}":2}\n${cell}_symmetry_space_group_name_H-M 'P 1'\n${columns}'''Na1''' 0 0 0\n"Cl1" .5 .5 .5\n`;

  it('has strings over several lines, lists and tables', () => {
    expect(symbolsOf(read(text).structure)).toEqual(['Na', 'Cl']);
  });

  it.each([
    ['"quoted" ]"""', /a\.cif:3: the quote """ is not closed/],
    ["'''}\n''']", /a\.cif:5: the bracket \[ is not closed/],
    ['.5 .5 .5', /a\.cif:19: the loop of _atom_site_fract_x has 4 columns/],
  ])('is refused in the right line without %j', (missing, message) => {
    expect(() => read(text.replace(missing, ''))).toThrow(message);
  });

  it('is not meant without its first line', () => {
    expect(() => read(text.slice(text.indexOf('\n') + 1))).toThrow(/a\.cif:/);
  });
});
