import { describe, expect, it } from 'vitest';
import { chemicalSymbols } from '../../src/elements.js';
import { structureOfRow } from '../../src/io/ase/row.js';
import { parseCif } from '../../src/io/cif/cif.js';
import { structureOfGraph } from '../../src/io/lmdb/graph-structure.js';
import { parseEspressoInput } from '../../src/io/quantum-espresso/espresso-input.js';
import { parseEspressoOutput } from '../../src/io/quantum-espresso/espresso-output.js';
import { parsePoscar } from '../../src/io/vasp/poscar.js';
import { readFixture } from './cut-files.js';

const output = readFixture('qe/handmade__water_two_steps.pwo');
const fewer = (text: string, count: number) => text.replace(/(number of atoms\/cell +=) +3/, `$1            ${count}`);

describe('counts of Quantum ESPRESSO', () => {
  it('that are smaller than the rows that follow are refused, in outputs', () => {
    expect(parseEspressoOutput(fewer(output, 3))).toEqual(parseEspressoOutput(output));
    for (const count of [1, 2])
      expect(() => parseEspressoOutput(fewer(output, count), { file: 'a.pwo' })).toThrow(
        new RegExp(`^a.pwo:\\d+: expected sites of ${count} atoms, as "number of atoms/cell" says, found more`),
      );
    const forces = output.replace(/^( +atom +)3( +type.*force =.*\n)/m, '$13$2$14$2');
    expect(() => parseEspressoOutput(forces)).toThrow(/expected forces of 3 atoms/);
    const positions = output.replace(/^(ATOMIC_POSITIONS.*\n(?:.+\n){3})/m, '$1H 0.1000000 0.2000000 0.3000000\n');
    expect(positions).not.toBe(output);
    expect(() => parseEspressoOutput(positions)).toThrow(/expected positions of 3 atoms/);
  });

  it('that are smaller than the rows that follow are refused, in inputs', () => {
    const input = (count: number, rows: string) =>
      `&system\nibrav=1, A=9, nat=${count}, ntyp=2\n/\nATOMIC_POSITIONS angstrom\n${rows}K_POINTS gamma\n`;
    expect(parseEspressoInput(input(2, 'H 0 0 0\nO 1 1 1\n'))[0].numbers).toHaveLength(2);
    expect(() => parseEspressoInput(input(1, 'H 0 0 0\nO 1 1 1\n'), { file: 'a.pwi' })).toThrow(
      /^a.pwi:6: expected positions of 1 atom \(nat\), found more/,
    );
  });
});

describe('CIF', () => {
  const cif = (formula: string, rows: string) =>
    `data_x\n_chemical_formula_sum '${formula}'\n_cell_length_a 9\n_cell_length_b 9\n_cell_length_c 9\n_cell_angle_alpha 90\n_cell_angle_beta 90\n_cell_angle_gamma 90\n_space_group_name_H-M_alt 'P 1'\nloop_\n_atom_site_label\n_atom_site_fract_x\n_atom_site_fract_y\n_atom_site_fract_z\n${rows}`;
  const read = (text: string) => {
    const notices: string[] = [];
    const [structure] = parseCif(text, { onNotice: (notice) => notices.push(notice) });
    return { structure, notices };
  };
  const water = 'O1 0 0 0\nH1 .1 0 0\nH2 0 .1 0\n';

  it('tells that its atoms are not those of its formula, in whatever multiple', () => {
    expect(read(cif('H2 O', water)).notices).toEqual([]);
    expect(read(cif('H4 O2', water)).notices).toEqual([]);
    expect(read(cif('D2 O', water.replaceAll('H', 'D'))).notices).toEqual([]);
    for (const formula of ['H3 O', 'H2 O N', 'H2'])
      expect(read(cif(formula, water)).notices).toEqual([expect.stringMatching(/do not make up the formula H/)]);
    expect(read(cif('H2 O', water.replace('H2 0 .1 0\n', ''))).notices).toEqual([expect.stringContaining('(O1 H1)')]);
  });

  it('takes a row without any value for no atom, and tells it', () => {
    for (const row of ['. . . .', '? ? ? ?', '. ? . ?']) {
      const { structure, notices } = read(cif('H2 O', `${water}${row}\n`));
      expect(structure.numbers).toHaveLength(3);
      expect(notices).toEqual([expect.stringContaining('no atoms: 1 left out')]);
    }
    expect(() => read(cif('H2 O', `${water}H3 . . .\n`))).toThrow('the site "H3" has no _atom_site_fract_x');
  });
});

