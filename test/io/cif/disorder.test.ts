import { describe, expect, it } from 'vitest';
import { parseCif } from '../../../src/io/cif/cif.js';
import { formulaOf } from '../../../src/structure/structure.js';

const head =
  'data_x\n_cell_length_a 9\n_cell_length_b 9\n_cell_length_c 9\n_cell_angle_alpha 90\n_cell_angle_beta 90\n_cell_angle_gamma 90\n';
const tags = ['label', 'fract_x', 'fract_y', 'fract_z', 'occupancy', 'disorder_assembly', 'disorder_group'];

/** Rows of label, x, y, z, occupancy, assembly and group. */
const cif = (rows: readonly string[], symmetry = 'P 1') =>
  `${head}_space_group_name_H-M_alt '${symmetry}'\nloop_\n${tags.map((tag) => `_atom_site_${tag}\n`).join('')}${rows.join('\n')}\n`;

function choose(rows: readonly string[], symmetry?: string) {
  const notices: string[] = [];
  const [structure] = parseCif(cif(rows, symmetry), {
    file: 'a.cif',
    occupancy: 'majority',
    onNotice: (notice) => notices.push(notice),
  });
  return { formula: formulaOf(structure), structure, notices };
}

const refuse = (rows: readonly string[], symmetry?: string) => expect(() => choose(rows, symmetry));

describe('with occupancy "majority"', () => {
  it('a shared site becomes its most frequent element, and the user is told', () => {
    const { formula, notices } = choose(['Cu1 0 0 0 0.75 . .', 'Au1 0 0 0 0.25 . .', 'Cu2 .5 .5 .5 1 . .']);
    expect(formula).toBe('Cu2');
    expect(notices).toEqual([
      'majority chose among 2 partly occupied or disordered sites; as whole atoms: Cu1 (Cu 0.75); left out: Au1 (Au 0.25)',
    ]);
  });

  it('a site that is shared with emptiness is kept from one half on', () => {
    expect(choose(['O1 0 0 0 1 . .', 'H1 .5 0 0 0.49 . .']).formula).toBe('O');
    expect(choose(['O1 0 0 0 1 . .', 'H1 .5 0 0 0.5 . .']).formula).toBe('HO');
    expect(choose(['Si1 0 0 0 0.35 . .', 'Al1 0 0 0 0.25 . .', 'O1 .5 0 0 1 . .']).formula).toBe('OSi');
    expect(choose(['Si1 0 0 0 0.25 . .', 'Al1 0 0 0 0.2 . .', 'O1 .5 0 0 1 . .']).formula).toBe('O');
  });

  it('split places are one atom, in the most probable of them', () => {
    const { structure } = choose(['Li1 .05 0 0 0.45 . .', 'Li2 .1 0 0 0.3 . .', 'Li3 0 0 0 0.25 . .']);
    expect([...structure.positions]).toEqual([0.45, 0, 0]);
  });

  it('type symbols such as 0.8Nb + 0.2Zr are shared sites', () => {
    const text = `${head}_space_group_name_H-M_alt 'P 1'\nloop_\n_atom_site_label\n_atom_site_type_symbol\n_atom_site_fract_x\n_atom_site_fract_y\n_atom_site_fract_z\nM1 '0.80(2)Nb + 0.2Zr' 0 0 0\n`;
    expect(formulaOf(parseCif(text, { occupancy: 'majority' })[0])).toBe('Nb');
  });

  it('of the groups of an assembly the most probable one stays, with all its atoms', () => {
    const rows = [
      ...['C1 0 0 0 1 . .', 'F1 .1 .1 0 0.4 A 1', 'F2 .1 0 .1 0.4 A 1', 'Cl1 .12 .1 0 0.35 A 2'],
      ...['Cl2 .1 0 .12 0.35 A 2', 'H1 .1 .05 0 0.25 A 3', 'O1 .5 .5 .5 0.3 B 1', 'S1 .5 .5 .51 0.7 B 2'],
    ];
    expect(choose(rows).formula).toBe('CF2S');
  });

  it('an assembly whose groups have several occupancies is taken apart by distance', () => {
    const rows = [
      ...['F1 .1 0 0 0.8 . 1', 'F2 .12 0 0 0.8 . 1', 'Cl1 .11 .02 0 0.2 . 2'],
      ...['F3 .6 0 0 0.3 . 1', 'Cl2 .61 .02 0 0.7 . 2'],
    ].map((row, index) => (index === 1 ? 'F2 .1 .2 0 0.8 . 1' : row));
    expect(choose(rows).formula).toBe('ClF2');
  });

  it('symmetry images of a site are chosen alike', () => {
    expect(choose(['Fe1 .1 .2 .3 0.6 . .', 'Co1 .1 .2 .3 0.4 . .'], 'P m -3 m').formula).toBe('Fe48');
  });

  it.each([
    [
      ['Fe1 0 0 0 0.5 . .', 'Co1 0 0 0 0.5 . .'],
      /a.cif:17: the site "Fe1" and the site "Co1" have the same occupancy 0.5/,
    ],
    [['F1 0 0 0 0.5 A 1', 'F2 .1 0 0 0.5 A 2'], /disorder group "1" with the site "F1" and the disorder group "2"/],
    [['F1 0 0 0 1 A 1', 'F2 .1 0 0 1 A 2'], /have the same occupancy 1/],
    [['Fe1 0 0 0 0.8 . .', 'Co1 0 0 0 0.5 . .'], /add up to 1.300, more than 1/],
    [['H1 0 0 0 0.2 . .'], /no atom is left/],
    [['H1 0 0 0 1.2 . .'], /occupancy 1.2; expected 0 to 1/],
    [['H1 0 0 0 -0.2 . .'], /occupancy -0.2; expected 0 to 1/],
    [['Fe1 0 0 0 1 . .', 'Co1 0 0 0.001 1 . .'], /mixed or disordered/],
  ])('%j is refused by name', (rows, message) => {
    refuse(rows).toThrow(message);
  });

  it('a site that is in the way of its own images is refused', () => {
    refuse(['O1 0 0 0 1 . .', 'H1 .05 0 0 0.5 . .'], 'P -1').toThrow(/two places of the site "H1" have the same/);
    refuse(['O1 0 0 0 1 . .', 'H1 .05 0 0 0.6 A -1'], 'P -1').toThrow(/"H1" and "H1" are 0.90 A apart/);
  });

  it('an ordered crystal stays as it is, without a notice', () => {
    const rows = ['C1 0 0 0 1 . .', 'O1 .2 0 0 0.999 . .', 'H1 .5 0 0 1 A 1'];
    expect(choose(rows)).toMatchObject({ formula: 'CHO', notices: [] });
    expect(parseCif(cif(rows))).toHaveLength(1);
  });
});

it.each([
  [['Fe1 0 0 0 0.5 . .', 'Co1 0 0 0 0.5 . .'], /"Fe1" has occupancy 0.5, and 1 more are partly occupied/],
  [['F1 0 0 0 1 A 1', 'F2 .1 0 0 1 A 2'], /"F1" is one of several alternatives \(disorder group "1"\)/],
])('without a choice %j is refused, however it is read', (rows, message) => {
  for (const occupancy of [undefined, 'error'] as const) {
    expect(() => parseCif(cif(rows), { occupancy })).toThrow(message);
  }
});
