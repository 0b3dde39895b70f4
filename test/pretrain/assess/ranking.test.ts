import { expect, it } from 'vitest';
import type { Comparison } from '../../../pretrain/assess/evaluate.js';
import { rankingOf } from '../../../pretrain/assess/ranking.js';
import { createStructure } from '../../../src/structure/structure.js';

/** A structure with energies per atom in eV. */
function comparison(symbols: readonly string[], label: number | undefined, calculated: number): Comparison {
  const structure = createStructure({ symbols, positions: symbols.flatMap((_, atom) => [2 * atom, 0, 0]) });
  const sample = { structure, origin: { path: '', file: '', frame: 1 } };
  const energy = calculated * symbols.length;
  const result = { energy, energies: new Float64Array(symbols.length), forces: new Float64Array(3 * symbols.length) };
  return { sample: label === undefined ? sample : { ...sample, energy: label * symbols.length }, result };
}

it('orders structures of one composition, whatever their size', () => {
  const ranking = rankingOf([
    comparison(['Ti', 'O', 'O'], -3, -2),
    comparison(['O', 'Ti', 'O', 'O', 'Ti', 'O'], -2, -1.5),
    comparison(['Ti', 'O', 'O'], -1, -1.8), // two of three pairs: ranks 0 1 2 and 0 2 1, 1 - 6 x 2 / (3 x 8) = 0.5
    ...[-1, -2, -3, -4].map((energy) => comparison(['Cu'], energy, 10 + energy / 2)),
    comparison(['Ni'], -1, -1), // only two of them
    comparison(['Ni'], -2, -1),
    comparison(['Cu'], undefined, 0),
  ]);
  expect(ranking).toEqual({ compositions: 2, structures: 7, correlation: (0.5 + 1) / 2, pairsInOrder: (2 + 6) / 9 });
});

it('compares no energies of different levels of theory', () => {
  const ofHead = (head: string, shift: number) =>
    [-1, -2, -3].map((energy): Comparison => {
      const { sample, result } = comparison(['Cu'], energy + shift, energy);
      return { sample, result: { ...result, head } };
    });
  expect(rankingOf([...ofHead('a', 0), ...ofHead('b', 50)])).toEqual({
    ...{ compositions: 2, structures: 6, correlation: 1, pairsInOrder: 1 },
  });
});

it('counts nothing for calculated energies that are all equal, and leaves out labels that are', () => {
  const flat = [1, 3, 2].map((label) => comparison(['Cu'], label, 5));
  expect(rankingOf(flat)).toEqual({ compositions: 1, structures: 3, correlation: 0, pairsInOrder: 0 });
  expect(rankingOf([1, 2, 3].map((calculated) => comparison(['Cu'], 5, calculated)))).toBeUndefined();
});
