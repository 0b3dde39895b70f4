import fc from 'fast-check';
import { expect, it } from 'vitest';
import { LammError } from '../../src/errors.js';
import { formatPoscar, parsePoscar } from '../../src/io/poscar.js';
import { cellVolume } from '../../src/structure/cell.js';
import { createStructure, symbolsOf } from '../../src/structure/structure.js';
import { fs } from '../../src/units.js';

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
  ['a crystal of Na2Cl', '2 1', ['Na', 'Na', 'Cl'], ''],
  ['table salt', '2 1', ['Na', 'Na', 'Cl'], ' Na+ Na+ Cl-'],
  ['table salt', '2 1', ['Na', 'Na', 'Cl'], ' #Na1 #Na2 #Cl1'],
])('finds the elements of VASP 4 in the comment "%s" or behind the rows', (comment, counts, symbols, labels) => {
  const [a = '', b = '', c = ''] = labels.trim().split(' ');
  expect(symbolsOf(read(`${comment}\n1\n${lattice}${counts}\nDirect\n0 0 0 ${a}\n.5 0 0 ${b}\n0 .5 0 ${c}\n`))).toEqual(
    symbols,
  );
});

it('does not make elements up', () => {
  expect(() => read(`my crystal\n1\n${lattice}1 1\nDirect\n0 0 0\n.5 0 0\n`)).toThrow(
    /POSCAR:6: the file names no elements/,
  );
});

it('gives back what it wrote', () => {
  const coordinate = fc.double({ min: -9, max: 9, noNaN: true });
  fc.assert(
    fc.property(
      fc.array(coordinate, { minLength: 9, maxLength: 9 }),
      fc.array(fc.nat(1), { minLength: 9, maxLength: 9 }),
      (values, fixed) => {
        const structure = createStructure({
          numbers: [8, 8, 29],
          positions: values,
          cell: [4, 0, 0, 0.3, 5, 0, 1, -2, 6],
          fixed,
          velocities: values,
        });
        const again = read(formatPoscar(structure));
        expect(again.numbers).toEqual(structure.numbers);
        expect(again.cell).toEqual(structure.cell);
        expect(again.fixed).toEqual(structure.fixed);
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
