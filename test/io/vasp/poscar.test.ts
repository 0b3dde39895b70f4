import fc from 'fast-check';
import { expect, it } from 'vitest';
import { LammError } from '../../../src/errors.js';
import { formatPoscar, parsePoscar } from '../../../src/io/vasp/poscar.js';
import { cellVolume } from '../../../src/structure/cell.js';
import { heldByFlags } from '../../../src/structure/lattice-flags.js';
import { createStructure, symbolsOf } from '../../../src/structure/structure.js';
import { fs } from '../../../src/units.js';

const read = (text: string) => parsePoscar(text, { file: 'POSCAR' })[0];
const lattice = '4 0 0\n0 5 0\n1 0 6\n';

it('takes a negative scale as the volume of the cell', () => {
  const { cell, positions } = read(`c\n-960\n${lattice}Na Cl\n1 1\nCartesian\n1 1 1\n0 0 0\n`);
  expect(cellVolume(cell)).toBeCloseTo(960, 9);
  expect(positions[0]).toBeCloseTo(2, 12); // volume 120 becomes 960: twice as long
});

it('scales x, y and z by three factors', () => {
  const { cell, positions } = read(`c\n1 2 3\n${lattice}Na\n1\nKartesian\n1 1 1\n`);
  expect([...cell]).toEqual([4, 0, 0, 0, 10, 0, 1, 0, 18]);
  expect([...positions]).toEqual([1, 2, 3]);
});

it('reads selective dynamics and velocities', () => {
  const text = `c\n1\n${lattice}Na Cl\n1 1\nSelective\nDirect\n0.5 0 0.5 T F .FALSE.\n0 0 0 T T T\n\n0.1 0 0\n0 0 -0.2\n`;
  const { fixed, velocities, positions } = read(text);
  expect([...positions.subarray(0, 3)]).toEqual([2.5, 0, 3]);
  expect(fixed).toEqual(Uint8Array.of(0, 1, 1, 0, 0, 0));
  expect(velocities).toEqual(Float64Array.of(0.1 / fs, 0, 0, 0, 0, -0.2 / fs));
});

it.each([
  ['Na Cl', '2 1', ['Na', 'Na', 'Cl'], ''],
  ['Na2 Cl1', '2 1', ['Na', 'Na', 'Cl'], ''],
  ['Na_pv Cl', '2 1', ['Na', 'Na', 'Cl'], ''],
  ['Na Cl of rock salt', '2 1', ['Na', 'Na', 'Cl'], ''],
  ['Na2Cl_a-3.pos', '2 1', ['Na', 'Na', 'Cl'], ''],
  ['Fe bcc', '3', ['Fe', 'Fe', 'Fe'], ''],
  ['a crystal of Na2Cl', '2 1', ['Na', 'Na', 'Cl'], ''],
  ['table salt', '2 1', ['Na', 'Na', 'Cl'], ' Na+ Na+ Cl-'],
  ['table salt', '2 1', ['Na', 'Na', 'Cl'], ' #Na1 #Na2 #Cl1'],
  ['B N as a template', '2 1', ['Na', 'Na', 'Cl'], ' Na Na Cl'],
])('finds the elements of VASP 4 in the comment "%s" or behind the rows', (comment, counts, symbols, labels) => {
  const [a = '', b = '', c = ''] = labels.trim().split(' ');
  expect(symbolsOf(read(`${comment}\n1\n${lattice}${counts}\nDirect\n0 0 0 ${a}\n.5 0 0 ${b}\n0 .5 0 ${c}\n`))).toEqual(
    symbols,
  );
});

it('reads past remarks behind the scale and the counts, and knows other words for "Direct"', () => {
  const plain = `c\n2\n${lattice}Na Cl\n1 1\nDirect\n0 0 0\n.5 0 0\n`;
  const remarks = plain.replace('\n2\n', '\n2 scale (A)\n').replace('1 1', '1 1 atoms').replace('Direct', 'fractional');
  expect(read(remarks)).toEqual(read(plain));
  expect(() => read(plain.replace('\n2\n', '\n2 2\n'))).toThrow(/POSCAR:2: expected a scale factor, or three/);
  expect(() => read(plain.replace('1 1', '1 one'))).toThrow(/POSCAR:7: expected 2 numbers of atoms/);
  expect(() => read(plain.replace('Direct', 'angstrom'))).toThrow(/POSCAR:8: expected "Direct" or "Cartesian"/);
});

