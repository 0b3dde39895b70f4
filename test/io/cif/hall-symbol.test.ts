import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LammError } from '../../../src/errors.js';
import { operationsOfHallSymbol } from '../../../src/io/cif/hall-symbol.js';
import { formatOperation, missingProduct, type SymmetryOperation } from '../../../src/io/cif/operations.js';
import { operationsOf, settingsOfNumber } from '../../../src/io/cif/space-groups.js';

const sorted = (operations: readonly SymmetryOperation[]) => operations.map(formatOperation).sort();
const settings = Array.from({ length: 230 }, (_, index) => settingsOfNumber(index + 1)).flat();

describe('operationsOfHallSymbol', () => {
  it('gives the operations of all 530 tabulated settings', () => {
    expect(settings).toHaveLength(530);
    for (const setting of settings) {
      expect(sorted(operationsOfHallSymbol(setting.hallSymbol)), setting.hallSymbol).toEqual(
        sorted(operationsOf(setting)),
      );
    }
  });

  it.each([
    ['-P 2ybc', '-p_2ybc'],
    ['-P 2ybc', '-P 2ycb'],
    ['-P 2ybc', '  -P   2ybc  '],
    ['-P 6c 2c', '-P 6c 2c (0 0 0)'],
    ['-R 3 2"', "-R 3 2''"],
    ['-R 3 2"', '-R 3 2='],
    ['P 31 2 (0 0 4)', 'P 31 2 (0 0 -8)'],
    ['-S 3y 2"', '-R 3 2" (y,z,x)'],
    ['-T 3x 2"', '-R 3 2" (z,x,y)'],
    ['-P 2yn', '-P 2ybc (x-z,y,z)'],
    ['-P 2yn', '-P 2ybc (a, b, a+c)'],
    ['-P 2yab', '-P 2ybc (z,-y,x)'],
    ['F 4d 2 3 -1d', '-F 4vw 2vw 3 (x+1/8,y+1/8,z+1/8)'],
    ['-P 4 2', '-P_4_2_(y,-x,z)'],
  ])('reads %s and %s as the same', (one, other) => {
    expect(sorted(operationsOfHallSymbol(other))).toEqual(sorted(operationsOfHallSymbol(one)));
  });

  it('shifts the origin by twelfths', () => {
    expect(sorted(operationsOfHallSymbol('-P 1 (0 0 1)'))).toEqual(['-x, -y, -z+1/6', 'x, y, z']);
  });

  it('gives settings that are in no table', () => {
    expect(operationsOfHallSymbol('-F 2y')).toHaveLength(16);
    expect(operationsOfHallSymbol('-P 4 2 (1/2x-1/2y,1/2x+1/2y,z)')).toHaveLength(32); // C 4/m m m
    expect(operationsOfHallSymbol('H 3')).toHaveLength(9);
    for (const symbol of ['-F 2y', 'A 2yac', '-B 2xab 2n', 'T 3x', '-S 3y']) {
      expect(missingProduct(operationsOfHallSymbol(symbol)), symbol).toBeUndefined();
    }
  });

  it.each([
    ['', /does not begin with the letter of a lattice/],
    ['2ybc', /letter of a lattice/],
    ['-P', /names no rotation/],
    ['-P 5', /"5" is no rotation/],
    ['-P 2yq', /"2yq" is no rotation/],
    ['-P 2yx', /"2yx" is no rotation/],
    ['P 4*', /"4\*" is no rotation/],
    ['P 33', /"33" is no rotation/],
    ['P 2 2 2 2 2', /more than four/],
    ['P 4 6x', /more operations than a space group has/],
    ['P 2 (0 0)', /"0 0" is no change of basis/],
    ['P 2 (x,y)', /"x,y" is no change of basis/],
    ['P 2 (x,x,z)', /is no change of basis/],
    ['P 1 (2x,y,z)', /leads to no lattice/],
    ['P 3 (x+1/2y,y,z)', /leads to no lattice/],
  ])('refuses "%s"', (symbol, message) => {
    expect(() => operationsOfHallSymbol(symbol)).toThrow(message);
  });

  it('answers any text with a group or a clear error', () => {
    const letters = fc.string({ unit: fc.constantFrom(...'-PFR1234 6xyz\'"*abcnuvwd(),+/'), maxLength: 16 });
    let groups = 0;
    fc.assert(
      fc.property(letters, fc.boolean(), (text, hasLattice) => {
        try {
          expect(missingProduct(operationsOfHallSymbol(hasLattice ? `P ${text}` : text))).toBeUndefined();
          groups++;
        } catch (error) {
          expect(error).toBeInstanceOf(LammError);
        }
      }),
      { numRuns: 3000 },
    );
    expect(groups).toBeGreaterThan(20);
  });
});
