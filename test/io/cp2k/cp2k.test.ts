import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseCp2kInput } from '../../../src/io/cp2k/cp2k-input.js';
import { iterateCp2kOutput, parseCp2kOutput } from '../../../src/io/cp2k/cp2k-output.js';
import { formatOfContent } from '../../../src/io/formats.js';
import { type Structure, symbolsOf } from '../../../src/structure/structure.js';
import { bohr, GPa, hartree } from '../../../src/units.js';
import { type CorpusRecord, readCorpora } from '../corpus.js';
import { attempt, chunksOf, readFixture } from '../cut-files.js';

const outputs = {
  'version 7': readFixture('cp2k/handmade__hydrogen.out'),
  'version 2024': readFixture('cp2k/handmade__hydrogen_2024.out'),
};

const input = `&GLOBAL
  PROJECT test ! a remark
&END GLOBAL
&FORCE_EVAL
  &DFT
    &POISSON
      PERIODIC NONE
    &END
  &END DFT
  &SUBSYS
    &CELL
      ABC [bohr] 10.0 12.0 14.0
      ALPHA_BETA_GAMMA 90 90 60
      PERIODIC XZ
    &END CELL
    &COORD
      Hx 0.0 0.0 0.0
      CL2 1.0 2.0 3.0
      Fe1 0.5 0.5 0.5 MOL1
    &END COORD
    &KIND Hx
      ELEMENT H
    &END KIND
  &END SUBSYS
&END FORCE_EVAL
`;

function expectNear(actual: ArrayLike<number> | undefined, expected: readonly number[]): void {
  expect(actual).toHaveLength(expected.length);
  expected.forEach((value, index) => expect(actual?.[index]).toBeCloseTo(value, 9));
}

describe.each(Object.entries(outputs))('output of CP2K, %s', (_, text) => {
  it('gives the structure whose coordinates are printed, with energy, forces and stress', () => {
    const steps = parseCp2kOutput(text);
    expect(steps).toHaveLength(1);
    const [{ labels, info, positions }] = steps;
    expect(symbolsOf(steps[0])).toEqual(['H', 'Cl']);
    expectNear(positions, [2, 2, 2.7, 2, 2, 2]);
    expect(labels.energy).toBeCloseTo(-1.5 * hartree, 9);
    expectNear(
      labels.forces,
      [0.01, -0.02, 0.03, -0.01, 0.02, -0.03].map((value) => (value * hartree) / bohr),
    );
    expectNear(
      labels.stress,
      [1, 2, 3, 0.6, 0.5, 0.4].map((value) => -value * GPa),
    );
    expect(info).toEqual({});
  });

  it('gives the structure or an error wherever the file is cut off, and says that it was', () => {
    for (let length = 0; length < text.length; length++) {
      const steps = attempt(parseCp2kOutput, text.slice(0, length));
      for (const step of steps) {
        expectNear(step.positions, [2, 2, 2.7, 2, 2, 2]);
        expect(step.labels.energy).toBeCloseTo(-1.5 * hartree, 9);
        expect(step.info.truncated).toBe(true);
      }
    }
  });

  it('reads the same from chunks of any size', async () => {
    for (const size of [1, 64, 1000]) {
      const steps: Structure[] = [];
      for await (const step of iterateCp2kOutput(chunksOf(text, size))) steps.push(step);
      expect(JSON.stringify(steps)).toBe(JSON.stringify(parseCp2kOutput(text)));
    }
  });

  it('never crashes, hangs or gives a value that is not finite on changed files', () => {
    const edit = fc.record({
      at: fc.nat(text.length),
      length: fc.nat(80),
      insert: fc.oneof(fc.string({ maxLength: 20 }), fc.constantFrom('NaN', '*****', '\n', '\0')),
    });
    fc.assert(
      fc.property(fc.array(edit, { minLength: 1, maxLength: 4 }), (edits) => {
        attempt(
          parseCp2kOutput,
          edits.reduce((old, { at, length, insert }) => old.slice(0, at) + insert + old.slice(at + length), text),
        );
      }),
      { numRuns: 300 },
    );
  });
});

describe('formats of CP2K', () => {
  it('are known by their content', () => {
    expect(Object.values(outputs).map(formatOfContent)).toEqual(['cp2k-out', 'cp2k-out']);
    expect(formatOfContent(input)).toBe('cp2k-in');
  });
});

