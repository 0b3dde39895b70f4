import { describe, expect, it } from 'vitest';
import { formatExtxyz, iterateExtxyz, parseExtxyz } from '../../../src/io/xyz/extxyz.js';
import type { Structure } from '../../../src/structure/structure.js';
import { atomicTime, bar, bohr, fs, GPa, hartree, kcalPerMol } from '../../../src/units.js';
import { chunksOf } from '../cut-files.js';

const cube = 'Lattice="5 0 0 0 5 0 0 0 5"';
const columns = 'Properties=species:S:1:pos:R:3';

function read(comment: string, rows = ['Si 0 0 0', 'Si 1 1 1']): { frames: Structure[]; notices: string[] } {
  const notices: string[] = [];
  const text = `${rows.length}\n${comment}\n${rows.join('\n')}\n`;
  return { frames: parseExtxyz(text, { file: 'a.xyz', onNotice: (notice) => notices.push(notice) }), notices };
}

function expectNear(actual: ArrayLike<number> | undefined, expected: readonly number[]): void {
  expect(actual).toHaveLength(expected.length);
  expected.forEach((value, index) => expect(actual?.[index]).toBeCloseTo(value, 9));
}

describe('declared units', () => {
  const diagonal = '10 0 0 0 20 0 0 0 30';

  it.each([
    ['energy-unit=hartree', hartree],
    ['energy_unit=Ha', hartree],
    ['energy-units="a.u."', hartree],
    ['energy-unit=Ry', hartree / 2],
    ['energy-unit=meV', 1e-3],
    ['energy_unit=kcal/mol', kcalPerMol],
    ['energy_unit="kJ/mol"', kcalPerMol / 4.184],
    ['energy-unit=eV', 1],
  ])('of the energy are turned into eV, of all energies of the frame: %s', (unit, factor) => {
    const { frames, notices } = read(`${cube} ${columns} energy=-0.5 free_energy=-0.6 REF_energy=-0.7 ${unit}`);
    const [{ labels, info }] = frames;
    expectNear([labels.energy ?? 0], [-0.5 * factor]);
    expectNear([Number(info.free_energy), Number(info.REF_energy)], [-0.6 * factor, -0.7 * factor]);
    expect(Object.keys(info)).toEqual(['free_energy', 'REF_energy']);
    expect(notices).toHaveLength(factor === 1 ? 0 : 1);
  });

  it.each([
    ['hartree/bohr', hartree / bohr],
    ['Ha/Bohr', hartree / bohr],
    ['au', hartree / bohr],
    ['Ry/bohr', hartree / 2 / bohr],
    ['"eV/Ang"', 1],
    ['"eV/Å"', 1],
    ['"eV Å^-1"', 1],
    ['meV/angstrom', 1e-3],
    ['kcal/mol/A', kcalPerMol],
    ['"kcal/(mol A)"', kcalPerMol],
    ['"kJ/mol/nm"', kcalPerMol / 41.84],
  ])('of the forces are turned into eV/A: %s', (unit, factor) => {
    const rows = ['Si 0 0 0 1 2 3', 'Si 1 1 1 -1 -2 -3'];
    const [{ labels }] = read(`${cube} ${columns}:forces:R:3 energy-unit=eV energy=1 forces-unit=${unit}`, rows).frames;
    expectNear(
      labels.forces,
      [1, 2, 3, -1, -2, -3].map((value) => value * factor),
    );
  });

  it.each([
    ['GPa', GPa],
    ['kbar', 1000 * bar],
    ['kB', 1000 * bar],
    ['MPa', GPa / 1000],
    ['eV/A^3', 1],
    ['"eV/Ang**3"', 1],
    ['eV/angstrom3', 1],
    ['hartree/bohr^3', hartree / bohr ** 3],
  ])('of the stress are turned into eV/A^3: %s', (unit, factor) => {
    const [{ labels }] = read(`${cube} ${columns} stress="${diagonal}" stress-unit=${unit}`).frames;
    expectNear(
      labels.stress,
      [10, 20, 30, 0, 0, 0].map((value) => value * factor),
    );
  });

  it('of one key are those of that key alone', () => {
    const [{ labels, info }] = read(`${cube} ${columns} energy=-1 REF_energy=-2 REF_energy-unit=hartree`).frames;
    expect(labels.energy).toBe(-1);
    expect(info).toEqual({ REF_energy: -2 * hartree });
  });

  it('of lengths are those of positions and cell', () => {
    const [{ positions, cell }] = read(`${cube} ${columns} length_unit=bohr`).frames;
    expectNear([positions[3], cell[8]], [bohr, 5 * bohr]);
  });

  it.each([
    ['energy-unit=cm-1', /a.xyz:2: expected a unit such as eV, hartree.* for energy-unit, found "cm-1"/],
    ['energy-unit=MeV', /found "MeV"/],
    ['force-unit=newton', /expected a unit such as eV\/A.* for force-unit, found "newton"/],
    ['stress-unit=hartree', /expected a unit such as eV\/A\^3/],
    ['pos-unit=light-year', /expected a unit such as angstrom/],
    ['energy-unit=3', /found "3"/],
  ])('that are not known are refused by name: %s', (unit, message) => {
    expect(() => read(`${cube} ${columns} energy=-1 ${unit}`)).toThrow(message);
  });

  it('of other things stay where they are', () => {
    expect(read(`${cube} ${columns} dipole-unit=debye community=3`).frames[0].info).toEqual({
      'dipole-unit': 'debye',
      community: 3,
    });
  });

  it('that are missing beside foreign ones are told', () => {
    const { notices } = read(`${cube} ${columns}:forces:R:3 energy=-1 energy-unit=hartree`, ['Si 0 0 0 1 1 1']);
    expect(notices).toEqual([
      'energy-unit=hartree: converted to eV',
      expect.stringContaining('no unit is declared for the force, which is taken to be in eV/A'),
    ]);
  });

  it('are converted once: what is written again is in the units here', () => {
    const [first] = read(
      `${cube} ${columns} energy=-0.5 energy-unit=hartree stress="${diagonal}" stress-unit=kbar`,
    ).frames;
    const [second] = parseExtxyz(formatExtxyz(first));
    expect(second.labels).toEqual(first.labels);
  });
});

