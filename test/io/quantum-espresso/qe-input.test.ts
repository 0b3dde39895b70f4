import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { atomicMasses } from '../../../src/elements.js';
import { formatOfContent, formatOfName } from '../../../src/io/formats.js';
import { bravaisLattice } from '../../../src/io/quantum-espresso/bravais-lattice.js';
import { parseEspressoInput } from '../../../src/io/quantum-espresso/espresso-input.js';
import { bohr } from '../../../src/io/quantum-espresso/espresso-units.js';
import { cellFromParameters, cellVolume } from '../../../src/structure/cell.js';
import { symbolsOf } from '../../../src/structure/structure.js';
import { attempt } from '../cut-files.js';

const text = `&CONTROL
  calculation = 'scf', prefix = "a/b" ! a slash that ends nothing
/
&system ibrav=0, nat = 2, ntyp = 1
  ecutwfc = 3.0d1
/
ATOMIC_SPECIES
 Fe1 55.8 Fe.UPF
CELL_PARAMETERS {angstrom}
 4.0 0.0 0.0

 0.0 5.0 0.0
 0.0 0.0 6.0d0
ATOMIC_POSITIONS (crystal)
 Fe1 0.0 0.0 0.0 0 0 1
 FE  0.5 0.5 0.5
K_POINTS gamma
`;

