import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LammError } from '../../../src/errors.js';
import { parseCif } from '../../../src/io/cif/cif.js';
import { formatCif } from '../../../src/io/cif/format-cif.js';
import { createStructure, formulaOf, type Structure } from '../../../src/structure/structure.js';
import { bruteForceNeighborList } from '../../helpers/brute-force.js';

const cell = (a: number, b = a, c = a, angles: readonly number[] = [90, 90, 90]) =>
  `data_x\n_cell_length_a ${a}\n_cell_length_b ${b}\n_cell_length_c ${c}\n_cell_angle_alpha ${angles[0]}\n_cell_angle_beta ${angles[1]}\n_cell_angle_gamma ${angles[2]}\n`;
const sites = (...rows: string[]) =>
  `loop_\n_atom_site_label\n_atom_site_fract_x\n_atom_site_fract_y\n_atom_site_fract_z\n${rows.join('\n')}\n`;
const named = (name: string) => `_symmetry_space_group_name_H-M '${name}'\n`;
const read = (text: string): Structure => parseCif(text, { file: 'a.cif' })[0];

describe('symmetry', () => {
  it.each([
    ['F m -3 m', cell(5.64), ['Na1 0 0 0', 'Cl1 .5 .5 .5'], 'Cl4Na4'],
    ['Fm3m', cell(5.64), ['Na1 0 0 0', 'Cl1 .5 .5 .5'], 'Cl4Na4'],
    ['F d -3 m :1', cell(5.43), ['Si1 0 0 0'], 'Si8'],
    ['F d -3 m :2', cell(5.43), ['Si1 .125 .125 .125'], 'Si8'],
    ['F d -3 m S', cell(5.43), ['Si1 0 0 0'], 'Si8'],
    ['Fd-3mZ', cell(5.43), ['Si1 .125 .125 .125'], 'Si8'],
    ['F d -3 m', cell(5.43), ['Si1 0 0 0'], 'Si8'],
    ['F d -3 m', cell(5.43), ['Si1 .125 .125 .125'], 'Si8'],
    ['P 63/m m c', cell(3.2, 3.2, 5.2, [90, 90, 120]), ['Mg 0.3333 .66667 .25'], 'Mg2'],
    ['R-3m:H', cell(4.38, 4.38, 30.5, [90, 90, 120]), ['Bi1 0 0 .4', 'Te1 0 0 0', 'Te2 0 0 .21'], 'Bi6Te9'],
    [
      'R -3 m R',
      cell(10.47, 10.47, 10.47, [24.2, 24.2, 24.2]),
      ['Bi1 .4 .4 .4', 'Te1 0 0 0', 'Te2 .21 .21 .21'],
      'Bi2Te3',
    ],
    [
      'R-3m:H',
      cell(10.47, 10.47, 10.47, [24.2, 24.2, 24.2]),
      ['Bi1 .4 .4 .4', 'Te1 0 0 0', 'Te2 .21 .21 .21'],
      'Bi2Te3',
    ],
    ['F 4/m m m', cell(6, 6, 4), ['Ti 0 0 0'], 'Ti4'],
    ['C -1', cell(8, 12, 7, [94, 116, 90]), ['Ca .3 .1 .2'], 'Ca4'],
  ])('of the name %s is applied, special positions are merged', (name, cellText, rows, formula) => {
    expect(formulaOf(read(cellText + named(name) + sites(...rows)))).toBe(formula);
  });

  const monoclinic = cell(5, 6, 7, [90, 100, 90]);
  const imageOf = (name: string) => {
    const { positions, cell: vectors } = read(monoclinic + named(name) + sites('C1 .1 .2 .3'));
    return Array.from({ length: positions.length / 3 }, (_, atom) => {
      const z = positions[3 * atom + 2] / vectors[8];
      return [(positions[3 * atom] - z * vectors[6]) / vectors[0], positions[3 * atom + 1] / vectors[4], z].map(
        (value) => Math.round(1000 * value),
      );
    });
  };

  it.each(['P 1 21/c 1', 'P 21/c', 'P21/c', 'P2(1)/c', 'P 2_1/c', 'p 1 2_1/C 1'])(
    'puts the glide of %s along c',
    (name) => {
      expect(imageOf(name)).toContainEqual([100, 300, 800]);
    },
  );

  it.each(['P 1 21/n 1', 'P2(1)/n'])('puts the glide of %s along the diagonal, not along c', (name) => {
    expect(imageOf(name)).toContainEqual([600, 300, 800]);
  });

  it('takes the unique axis of a short name from the cell', () => {
    const { positions } = read(cell(5, 6, 7, [90, 90, 100]) + named('P 21/a') + sites('C1 .1 .2 .3'));
    expect(positions.length).toBe(12);
    expect(Array.from(positions).map((z) => Math.round((z / 7) * 1000))).toContain(800);
  });

  it.each([
    ["_symmetry_space_group_name_Hall '-P 2yn'", [600, 300, 800]],
    ["_space_group_name_Hall '-p_2ybc'", [100, 300, 800]],
    ['_space_group_IT_number 14', [100, 300, 800]],
  ])('is read from %s', (line, image) => {
    const { positions } = read(`${monoclinic}${line}\n${sites('C1 .1 .2 .3')}`);
    expect(positions.length).toBe(12);
    expect(
      Array.from(positions)
        .filter((_, k) => k % 3 === 1)
        .map((y) => Math.round((y / 6) * 1000)),
    ).toContain(image[1]);
  });

  it('is taken from the loop of operations where there is one', () => {
    const loop = "loop_\n_symmetry_equiv_pos_as_xyz\n'x,y,z'\n'-X , 1/2+Y , -Z'\n";
    expect(read(monoclinic + named('P 1') + loop + sites('C1 .1 .2 .3')).numbers.length).toBe(2);
  });

  it.each([
    ["_space_group_name_Hall '-P 2yq'\n", /a.cif:8: expected a Hall symbol such as "-P 2ybc", found "-P 2yq"/],
    [named('Q 7 z'), /a.cif:8: the space-group name "Q 7 z" is not tabulated; give the operations in a loop/],
    [`${named('P 21/c')}_space_group_IT_number 15\n`, /belongs to number 14, but the number is given as 15/],
    ['_space_group_IT_number 231\n', /a.cif:8: expected a space-group number from 1 to 230/],
    [named('F m -3 m'), /does not suit the cell/],
    ["loop_\n_symmetry_equiv_pos_as_xyz\n'x,y'\n", /a.cif:10: expected a symmetry operation.*2 parts/],
    ["loop_\n_symmetry_equiv_pos_as_xyz\n'x,x,z'\n", /does not preserve volumes/],
  ])('that cannot be right is refused: %s', (lines, message) => {
    expect(() => read(monoclinic + lines + sites('C1 .1 .2 .3'))).toThrow(message);
  });

  it('asks for the origin when a name leaves it open', () => {
    expect(() => read(cell(5.43) + named('F d -3 m') + sites('Si1 .01 .02 .04'))).toThrow(
      /choice of origin open; add ":1" or ":2"/,
    );
  });

  it('refuses a quarter of a crystal without symmetry', () => {
    const formula = "_chemical_formula_sum 'Na2 C O3'\n_cell_formula_units_Z 4\n";
    expect(() => read(monoclinic + formula + sites('Na1 0 0 0', 'C1 .1 .2 .3'))).toThrow(
      /do not make up 4 formula units.*no symmetry/,
    );
  });
});