describe('columns of other programs', () => {
  it('mass, vel and force are masses, velocities in A/fs and forces, which is told', () => {
    const rows = ['Cu 0 0 0 100 0.01 0 0 1 2 3', 'Cu 1 1 1 101.5 0 0 0 4 5 6'];
    const { frames, notices } = read(`${cube} ${columns}:mass:R:1:vel:R:3:force:R:3`, rows);
    const [{ masses, velocities, labels, arrays }] = frames;
    expect([...masses]).toEqual([100, 101.5]);
    expectNear(velocities, [0.01 / fs, 0, 0, 0, 0, 0]);
    expect([...(labels.forces ?? [])]).toEqual([1, 2, 3, 4, 5, 6]);
    expect(arrays).toEqual({});
    expect(notices).toEqual([
      'the column mass is read as masses in amu',
      'the column vel is read as velocities in A/fs',
      'the column force is read as forces in eV/A',
    ]);
  });

  it('vel has the unit that is declared', () => {
    const rows = ['Cu 0 0 0 1 0 0'];
    expectNear(read(`${cube} ${columns}:vel:R:3 vel-unit=au`, rows).frames[0].velocities, [bohr / atomicTime, 0, 0]);
    expectNear(read(`${cube} ${columns}:velocities:R:3 velocities-unit=A/ps`, rows).frames[0].velocities, [
      0.001 / fs,
      0,
      0,
    ]);
  });

  it('stay columns of their own beside those that say the same here', () => {
    const { frames, notices } = read(`${cube} ${columns}:mass:R:1:masses:R:1`, ['Cu 0 0 0 100 64']);
    expect([...frames[0].masses]).toEqual([64]);
    expect(Object.keys(frames[0].arrays)).toEqual(['mass']);
    expect(notices).toEqual(['the column mass is not used: masses stands beside it']);
  });

  it.each([
    ['0', /expected positive numbers in the column masses/],
    ['nan', /expected a finite number in the column "mass"/],
  ])('are checked as these are: a mass of %s', (mass, message) => {
    expect(() => read(`${cube} ${columns}:mass:R:1`, [`Cu 0 0 0 ${mass}`])).toThrow(message);
  });
});