describe('output of CP2K', () => {
  it('takes the cell from its vectors, their lengths where these have more digits, and the directions that are periodic', () => {
    const [old] = parseCp2kOutput(outputs['version 7']);
    expect([...old.cell]).toEqual([5, 0, 0, -2.5, 4.33, 0, 0, 0, 8]);
    expect(old.pbc).toEqual([true, true, true]);
    const [recent] = parseCp2kOutput(outputs['version 2024']);
    expect(recent.cell[0]).toBe(5.0004);
    expect(Math.hypot(recent.cell[3], recent.cell[4])).toBeCloseTo(5, 12);
    expect(recent.pbc).toEqual([true, true, false]);
  });

  it('refuses a second structure in a cell that has moved and was not printed again', () => {
    const text = outputs['version 7'];
    const again = text.slice(text.indexOf(' MODULE QUICKSTEP'), text.indexOf(' STRESS TENSOR'));
    const twice = text.replace(' OPTIMIZATION STEP', `${again} OPTIMIZATION STEP`);
    expect(parseCp2kOutput(twice)).toHaveLength(2);
    const moving = twice.replace(' CELL| Vector a', ' GLOBAL| Run type      CELL_OPT\n CELL| Vector a');
    expect(() => parseCp2kOutput(moving)).toThrow('expected the lines "CELL|');
  });

  it('gives a step in its own cell, not in that of the next one', () => {
    const next = ' CELL| Vector a [angstrom]:       4.000     0.000     0.000    |a| =       4.000\n OPTIMIZATION STEP';
    const text = outputs['version 7'].replace(' OPTIMIZATION STEP', next);
    expect(text).toContain(next);
    expect(parseCp2kOutput(text)).toEqual(parseCp2kOutput(outputs['version 7']));
  });

  it('names file and line of what it cannot read', () => {
    const parse = (from: string | RegExp, to: string) => () =>
      parseCp2kOutput(outputs['version 7'].replace(from, to), { file: 'cp2k.out' });
    expect(parse('0.03000000', '**********')).toThrow(/^cp2k.out:22: expected three components of a force/);
    expect(parse('-1.500000000000000', 'NaN')).toThrow(/^cp2k.out:16: expected the total energy/);
    expect(parse(/ +2 +2 +Cl +-.*\n/, '')).toThrow(/expected forces on 2 atoms, found 1/);
    expect(parse('CELL| Vector b', 'CELL_B')).toThrow(/expected the lines "CELL\| Vector a, b, c"/);
    expect(parse(/ MODULE QUICKSTEP[\s\S]*?35.4527\n/, '')).toThrow(
      'found only energies; CP2K writes the coordinates to a file',
    );
  });
});

describe('input of CP2K', () => {
  it('reads the cell, the atoms and their elements', () => {
    const [structure] = parseCp2kInput(input);
    expect(symbolsOf(structure)).toEqual(['H', 'Cl', 'Fe']);
    expectNear(
      structure.cell,
      [10, 0, 0, 6, 12 * Math.sin(Math.PI / 3), 0, 0, 0, 14].map((value) => value * bohr),
    );
    expectNear(structure.positions.subarray(3, 6), [1, 2, 3]);
    expect(structure.pbc).toEqual([true, false, true]);
  });

  it('uses masses of kinds that are not those of the elements, and keeps charge and multiplicity', () => {
    const notices: string[] = [];
    const kinds = '&KIND HX\nELEMENT H\nMASS [amu] 2.014\n&END\n&KIND CL2\nMASS 35.4\n&END\n';
    const ion = input
      .replace('&COORD\n', `${kinds}&COORD\n`)
      .replace('&SUBSYS', '&DFT\nCHARGE -1\nMULTIPLICITY 3\n&END DFT\n&SUBSYS');
    const [structure] = parseCp2kInput(ion, { onNotice: (notice) => notices.push(notice) });
    const [usual] = parseCp2kInput(input);
    expect([...structure.masses]).toEqual([2.014, ...usual.masses.subarray(1)]);
    expect(notices).toEqual([expect.stringMatching(/^masses of the file are used.*: HX 2\.014$/)]);
    expect(structure.info).toEqual({ charge: -1, multiplicity: 3 });
    expect(usual.info).toEqual({});
  });

  it('reads scaled coordinates and coordinates in bohr', () => {
    const scaled = parseCp2kInput(input.replace('&COORD\n', '&COORD\n SCALED\n'))[0];
    expectNear(scaled.positions.subarray(6), [8 * bohr, 6 * Math.sin(Math.PI / 3) * bohr, 7 * bohr]);
    expectNear(
      parseCp2kInput(input.replace('&COORD\n', '&COORD\n UNIT bohr\n'))[0].positions.subarray(3, 6),
      [1, 2, 3].map((value) => value * bohr),
    );
  });

  it('names file and line of what it cannot read', () => {
    const parse = (from: string | RegExp, to: string) => () =>
      parseCp2kInput(input.replace(from, to), { file: 'cp2k.inp' });
    expect(parse('CL2 1.0', 'CL2 one')).toThrow(/^cp2k.inp:18: expected three coordinates of an atom, found "one"/);
    expect(parse('10.0 12.0', '10.0 xx')).toThrow(/^cp2k.inp:12: expected three numbers/);
    expect(parse('Fe1', 'Qe1')).toThrow(/^cp2k.inp:19: .*"Qe1"/);
    expect(parse('&GLOBAL', '@SET A 1\n&GLOBAL')).toThrow(/^cp2k.inp:1: expected an input without directives/);
    expect(parse(/ +Hx 0[\s\S]*MOL1\n/, '')).toThrow('expected atoms in a section &COORD');
    expect(parse('&END FORCE_EVAL', '')).toThrow('expected &END FORCE_EVAL');
  });

  it('never crashes or gives a value that is not finite on cut or changed files', () => {
    for (let length = 0; length < input.length; length++) attempt(parseCp2kInput, input.slice(0, length));
    const edit = fc.record({ at: fc.nat(input.length), length: fc.nat(60), insert: fc.string({ maxLength: 20 }) });
    fc.assert(
      fc.property(fc.array(edit, { minLength: 1, maxLength: 3 }), (edits) => {
        attempt(
          parseCp2kInput,
          edits.reduce((old, { at, length, insert }) => old.slice(0, at) + insert + old.slice(at + length), input),
        );
      }),
      { numRuns: 300 },
    );
  });
});

