import fc from 'fast-check';
import { expect, it } from 'vitest';
import { describeApart } from '../../../../pretrain/dataset/describe-data.js';
import { countApart, createApart } from '../../../../pretrain/dataset/load/set-apart.js';
import type { PreparedData } from '../../../../pretrain/dataset/prepare-data.js';
import type { Sample } from '../../../../pretrain/dataset/sample/sample.js';
import { createStructure } from '../../../../src/structure/structure.js';

const sampleOf = (place: number, symbol = 'Cu'): Sample => ({
  structure: createStructure({ symbols: [symbol, 'Cu'], positions: [0, 0, 0, 2 + 0.01 * place, 0, 0] }),
  energy: 0,
  origin: { path: 'a', file: 'a', frame: place + 1 },
});

function apartOf(samples: readonly Sample[], share: number): number[] {
  const apart = createApart(share);
  for (const [number, sample] of samples.entries()) apart.add(number, sample);
  return [...apart.taken()].sort((a, b) => a - b);
}

it('is exactly a tenth, rounded, and at least five where there are twenty', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 300 }), (count) => {
      const expected = Math.max(Math.round(count / 10), count >= 20 ? 5 : 0);
      expect(
        apartOf(
          Array.from({ length: count }, (_, place) => sampleOf(place)),
          0.1,
        ),
      ).toHaveLength(expected);
    }),
    { numRuns: 60 },
  );
  expect([25, 50, 19, 4, 1000].map((count) => countApart(count, 0.1))).toEqual([5, 5, 2, 0, 100]);
  expect(countApart(1000, 0)).toBe(0);
});

it('is the same set of geometries in any order of the files', () => {
  const samples = Array.from({ length: 60 }, (_, place) => sampleOf(place));
  const frames = (list: readonly Sample[]) => apartOf(list, 0.1).map((number) => list[number].origin.frame);
  expect(frames(samples.toReversed()).sort((a, b) => a - b)).toEqual(frames(samples).sort((a, b) => a - b));
});

it('leaves every element in the training, though it takes as many', () => {
  const samples = Array.from({ length: 30 }, (_, place) => sampleOf(place, place < 3 ? 'Au' : 'Cu'));
  const taken = apartOf(samples, 0.5);
  expect(taken).toHaveLength(15);
  expect(taken.filter((number) => number < 3).length).toBeLessThan(3);
  expect(apartOf([sampleOf(0, 'Ag'), sampleOf(1, 'Au')], 0.5)).toEqual([]); // each is the only one with its element
});

it('is told, with a warning where it is so small that the choice is chance', () => {
  const dataOf = (count: number, validation: number) =>
    ({ subsets: [{ count, validation }] }) as unknown as PreparedData; // nothing else is looked at
  expect(describeApart(dataOf(90, 10), [0.1])).toEqual([
    '10 of 100 structures are set apart for choosing the parameters',
  ]);
  expect(describeApart(dataOf(20, 5), [0.1])).toEqual([expect.stringMatching(/^warning: 5 of 25 .* mostly chance/)]);
  expect(describeApart(dataOf(4, 0), [0.1])).toEqual([expect.stringMatching(/^warning: 0 of 4 .* last step/)]);
  expect(describeApart(dataOf(4, 3), [0])).toEqual([]);
});