it('passes over the velocities of the lattice, with their state and without it', () => {
  const plain = `c\n1\n${lattice}Na\n1\nDirect\n0 0 0\n\n0.1 0 0\n`;
  const block = (state: string) => `Lattice velocities and vectors\n${state}${'0 0 1\n'.repeat(3)}${lattice}\n`;
  for (const state of ['', '  1\n']) {
    expect(read(plain.replace('\n\n', `\n${block(state)}`))).toEqual(read(plain));
  }
  expect(() => read(plain.replace('\n\n', '\nLattice velocities\n1\n0 0 0\n\n'))).toThrow(
    /POSCAR:13: expected the velocities of the lattice/,
  );
});

it('says what an XDATCAR is', () => {
  const step = (number: number) => `Direct configuration=     ${number}\n0 0 0.${number}\n`;
  expect(read(`c\n1\n${lattice}Na\n1\n${step(1)}`).positions[2]).toBeCloseTo(0.6, 12);
  expect(() => read(`c\n1\n${lattice}Na\n1\n${step(1)}${step(2)}`)).toThrow(
    /POSCAR:10: expected one structure, found another one of an XDATCAR/,
  );
});

it('does not make elements up', () => {
  for (const [comment, counts] of [
    ['my crystal', '1 1'],
    ['Na2 Cl in a box', '1 1'],
    ['In a box', '2'],
    ['bcc Fe', '2'],
  ]) {
    for (const flags of ['', ' F F F']) {
      const text = `${comment}\n1\n${lattice}${counts}\nDirect\n0 0 0${flags}\n.5 0 0${flags}\n`;
      expect(() => read(text)).toThrow(/POSCAR:6: the file names no elements/);
    }
  }
});

it('gives back what it wrote', () => {
  const coordinate = fc.double({ min: -9, max: 9, noNaN: true });
  fc.assert(
    fc.property(
      fc.array(coordinate, { minLength: 9, maxLength: 9 }),
      fc.array(fc.nat(1), { minLength: 9, maxLength: 9 }),
      (values, flags) => {
        const cell = [4, 0, 0, 0.3, 5, 0, 1, -2, 6];
        const structure = createStructure({
          numbers: [8, 8, 29],
          positions: values,
          cell,
          ...heldByFlags(Uint8Array.from(flags), cell),
          velocities: values,
        });
        const again = read(formatPoscar(structure));
        expect(again.numbers).toEqual(structure.numbers);
        expect(again.cell).toEqual(structure.cell);
        expect(again.fixed).toEqual(structure.fixed);
        expect(again.constraints).toEqual(structure.constraints);
        again.positions.forEach((value, index) => {
          expect(Math.abs(value - values[index])).toBeLessThan(1e-13 * 100); // through fractional coordinates and back
        });
        again.velocities?.forEach((value, index) => {
          expect(Math.abs(value - values[index])).toBeLessThan(1e-14 * 10);
        });
      },
    ),
  );
});

it('writes fractions without the noise of the last bits', () => {
  const cell = [3.615, 0, 0, 0, 3.615, 0, 0, 0, 3.615];
  const copper = createStructure({ symbols: ['Cu'], positions: [1.8075, 1.8075, -1e-17], cell });
  expect(formatPoscar(copper)).toContain('Direct\n0.5 0.5 0\n');
});

it('puts atoms of one element together', () => {
  const mixed = createStructure({
    symbols: ['Cu', 'O', 'Cu'],
    positions: [0, 0, 0, 1, 0, 0, 2, 0, 0],
    cell: [4, 0, 0, 0, 4, 0, 0, 0, 4],
  });
  expect(symbolsOf(read(formatPoscar(mixed)))).toEqual(['Cu', 'Cu', 'O']);
});

it('never fails in another way than with a clear error, whatever the bytes', () => {
  const good = `c\n1\n${lattice}Na Cl\n1 1\nSelective\nDirect\n0.5 0 0.5 T F F\n0 0 0 T T T\n\n0.1 0 0\n0 0 -0.2\n`;
  fc.assert(
    fc.property(
      fc.nat(good.length),
      fc.nat(12),
      fc.oneof(fc.string(), fc.constantFrom('\n', '-', 'nan', '1e999', ' ')),
      (at, removed, added) => {
        try {
          const [structure] = parsePoscar(good.slice(0, at) + added + good.slice(at + removed));
          expect([...structure.positions, ...structure.cell].every(Number.isFinite)).toBe(true);
        } catch (error) {
          expect(error).toBeInstanceOf(LammError);
          expect((error as LammError).details.line).toBeGreaterThan(0);
        }
      },
    ),
    { numRuns: 500 },
  );
});