describe('notices', () => {
  const noticesOf = (text: string) => {
    const notices: string[] = [];
    parseCif(text, { onNotice: (notice) => notices.push(notice) });
    return notices;
  };
  const operations = "loop_\n_symmetry_equiv_pos_as_xyz\n'x,y,z'\n'-x,-y,-z'\n";

  it.each([
    [
      '_space_group_IT_number 62\n',
      ['only the space-group number 62 is given: the setting "P 2_1/n 2_1/m 2_1/a" was assumed'],
    ],
    ['_space_group_IT_number 225\n', []],
    ['_space_group_IT_number 227\n', [/the choice of origin is left open/]],
    ['', ['no symmetry is given: the listed sites were taken as the whole cell']],
    [operations, []],
    [named('P -1') + operations, []],
    [
      named('P m -3 m') + operations,
      ['the 2 symmetry operations are not those of the space group "P m -3 m"; the operations were followed'],
    ],
    [`_space_group_IT_number 62\n${operations}`, [/the 2 symmetry operations are not those of space group 62/]],
    [named('C -1') + operations, [/have 1 points of the lattice in a cell, not 2 as the space group "C -1"/]],
  ])('say what was assumed of %j', (lines, expected) => {
    const found = noticesOf(cell(5.43) + lines + sites('Si1 .125 .125 .125'));
    expect(found).toHaveLength(expected.length);
    found.forEach((notice, index) => expect(notice).toMatch(expected[index]));
  });

  it('leave no room for an assumption that contradicts the composition', () => {
    const formula = "_chemical_formula_sum 'Na2 C O3'\n_cell_formula_units_Z 4\n";
    expect(() => read(`${cell(5, 6, 7)}${formula}_space_group_IT_number 62\n${sites('Na1 .1 .2 .3')}`)).toThrow(
      /do not make up 4 formula units.*only the space-group number 62/,
    );
  });
});