describe('input of pw.x', () => {
  it('reads lattice vectors, positions, labels and fixed directions', () => {
    const [structure] = parseEspressoInput(text);
    expect(symbolsOf(structure)).toEqual(['Fe', 'Fe']);
    expect([...structure.cell]).toEqual([4, 0, 0, 0, 5, 0, 0, 0, 6]);
    expect([...structure.positions]).toEqual([0, 0, 0, 2, 2.5, 3]);
    expect([...(structure.fixed ?? [])]).toEqual([1, 1, 0, 0, 0, 0]);
  });

  it('uses masses that are not those of the elements, says so, and keeps the charge', () => {
    const notices: string[] = [];
    const heavy = text.replace('Fe1 55.8', 'FE 55.8 x\n Fe1 57.933').replace('ntyp = 1', 'ntyp = 2, tot_charge=-1');
    const [structure] = parseEspressoInput(heavy, { onNotice: (notice) => notices.push(notice) });
    expect([...structure.masses]).toEqual([57.933, atomicMasses[26]]);
    expect(notices).toEqual([expect.stringMatching(/^masses of the file are used.*: Fe1 57\.933$/)]);
    expect(structure.info).toEqual({ tot_charge: -1 });
    expect(parseEspressoInput(text)[0].info).toEqual({});
    const deuterium = text.replaceAll('Fe1', 'D').replaceAll('FE', 'H').replace('55.8', '2.014');
    expect([...parseEspressoInput(deuterium)[0].masses]).toEqual(
      [2.0141, 1.008].map((mass) => expect.closeTo(mass, 3)),
    );
  });

  it('gives every image of a path', () => {
    const [first] = text.match(/ATOMIC_POSITIONS[^_]*0\.5\n/) ?? [''];
    const last = first.replace('0.5 0.5', '0.25 0.5').replace(' 0 0 1', '');
    const path = text.replace(first, `FIRST_IMAGE\n${first}LAST_IMAGE\n${last}END_POSITIONS\n`);
    expect(parseEspressoInput(path).map(({ positions, fixed }) => [positions[3], fixed?.[0]])).toEqual([
      [2, 1],
      [1, undefined],
    ]);
  });

  it('ends a namelist at a slash with the old "&end" behind it', () => {
    expect(parseEspressoInput(text.replace('\n/', '\n /&end'))).toEqual(parseEspressoInput(text));
  });

  it('is known by its name and by its content', () => {
    expect(formatOfName('water.pwi')).toBe('espresso-in');
    expect(formatOfContent(text)).toBe('espresso-in');
  });

  it('takes positions in bohr and in lattice parameters, which is what no unit means', () => {
    const with_ = (unit: string, system = '') =>
      parseEspressoInput(text.replace('(crystal)', unit).replace('ibrav=0', `ibrav=0${system}`))[0].positions[3];
    expect(with_('bohr')).toBeCloseTo(0.5 * bohr, 12);
    expect(with_('{alat}', ', celldm(1) = 10')).toBeCloseTo(5 * bohr, 12);
    expect(with_('', ', A = 3')).toBeCloseTo(1.5, 12);
  });

  it('builds Bravais lattices from celldm or from A, B, C and cosines', () => {
    const withLattice = (settings: string) => {
      const input = text.replace('ibrav=0', settings).replace(/CELL_PARAMETERS[\s\S]*?6\.0d0\n/, '');
      return [...parseEspressoInput(input)[0].cell];
    };
    const expected = withLattice('ibrav=14, A=4, B=5, C=6, cosAB=0.1, cosAC=0.2, cosBC=0.3');
    const same = withLattice(
      `ibrav=14, celldm(1)=${4 / bohr}, celldm(2)=1.25, celldm(3)=1.5, celldm(4)=0.3, celldm(5)=0.2, celldm(6)=0.1`,
    );
    const angle = (cosine: number) => (Math.acos(cosine) * 180) / Math.PI;
    const byAngles = cellFromParameters([4, 5, 6], [angle(0.3), angle(0.2), angle(0.1)]);
    expected.forEach((value, index) => {
      expect(same[index]).toBeCloseTo(value, 12);
      expect(byAngles[index]).toBeCloseTo(value, 12);
    });
    expect(() => withLattice('ibrav=15, A=4')).toThrow('Bravais-lattice index');
    expect(() => withLattice('ibrav=1')).toThrow('"celldm(1)" or "A"');
  });

  it.each([
    [1, 1],
    [2, 1 / 4],
    [3, 1 / 2],
    [-3, 1 / 2],
    [4, Math.sqrt(3) / 2],
    [6, 1],
    [7, 1 / 2],
    [8, 1],
    [9, 1 / 2],
    [-9, 1 / 2],
    [91, 1 / 2],
    [10, 1 / 4],
    [11, 1 / 2],
    [12, Math.sqrt(0.99)],
    [-12, Math.sqrt(0.96)],
    [13, Math.sqrt(0.99) / 2],
    [-13, Math.sqrt(0.96) / 2],
  ])('the primitive cell of ibrav %i is %f of the conventional one', (index, fraction) => {
    const [a, b, c] = {
      1: [3, 3, 3],
      2: [3, 3, 3],
      3: [3, 3, 3],
      [-3]: [3, 3, 3],
      4: [3, 3, 5],
      6: [3, 3, 5],
      7: [3, 3, 5],
    }[index] ?? [3, 4, 5];
    const cell = bravaisLattice(index, { a, b, c, cosAB: 0.1, cosAC: 0.2, cosBC: 0 });
    expect(cellVolume(cell ?? [])).toBeCloseTo(a * b * c * fraction, 10);
  });

  it.each([5, -5])('ibrav %i has three equal lengths and angles', (index) => {
    const cell = bravaisLattice(index, { a: 3, b: 3, c: 3, cosAB: 0.4, cosAC: 0, cosBC: 0 }) ?? [];
    for (const [i, j] of [
      [0, 0],
      [1, 1],
      [2, 2],
      [0, 1],
      [0, 2],
      [1, 2],
    ]) {
      const product = [0, 1, 2].reduce((sum, axis) => sum + cell[3 * i + axis] * cell[3 * j + axis], 0);
      expect(product).toBeCloseTo(i === j ? 9 : 3.6, 12);
    }
  });

  it('names file and line of what it cannot read', () => {
    const parse = (from: string, to: string) => () => parseEspressoInput(text.replace(from, to), { file: 'pw.in' });
    expect(parse('FE  0.5', 'FE  1/2')).toThrow(/^pw.in:16: .*plain numbers.*"1\/2"/);
    expect(parse('nat = 2', 'nat = 9')).toThrow(/^pw.in:14: expected 9 rows/);
    expect(parse('nat = 2', 'nat = two')).toThrow(/^pw.in:4: expected a number for nat/);
    expect(parse('(crystal)', '(crystal_sg)')).toThrow(/crystal_sg/);
    expect(parse('CELL_PARAMETERS', 'CELL')).toThrow('expected the card CELL_PARAMETERS');
    expect(parse('  ecutwfc = 3.0d1\n/', '')).toThrow('"/" at the end of a namelist');
  });

  it('never crashes or gives a value that is not finite on changed files', () => {
    const edit = fc.record({ at: fc.nat(text.length), length: fc.nat(60), insert: fc.string({ maxLength: 20 }) });
    fc.assert(
      fc.property(fc.array(edit, { minLength: 1, maxLength: 3 }), (edits) => {
        attempt(
          parseEspressoInput,
          edits.reduce((old, { at, length, insert }) => old.slice(0, at) + insert + old.slice(at + length), text),
        );
      }),
      { numRuns: 500 },
    );
    for (let length = 0; length < text.length; length++) attempt(parseEspressoInput, text.slice(0, length));
  });
});