describe('POSCAR', () => {
  const species = chemicalSymbols.slice(1, 47);
  const lines = (words: readonly string[], perLine: number) =>
    Array.from({ length: Math.ceil(words.length / perLine) }, (_, line) =>
      words.slice(perLine * line, perLine * (line + 1)).join(' '),
    ).join('\n');
  const poscar = (symbols: string, counts: string, atoms: number, tail = '') =>
    `many\n1\n30 0 0\n0 30 0\n0 0 30\n${symbols}\n${counts}\n${tail}Direct\n${Array.from({ length: atoms }, (_, atom) => `0 0 ${atom / 100}`).join('\n')}\n`;

  it.each([20, 21, 40, 46])('reads the wrapped lines of %s species', (count) => {
    const some = species.slice(0, count);
    const ones = some.map(() => '1');
    const [{ numbers }] = parsePoscar(poscar(lines(some, 20), lines(ones, 20), count));
    expect([...numbers]).toEqual(some.map((_, index) => index + 1));
    expect(parsePoscar(poscar(some.join(' '), ones.join(' '), count))[0].numbers).toEqual(numbers);
  });

  it('refuses as many counts too few as before', () => {
    expect(() => parsePoscar(poscar('H He', '1', 1))).toThrow('expected 2 numbers of atoms');
  });

  it('holds atoms along the lattice vectors that flags belong to, not along x, y and z', () => {
    const skewed = `x\n1\n4 0 0\n1 4 0\n0 0 4\nCu\n1\nSelective dynamics\nDirect\n0 0 0 T F T\n`;
    const held = (flags: string) => parsePoscar(skewed.replace('T F T', flags))[0];
    expect(held('T F T')).toMatchObject({ fixed: Uint8Array.of(0, 1, 0) });
    expect(held('F T T')).toMatchObject({
      fixed: Uint8Array.of(0, 0, 0),
      constraints: [{ kind: 'plane', atoms: [0], normal: [16, -4, 0] }],
    });
    expect(held('F F T')).toMatchObject({ fixed: Uint8Array.of(1, 1, 0) });
  });
});

describe('natoms', () => {
  const [numbers, positions] = [
    [8, 1],
    [0, 0, 0, 1, 0, 0],
  ];
  it.each([1, 3, 1e9, -1])('of a row of ASE that has 2 atoms is not %d', (natoms) => {
    const row = { numbers, positions: [positions.slice(0, 3), positions.slice(3)] };
    expect(structureOfRow({ ...row, natoms: 2 }).numbers).toHaveLength(2);
    expect(() => structureOfRow({ ...row, natoms })).toThrow(`expected ${natoms} atoms, as natoms says, found 2`);
  });

  it.each([1, 3, 1e9, -1])('of a graph that has 2 atoms is not %d', (natoms) => {
    const array = (values: readonly number[], ...shape: number[]) => ({
      ...{ kind: 'tensor', shape, strides: shape.length === 2 ? [shape[1], 1] : [1], offset: 0 },
      storage: {
        ...{ kind: 'storage', length: values.length, read: () => new Uint8Array(Float64Array.from(values).buffer) },
        type: { width: 8, read: (view: DataView, position: number) => view.getFloat64(position, true) },
      },
    });
    const graph = { atomic_numbers: array(numbers, 2), pos: array(positions, 2, 3) };
    const read = (more: object) => structureOfGraph(new Map<string, unknown>(Object.entries({ ...graph, ...more })));
    for (const known of [{}, { natoms: 2 }, { natoms: null }]) expect(read(known).numbers).toHaveLength(2);
    expect(() => read({ natoms })).toThrow(`expected ${natoms} atoms, as natoms says, found 2`);
  });
});
