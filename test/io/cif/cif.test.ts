import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LammError } from '../../../src/errors.js';
import { parseCif } from '../../../src/io/cif/cif.js';
import { formatCif } from '../../../src/io/cif/format-cif.js';
import { bruteForceNeighborList } from '../../../src/neighbors/brute-force.js';
import { createStructure, formulaOf, type Structure } from '../../../src/structure/structure.js';

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
      /the site "M1" is shared by "0.5Fe\+0.5Co"/,
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
