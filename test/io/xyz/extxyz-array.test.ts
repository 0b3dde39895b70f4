import { describe, expect, it } from 'vitest';
import { parseExtxyz } from '../../../src/io/xyz/extxyz.js';
import { symbolsOf } from '../../../src/structure/structure.js';

const read = (comment: string, species = 'O') => parseExtxyz(`1\n${comment}\n${species} 0 0 0\n`, { file: 'a.xyz' })[0];

describe('arrays in brackets', () => {
  it.each([['[[4., 0, 0], [0, 5., 0], [0, 0, 6.]]'], ['[4. 0 0 0 5. 0 0 0 6.]'], ['[4., +5, 6.d0]'], ['"4 5 6"']])(
    'give the lattice %s',
    (lattice) => {
      expect([...read(`Lattice=${lattice}`).cell]).toEqual([4, 0, 0, 0, 5, 0, 0, 0, 6]);
    },
  );

  it.each([
    ['[.5, 1.d0, +2]', [0.5, 1, 2]],
    [
      '[[T, F], [F, T]]',
      [
        [true, false],
        [false, true],
      ],
    ],
    [
      '[[a, b], ["c d", "e\\"]"]]',
      [
        ['a', 'b'],
        ['c d', 'e"]'],
      ],
    ],
    ['[1, a]', ['1', 'a']],
    ['[[1., x], []]', [['1.', 'x'], []]],
  ])('are of one kind: %s', (text, value) => {
    expect(read(`Lattice="4 5 6" key=${text}`).info.key).toEqual(value);
  });

  it('are refused when the brackets do not pair up, and as a lattice of another size', () => {
    expect(() => read('Lattice="4 5 6" key=[1.]]')).toThrow(/a\.xyz:2: expected a blank after the value/);
    expect(() => read('Lattice=[4., 5.]')).toThrow(/a\.xyz:2: expected nine numbers for Lattice.*or three lengths/);
  });
});

it('says where a cell belongs that stands below the atoms', () => {
  expect(() => parseExtxyz('1\n\nO 0 0 0\n VEC1 4 0 0\n', { file: 'a.xyz' })).toThrow(
    /a\.xyz:4: .*VEC1.*give the cell as L/,
  );
});

it('takes chemical symbols in any case', () => {
  expect(['CL', 'cl', 'h', 'D', 'd'].flatMap((word) => symbolsOf(read('', word)))).toEqual(['Cl', 'Cl', 'H', 'H', 'H']);
  expect(() => read('', 'CLX')).toThrow(/a\.xyz:3: expected a chemical symbol such as Cu/);
});