describe('a virial', () => {
  const virial = '1 4 7 4 2 6 7 6 3';

  it.each(['virial', 'virials'])('is -V times the stress, which is told: %s', (key) => {
    const { frames, notices } = read(`${cube} ${columns} ${key}="${virial}"`);
    expectNear(
      frames[0].labels.stress,
      [1, 2, 3, 6, 7, 4].map((value) => -value / 125),
    );
    expect(frames[0].info).toEqual({});
    expect(notices).toEqual([`${key} (eV) is read as the stress -${key}/V`]);
  });

  it('in a left-handed cell has the same sign', () => {
    const [{ labels }] = read(`Lattice="5 0 0 0 5 0 0 0 -5" ${columns} virial="${virial}"`).frames;
    expect(labels.stress?.[0]).toBeCloseTo(-1 / 125, 12);
  });

  it('with a declared unit is converted first', () => {
    const [{ labels }] = read(`${cube} ${columns} virial="${virial}" virial-unit=hartree`).frames;
    expect(labels.stress?.[0]).toBeCloseTo(-hartree / 125, 12);
  });

  it('beside a stress that it agrees with is not needed; beside another one that is told', () => {
    const stress = (factor: number) => [1, 4, 7, 4, 2, 6, 7, 6, 3].map((value) => (factor * value) / 125).join(' ');
    const same = read(`${cube} ${columns} virial="${virial}" stress="${stress(-1)}"`);
    expect([same.notices, same.frames[0].info]).toEqual([[], {}]);
    const other = read(`${cube} ${columns} virial="${virial}" stress="${stress(1)}"`);
    expect(other.frames[0].labels.stress?.[0]).toBe(1 / 125);
    expect(other.notices).toEqual([expect.stringContaining('virial is not used: it is not -V times the stress')]);
    expect(Object.keys(other.frames[0].info)).toEqual(['virial']);
  });

  it.each([
    [`${columns} virial="${virial}"`, 'it needs a cell to be a stress'],
    [`${cube} ${columns} virial="1 2"`, 'expected nine numbers, or six'],
  ])('that cannot be used is kept and told: %s', (comment, reason) => {
    const { frames, notices } = read(comment);
    expect(frames[0].labels.stress).toBeUndefined();
    expect(Object.keys(frames[0].info)).toEqual(['virial']);
    expect(notices.join()).toContain(reason);
  });
});

describe('a virial without a unit beside an energy with one', () => {
  it('is not used, nor by whoever reads what is written of it', () => {
    const { frames, notices } = read(`${cube} ${columns} energy=1 energy-unit=Ry virial="1 4 7 4 2 6 7 6 3"`);
    expect(notices.join()).toContain('add virial-unit');
    expect(notices.join()).not.toContain('taken to be in eV');
    const again = read(formatExtxyz(frames[0]).split('\n')[1]);
    for (const [{ labels, info }] of [frames, again.frames]) {
      expect(labels.stress).toBeUndefined();
      expect(Object.keys(info)).toEqual(['virial_of_unknown_unit']);
    }
  });
});