describe.each(readCorpora('cp2k'))('CP2K: %s', (_, corpus) => {
  it.skipIf(corpus === undefined)('every file agrees with what its source repository keeps for it', () => {
    const problems: string[] = [];
    for (const record of corpus?.records ?? []) {
      const parse = /restart|\.inp/.test(record.file) ? parseCp2kInput : parseCp2kOutput;
      const problem = compare(record, parse(corpus?.textOf(record) ?? '', { file: record.file }));
      if (problem !== undefined) problems.push(`${record.file}: ${problem}`);
    }
    expect(problems).toEqual([]);
  });
});

/** Unit constants differ in the eighth digit, and the cell is printed with three decimals. */
function compare(record: CorpusRecord, [first, ...others]: Structure[]): string | undefined {
  if (others.length > 0) return `${others.length + 1} structures, expected 1`;
  if (record.cell && !record.cell.every((value: number, index: number) => Math.abs(value - first.cell[index]) < 2e-4))
    return `cell ${first.cell}`;
  if (record.pbc_in_input && String(record.pbc_in_input) !== String(first.pbc)) return `pbc ${first.pbc}`;
  if (record.symbols && String(record.symbols) !== String(symbolsOf(first))) return `symbols ${symbolsOf(first)}`;
  if (
    record.positions &&
    !record.positions.flat().every((value: number, index: number) => Math.abs(value - first.positions[index]) < 2e-6)
  )
    return 'positions differ';
  const energy =
    record.energy_eV ?? (record.n_total_energies === 1 ? record.last_total_energy_hartree * hartree : undefined);
  if (energy !== undefined && Math.abs((first.labels.energy ?? 0) / energy - 1) > 2e-8)
    return `energy ${first.labels.energy}, expected ${energy}`;
  return record.atoms ? (compareAtoms(record, first) ?? compareVirial(record, first)) : undefined;
}

function compareAtoms({ atoms }: CorpusRecord, structure: Structure): string | undefined {
  const symbols = symbolsOf(structure);
  const rows = symbols.map((symbol, atom) => [
    symbol,
    ...structure.positions.subarray(3 * atom, 3 * atom + 3),
    ...(structure.labels.forces?.subarray(3 * atom, 3 * atom + 3) ?? []),
  ]);
  const isSame = (row: (string | number)[], [kind, ...values]: [string, ...number[]]) =>
    kind.replace(/\d+$/, '') === row[0] &&
    values.every((value, index) => Math.abs(value - Number(row[index + 1])) < 2e-5);
  const missing = atoms.filter((atom: [string, ...number[]]) => !rows.some((row) => isSame(row, atom)));
  return missing.length === 0 && atoms.length === rows.length
    ? undefined
    : `atoms without a match: ${JSON.stringify(missing.slice(0, 2))}`;
}

function compareVirial({ virial_eV, cell }: CorpusRecord, { labels }: Structure): string | undefined {
  if (virial_eV === undefined) return undefined;
  const volume = cell[0] * (cell[4] * cell[8] - cell[5] * cell[7]);
  const expected = [0, 4, 8, 5, 2, 1].map((index) => -virial_eV[index] / volume);
  return expected.every((value, index) => Math.abs(value - (labels.stress?.[index] ?? Number.NaN)) < 1e-5)
    ? undefined
    : `stress ${labels.stress}, expected ${expected}`;
}
