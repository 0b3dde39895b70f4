import { describe, expect, it } from 'vitest';
import { parseCif } from '../../src/io/cif/cif.js';
import { parseCp2kInput } from '../../src/io/cp2k/cp2k-input.js';
import { parseCp2kOutput } from '../../src/io/cp2k/cp2k-output.js';
import { parseEspressoInput } from '../../src/io/quantum-espresso/espresso-input.js';
import { parseEspressoOutput } from '../../src/io/quantum-espresso/espresso-output.js';
import { parseSdf } from '../../src/io/sdf/sdf.js';
import { parsePoscar } from '../../src/io/vasp/poscar.js';
import { formatExtxyz, parseExtxyz } from '../../src/io/xyz/extxyz.js';
import type { Structure } from '../../src/structure/structure.js';
import { readFixture } from './cut-files.js';

/** Deuterium, tritium and oxygen in every format that has symbols, written as D and T. */
const texts: Readonly<Record<string, readonly [read: (text: string) => Structure[], text: string]>> = {
  'plain XYZ': [parseExtxyz, '3\n\nD 0 0 0\nT 2 2 2\nO 3 0 0\n'],
  'extended XYZ': [
    parseExtxyz,
    '3\nLattice="9 0 0 0 9 0 0 0 9" Properties=species:S:1:pos:R:3\nD 0 0 0\nT 2 2 2\nO 3 0 0\n',
  ],
  'labels in XYZ of CP2K': [parseExtxyz, '3\n i = 0, E = -1.0\nD 0 0 0\nT 2 2 2\nO1 3 0 0\n'],
  POSCAR: [parsePoscar, 'water\n1\n9 0 0\n0 9 0\n0 0 9\nD T O\n1 1 1\nDirect\n0 0 0\n.2 .2 .2\n.5 0 0\n'],
  'POSCAR of VASP 4': [parsePoscar, 'D T O\n1\n9 0 0\n0 9 0\n0 0 9\n1 1 1\nDirect\n0 0 0\n.2 .2 .2\n.5 0 0\n'],
  'CIF, by type': [parseCif, cif('D1 D\nT1 T\nO1 O')],
  'CIF, by label': [parseCif, cif('D1 ?\nT1 ?\nO1 ?')],
  mmCIF: [
    parseCif,
    `data_x\nloop_\n_atom_site.label_atom_id\n_atom_site.type_symbol\n_atom_site.Cartn_x\n_atom_site.Cartn_y\n_atom_site.Cartn_z\nD1 D 0 0 0\nT1 T 2 2 2\nO1 O 3 0 0\n`,
  ],
  'MOL file': [
    parseSdf,
    `w\n  x\n\n  3  0  0  0  0  0            999 V2000\n${['D', 'T', 'O'].map((symbol, atom) => `    ${atom}.0000    0.0000    0.0000 ${symbol}   0  0`).join('\n')}\nM  END\n`,
  ],
  'input of pw.x': [
    parseEspressoInput,
    '&system\nibrav=1, A=9, nat=3, ntyp=3\n/\nATOMIC_POSITIONS angstrom\nD 0 0 0\nT 2 2 2\nO 3 0 0\n',
  ],
  'output of pw.x': [
    parseEspressoOutput,
    readFixture('qe/handmade__water_two_steps.pwo')
      .replaceAll(/^( +1 +)H1( +tau)/gm, '$1D1$2')
      .replaceAll(/^( +2 +)H2( +tau)/gm, '$1T2$2'),
  ],
  'input of CP2K': [
    parseCp2kInput,
    '&FORCE_EVAL\n&SUBSYS\n&CELL\nABC 9 9 9\n&END\n&COORD\nD 0 0 0\nT 2 2 2\nO 3 0 0\n&END\n&END\n&END\n',
  ],
};

function cif(sites: string): string {
  const rows = sites.split('\n').map((row, atom) => `${row} 0.${2 * atom + 1} 0 0`);
  return `data_x\n_cell_length_a 9\n_cell_length_b 9\n_cell_length_c 9\n_cell_angle_alpha 90\n_cell_angle_beta 90\n_cell_angle_gamma 90\n_space_group_name_H-M_alt 'P 1'\nloop_\n_atom_site_label\n_atom_site_type_symbol\n_atom_site_fract_x\n_atom_site_fract_y\n_atom_site_fract_z\n${rows.join('\n')}\n`;
}

describe.each(Object.entries(texts))('D and T in %s', (_, [read, text]) => {
  it('are hydrogen with the masses 2.014 and 3.016 amu, which the next structure does not inherit', () => {
    const [{ numbers, masses }] = read(text);
    expect([...numbers]).toEqual([1, 1, 8]);
    expect(masses[0]).toBeCloseTo(2.0141, 4);
    expect(masses[1]).toBeCloseTo(3.016, 3);
    expect(masses[2]).toBe(15.999);
    const light = parseExtxyz('3\n\nH 0 0 0\nH 2 2 2\nO 3 0 0\n')[0];
    expect([...light.masses]).toEqual([1.008, 1.008, 15.999]);
  });

  it('keep their masses in extended XYZ', () => {
    const [structure] = read(text);
    expect([...parseExtxyz(formatExtxyz(structure))[0].masses]).toEqual([...structure.masses]);
  });
});

it('an output of CP2K gives masses that are not those of the elements', () => {
  const text = readFixture('cp2k/handmade__hydrogen.out');
  const row = /^ +1 +1 +H +1 .*$/m.exec(text)?.[0] ?? '';
  const heavy = text.replace(row, row.replace(/[\d.]+\s*$/, '2.0140'));
  expect(parseCp2kOutput(text)[0].masses[0]).toBe(1.008);
  expect(parseCp2kOutput(heavy)[0].masses[0]).toBe(2.014);
});