describe('cells in the words of other programs', () => {
  it.each(['box 10 10 10 t=3', 'unit cell: 5.1 5.1 5.1 90 90 90', 'cell="10.0 10.0 10.0"'])(
    'are told, as they are not read: %s',
    (comment) => {
      const { frames, notices } = read(comment);
      expect(frames[0].pbc).toEqual([false, false, false]);
      expect(notices).toEqual([expect.stringContaining('speaks of a cell')]);
    },
  );

  it.each(['water in a box', 'lattice constant 3.6', 'energy = 3 4 5'])(
    'are not seen where there is none: %s',
    (comment) => {
      expect(read(comment).notices).toEqual([]);
    },
  );

  it('of i-PI are read, in the units of its comment', () => {
    const angstrom = read('# CELL(abcABC): 6 7 8 90 90 90 Step: 12 Bead: 0 positions{angstrom} cell{angstrom}')
      .frames[0];
    expect([angstrom.cell[0], angstrom.cell[4], angstrom.cell[8], angstrom.pbc[0]]).toEqual([6, 7, 8, true]);
    expect([angstrom.positions[3], angstrom.info]).toEqual([1, { ipi_step: 12 }]);
    const atomic = read('# CELL(abcABC): 6 7 8 90 90 90 Step: 12 Bead: 0 positions{atomic_unit} cell{atomic_unit}')
      .frames[0];
    expectNear([atomic.cell[0], atomic.positions[3]], [6 * bohr, bohr]);
    const columnsOfCell = read('# CELL{H}: 5 1 2 0 6 3 0 0 7 positions{angstrom} cell{angstrom}').frames[0];
    expect([...columnsOfCell.cell]).toEqual([5, 0, 0, 1, 6, 0, 2, 3, 7]);
  });

  it.each([
    ['# CELL(abcABC): 6 7 8 90 90 90 Step: 1 Bead: 0 forces{atomic_unit} cell{atomic_unit}', 'found forces of i-PI'],
    ['# CELL(abcABC): 6 7 8 90 90 90 positions{furlong}', 'found "furlong"'],
    ['# CELL(abcABC): 6 7 x 90 90 90 positions{angstrom}', 'expected the numbers of CELL'],
  ])('of i-PI are refused where they are no positions, or not understood: %s', (comment, message) => {
    expect(() => read(comment)).toThrow(message);
  });
});

describe('labels of atoms', () => {
  it('are read as the elements that they begin with, which is told', () => {
    const { frames, notices } = read('', ['Fe1 0 0 0', 'H_w 1 1 1', 'O 2 2 2']);
    expect([...frames[0].numbers]).toEqual([26, 1, 8]);
    expect(notices).toEqual(['labels of atoms are read as the elements that they begin with, such as Fe1 as Fe']);
  });

  it('of CP2K may be any kinds', () => {
    const comment = ' i =        0, time =        0.000, E =        -2.0000000000';
    expect([...read(comment, ['Fe1 0 0 0', 'OW 1 1 1', 'HW2 2 2 2']).frames[0].numbers]).toEqual([26, 8, 1]);
    expect(() => read(comment, ['Qq1 0 0 0'])).toThrow('a.xyz:3: expected a chemical symbol such as Cu');
  });

  it.each(['Hw', 'CA', 'Xx1', 'FE1'])('that could be anything are refused elsewhere: %s', (label) => {
    if (label === 'CA')
      expect([...read('', [`${label} 0 0 0`]).frames[0].numbers]).toEqual([20]); // a symbol in capitals
    else expect(() => read('', [`${label} 0 0 0`])).toThrow('expected a chemical symbol');
  });
});

it('tells what is true of some frames with their number, also when reading ends early', async () => {
  const frame = (unit: string) => `1\n${cube} ${columns} energy=-1${unit}\nSi 0 0 0\n`;
  const text = frame(' energy-unit=hartree') + frame('') + frame(' energy-unit=hartree');
  const notices: string[] = [];
  parseExtxyz(text, { onNotice: (notice) => notices.push(notice) });
  expect(notices).toEqual(['energy-unit=hartree: converted to eV (2 frames of 3)']);
  const early: string[] = [];
  for await (const _ of iterateExtxyz(chunksOf(text, 10_000), { onNotice: (notice) => early.push(notice) })) break;
  expect(early).toHaveLength(1);
});