describe('blocks', () => {
  const good = (name: string) => `data_${name}\n${cell(4).replace('data_x\n', '')}${named('P 1')}${sites('Cu 0 0 0')}`;
  const bad = `data_bad\n${cell(4).replace('data_x\n', '')}${named('P 1')}${sites('Xx 0 0 0')}`;

  it.each([
    ['bad atoms', bad, /a.cif:\d+: expected a chemical element/],
    ['a quote that is not closed', `data_bad\n_title 'open\n${sites('Cu 0 0 0')}`, /the quote ' is not closed/],
    ['a value without a tag', `data_bad\n_title a b\n${sites('Cu 0 0 0')}`, /expected a tag before the value "b"/],
    ['a tag without a value', 'data_bad\n_title\n', /expected a value after _title/],
    ['a control character', 'data_bad\n_a b\u0001\n', /control character/],
    ['an open save frame', 'data_bad\nsave_x\n_a b\n', /save frame "x" is not closed/],
  ])('with %s are refused by name, and the others read where that is wanted', (_, text, message) => {
    const refused: LammError[] = [];
    const file = `${good('one')}${text}${good('two')}`;
    const structures = parseCif(file, { file: 'a.cif', onRefused: (error) => refused.push(error) });
    expect(structures.map(({ info }) => info.name)).toEqual(['one', 'two']);
    expect(refused.map((error) => error.message)).toEqual([expect.stringMatching(message)]);
    expect(() => parseCif(file, { file: 'a.cif' })).toThrow(message);
  });

  it('that are all refused throw the first error', () => {
    expect(() => parseCif(bad + bad, { onRefused: () => undefined })).toThrow(/expected a chemical element/);
  });

  it('may come behind a preamble and have blanks in their names', () => {
    const notices: string[] = [];
    const text = `Supplementary data's file\n\n${good('a cluster').replace('cluster', 'cluster # new')}`;
    const [{ info }] = parseCif(text, { onNotice: (notice) => notices.push(notice) });
    expect(info.name).toBe('a cluster');
    expect(notices).toEqual(['the text before the first data block was passed over']);
    expect(() => read(`_cell_length_a 3\n${good('x')}`)).toThrow(/expected a CIF that starts with data_NAME/);
  });
});

describe('sites', () => {
  const p1 = cell(9) + named('P 1');

  it('may carry uncertainties, charges, deuterium and no type', () => {
    const text = `${p1}loop_\n_atom_site_type_symbol\n_atom_site_label\n_atom_site_fract_x\n_atom_site_fract_y\n_atom_site_fract_z\nFe3+ a 0.25(3) 0 0\nO2- b .5 0 0\nD c .75 0 0\nCL d 0 .5 0\n`;
    const { numbers, positions } = read(text);
    expect([...numbers]).toEqual([26, 8, 1, 17]);
    expect(positions[0]).toBe(2.25);
    expect([...read(p1 + sites('Fe1A 0 0 0', "O2' .5 0 0", 'Cl3 0 .5 0', 'H12B 0 0 .5')).numbers]).toEqual([
      26, 8, 17, 1,
    ]);
  });

  it.each([
    ["_chemical_formula_sum 'Ca O'\n", [20, 8]],
    ["_chemical_formula_sum 'C H2 O'\n", [6, 8]],
  ])('named CA1 are what the formula says', (formula, numbers) => {
    expect([...read(p1 + formula + sites('CA1 0 0 0', 'O1 .5 .5 .5')).numbers]).toEqual(numbers);
  });

  it.each([
    ['Na1+', 11],
    ['O2-', 8],
    ['O-2', 8],
    ['Fe(III)', 26],
    ['Fe2.5+', 26],
    ['Siva', 14],
    ['Cval', 6],
    ['ZN', 30],
    ['D', 1],
    ['T', 1],
    ['Va', 0],
    ['OH', 0],
    ['H2O', 1],
  ])('of type %s are element %i', (type, number) => {
    const text = `${p1}loop_\n_atom_site_label\n_atom_site_type_symbol\n_atom_site_fract_x\n_atom_site_fract_y\n_atom_site_fract_z\na ${type} 0 0 0\n`;
    if (number > 0) expect([...read(text).numbers]).toEqual([number]);
    else expect(() => read(text)).toThrow(/expected a chemical element/);
  });

  it.each(['R1', 'X', 'Wat1', 'H2O', 'OH', 'Q1', 'HO1'])('labelled %s are no element for certain', (label) => {
    const text = p1 + sites(`${label} 0 0 0`);
    if (label === 'OH') expect([...read(text).numbers]).toEqual([8]);
    else expect(() => read(text)).toThrow(/expected a chemical element/);
  });

  it('in Cartesian coordinates follow the matrix that the block gives', () => {
    const cartesian = (...rows: string[]) => sites(...rows).replaceAll('fract', 'Cartn');
    const oblique = cell(5, 6, 7, [90, 100, 90]) + named('P 1');
    expect([...read(oblique + cartesian('Cu1 1 2 3')).positions].map((value) => Number(value.toFixed(9)))).toEqual([
      1, 2, 3,
    ]);
    const matrix =
      '_atom_sites_Cartn_tran_matrix_11 0\n_atom_sites_Cartn_tran_matrix_12 9\n_atom_sites_Cartn_tran_matrix_13 0\n_atom_sites_Cartn_tran_matrix_21 9\n_atom_sites_Cartn_tran_matrix_22 0\n_atom_sites_Cartn_tran_matrix_23 0\n_atom_sites_Cartn_tran_matrix_31 0\n_atom_sites_Cartn_tran_matrix_32 0\n_atom_sites_Cartn_tran_matrix_33 9\n_atom_sites_Cartn_tran_vector_1 0.5\n';
    expect([...read(p1 + matrix + cartesian('Cu1 1 2 3')).positions]).toEqual([2, 0.5, 3]);
  });

  it('that are dummies or carry hydrogen atoms are accepted where the composition shows that nothing is missing', () => {
    const rows = (last: string) =>
      table(
        '_atom_site_label\n_atom_site_calc_flag\n_atom_site_attached_hydrogens',
        'N1 d 1 0 0 0',
        'H1 d . .1 0 0',
        last,
      );
    const formula = "_chemical_formula_sum 'H N'\n_cell_formula_units_Z 1\n";
    expect(read(p1 + formula + rows('Cg1 dum . .5 .5 .5')).numbers.length).toBe(2);
    expect(read(p1 + formula + rows('H9 dum . ? ? ?')).numbers.length).toBe(2);
    expect(() => read(p1 + formula.replace('H N', 'H2 N') + rows('Cg1 dum . .5 .5 .5'))).toThrow(
      /"N1" carries 1 hydrogen/,
    );
  });

  const table = (tags: string, ...rows: string[]) =>
    `loop_\n${tags}\n_atom_site_fract_x\n_atom_site_fract_y\n_atom_site_fract_z\n${rows.join('\n')}\n`;
  it.each([
    [
      table('_atom_site_label\n_atom_site_occupancy', 'Fe1 1 0 0 0', 'Co1 0.25(1) .5 0 0'),
      /a.cif:16: the site "Co1" has occupancy 0.25/,
    ],
    [sites('Fe1 0 0 0', 'Co1 0 0 0.001'), /the sites "Fe1" \(line 14\) and "Co1" are 0.01 A apart, so they are mixed/],
    [
      table('_atom_site_label\n_atom_site_type_symbol', 'M1 0.5Fe+0.5Co 0 0 0'),
      /a.cif:15: the site "M1" has occupancy 0.5, and 1 more are/,
    ],
    [
      table('_atom_site_label\n_atom_site_attached_hydrogens', 'N1 3 0 0 0'),
      /"N1" carries 3 hydrogen atoms without positions/,
    ],
    [sites('CA1 0 0 0'), /found the label "CA1"; give _atom_site_type_symbol/],
    [sites('Wat1 0 0 0'), /found the label "Wat1"/],
    [sites('C1 0 0 ?', 'C2 0 0 0'), /the site "C1" has no _atom_site_fract_z/],
    [sites('C1 0 0 x'), /expected a number for _atom_site_fract_z of the site "C1", found "x"/],
    [sites('C1 0 0 0', 'C2 0 0'), /has 4 columns, but its last row has 3 values/],
  ])('that a simulation cannot use are refused by name: %j', (lines, message) => {
    expect(() => read(p1 + lines)).toThrow(message);
  });
});

describe('text', () => {
  it('may have a byte-order mark, CRLF, comments, text fields, quotes in quotes and several blocks', () => {
    const block = (name: string) =>
      `data_${name}\n# a comment ' "\n_title\n;\n_cell_length_a 3\n'; no end\n;\n_q 'it's fine'\n_r "a # b"${cell(4).replace('data_x', '')}${sites('Cu 0 0 0 # here')}`;
    const structures = parseCif(`\uFEFF${block('one')}data_empty\n_a b\n${block('two')}`.replaceAll('\n', '\r\n'));
    expect(structures.map(({ info, numbers }) => [info.name, ...numbers])).toEqual([
      ['one', 29],
      ['two', 29],
    ]);
  });

  it('may fold long lines, end with Ctrl-Z, and hold a single site without a loop', () => {
    const folded = '_chemical_formula_sum\n;\\\nC\\ \nu O\n;\n';
    const site = '_atom_site_label CU1\n_atom_site_fract_x 0.25\n_atom_site_fract_y 0\n_atom_site_fract_z 0\n';
    const { numbers, positions } = read(`${cell(4)}${named('P 1')}${folded}${site}\u001a\r\n`);
    expect([...numbers, ...positions]).toEqual([29, 1, 0, 0]);
  });

  it('that gives coordinates in two loops is refused', () => {
    expect(() => read(cell(4) + named('P 1') + sites('Cu 0 0 0') + sites('Cu .5 0 0'))).toThrow(
      /a.cif:15: two loops have columns of the same name.*line 9/,
    );
  });

  it('never makes the reader fail in another way than with a clear error', () => {
    const good = cell(4) + named('P m -3 m') + sites('Cu1 0 0 0', 'Au1 .5 .5 .5');
    const added = fc.oneof(
      fc.string(),
      fc.constantFrom('\n;', "'", '"', 'loop_', '_a', '?', 'data_', '(', '1e999', '\n', 'save_'),
    );
    fc.assert(
      fc.property(fc.nat(good.length), fc.nat(12), added, (at, removed, text) => {
        try {
          for (const { positions } of parseCif(good.slice(0, at) + text + good.slice(at + removed)))
            expect(positions.every(Number.isFinite)).toBe(true);
        } catch (error) {
          expect(error).toBeInstanceOf(LammError);
          expect((error as LammError).details.line).toBeGreaterThan(0);
        }
      }),
      { numRuns: 500 },
    );
  });
});

it('what is written is read back as the same crystal', () => {
  const value = fc.double({ min: -3, max: 3, noNaN: true });
  fc.assert(
    fc.property(fc.array(value, { minLength: 6, maxLength: 6 }), ([x, y, z, b, c, d]) => {
      const structure = createStructure({
        symbols: ['O', 'Cu'],
        positions: [0, 0, 0, 2 + x / 9, y, z],
        cell: [7, b / 5, 0, c / 5, 8, d / 5, 0, 1, 9],
      });
      const again = read(formatCif(structure));
      const [before, after] = [structure, again].map((item) =>
        [...bruteForceNeighborList(item, 9).distances].sort((p, q) => p - q),
      );
      expect(after.length).toBe(before.length);
      after.forEach((distance, index) => {
        expect(Math.abs(distance - before[index])).toBeLessThan(1e-8); // angles of a cell are its vectors through an arc cosine
      });
    }),
    { numRuns: 50 },
  );
});

it('writes fractions and angles without the noise of the last bits', () => {
  const [a, height] = [2.556, (2.556 * Math.sqrt(3)) / 2];
  const hexagonal = createStructure({
    symbols: ['Cu', 'Cu'],
    positions: [0, 0, 0, 0, height / 3 + height / 3, 2.1],
    cell: [a, 0, 0, -a / 2, height, 0, 0, 0, 4.2],
  });
  expect(formatCif(hexagonal)).toContain('_cell_angle_gamma 120\n');
  expect(formatCif(hexagonal)).toContain('Cu2 Cu 0.333333333333333 0.666666666666667 0.5 1');
  const cubic = createStructure({
    symbols: ['Cu'],
    positions: [1.8075, 1.8075, -1e-17],
    cell: [3.615, 0, 0, 0, 3.615, 0, 0, 0, 3.615],
  });
  expect(formatCif(cubic)).toContain('Cu1 Cu 0.5 0.5 0 1');
});