describe('what the file itself tells', () => {
  it.each([
    ['1\nc\nH 0 0 0\n\nc\nH 1 0 0\n1\nc\nH 2 0 0\n', 5],
    ['1\nc\nH 0 0 0\n\nH 1 0 0\n', 5],
    [`1\nc\nH 0 0 0\n\n${'remark\n'.repeat(40_000)}H 1 0 0\n`, 5],
  ])('rows of a frame behind an empty line, whose number of atoms is missing, are refused', async (text, line) => {
    expect(() => parseExtxyz(text, { file: 'b.xyz' })).toThrow(
      new RegExp(`^b.xyz:${line}: expected the number of atoms of another frame behind an empty line`),
    );
    const read = async () => {
      for await (const _ of iterateExtxyz(chunksOf(text, 1000), { file: 'b.xyz' }));
    };
    await expect(read()).rejects.toThrow(`b.xyz:${line}:`);
  });

  it('remarks behind the last frame are none', () => {
    expect(parseExtxyz('1\nc\nH 0 0 0\n\nThis was all.\nH was at 0 0 0\n3 4 5\n')).toHaveLength(1);
  });

  it.each([
    [' 3 0 0 0 3 0 0 0 3" Properties=species:S:1:pos:R:3', 'closes nothing'],
    ['Lattice="3 0 0 0 3 0 0 0 3 Properties=species:S:1:pos:R:3', 'not closed'],
    ['Lattice="3 0 0 0 3 0 0 0 3" Properties=species:S:1:pos:R:3 na"me=3', 'closes nothing'],
    [`${cube} Properties=species:S:1:pos:R:3 energy=1 energy=2`, 'energy stands twice'],
    [`${cube} Lattice="4 0 0 0 4 0 0 0 4"`, 'Lattice stands twice'],
  ])('quotes that pair with nothing and keys with two values are refused: %s', (comment, message) => {
    expect(() => read(comment)).toThrow(message);
  });
});

describe('what seems to be meant and is not read', () => {
  const told = (comment: string, rows?: string[]) => read(comment, rows).notices;

  it.each([
    ['Coordinates from ORCA-job water E -76.323174'],
    [' energy: -5.070544440612 gnorm: 0.000057078456 xtb: 6.4.0 (unknown)'],
    ['SCF Done:  E(RB3LYP) =  -76.40'],
    ['Energy (a.u.): -76.40'],
  ])('tells of an energy in other words: %s', (comment) => {
    expect(told(comment)).toEqual([expect.stringContaining('speaks of an energy')]);
    expect(read(comment).frames[0].labels.energy).toBeUndefined();
  });

  it.each([['a crystal, ENERGY unknown'], ['E 2 is a group'], [`${cube} ${columns} energy=-1.25`]])(
    'and of none where there is none: %s',
    (comment) => expect(told(comment)).toEqual([]),
  );

  it('tells of a unit of everything, which is none of any quantity, unless it is ours', () => {
    expect(told(`${cube} ${columns} units=atomic`)).toEqual([
      expect.stringMatching(/units=atomic is not used: .* eV and A/),
    ]);
    expect(told(`${cube} ${columns} units=metal`)).toEqual([]);
    expect(told(`${cube} ${columns} unit="eV, A"`)).toEqual([]);
  });

  it('tells in which order six numbers are read', () => {
    const { frames, notices } = read(`${cube} ${columns} stress="1 2 3 4 5 6"`);
    expect([...(frames[0].labels.stress ?? [])]).toEqual([1, 2, 3, 4, 5, 6]);
    expect(notices).toEqual(['the six numbers of stress are read in the order xx yy zz yz xz xy']);
    expect(told(`${cube} ${columns} virial="1 2 3 4 5 6"`)).toContain(
      'the six numbers of virial are read in the order xx yy zz yz xz xy',
    );
  });

  it('tells of a second energy or second forces that differ', () => {
    expect(told(`${cube} ${columns} energy=-1 Energy=-2`)).toEqual(['Energy is not used: energy stands beside it']);
    expect(told(`${cube} ${columns} energy=-1 Energy=-1`)).toEqual([]);
    const both = `${cube} ${columns}:forces:R:3:force:R:3`;
    expect(told(both, ['Si 0 0 0 1 0 0 2 0 0'])).toEqual(['the column force is not used: forces stands beside it']);
    expect(told(both, ['Si 0 0 0 1 0 0 1 0 0'])).toEqual([]);
  });

  it('refuses the types of LAMMPS in the place of elements, and tells of other numbers that stand there', () => {
    expect(() => read('Atoms. Timestep: 0', ['1 0 0 0', '2 1 1 1'])).toThrow(
      /^a\.xyz:\d+: .*found "1", a type of LAMMPS/,
    );
    const { frames, notices } = read('', ['14 0 0 0', 'Si 1 1 1']);
    expect([...frames[0].numbers]).toEqual([14, 14]);
    expect(notices).toEqual([expect.stringContaining('read as atomic numbers, such as 14 as Si')]);
    expect(told('Properties=Z:I:1:pos:R:3', ['14 0 0 0'])).toEqual([]);
  });
});
