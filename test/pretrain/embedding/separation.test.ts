import { describe, expect, it } from 'vitest';
import { nearestPoints, pointSet } from '../../../pretrain/embedding/neighbors.js';
import { separationOf } from '../../../pretrain/embedding/separation.js';
import { createRandom, shuffle } from '../../../src/random.js';

const random = createRandom(2);
const cloudAt = (centre: number, count: number) =>
  Array.from({ length: count }, () => Array.from({ length: 5 }, () => centre + random.normal()));

describe('nearest points', () => {
  it('are those of a search by hand, the point itself first', () => {
    const points = pointSet([[0], [3], [1], [1], [7]]);
    expect(nearestPoints(points, 3)).toEqual({
      indices: [
        [0, 2, 3],
        [1, 2, 3],
        [2, 3, 0],
        [3, 2, 0],
        [4, 1, 2],
      ],
      distances: [
        [0, 1, 1],
        [0, 2, 2],
        [0, 0, 1],
        [0, 0, 1],
        [0, 4, 6],
      ],
    });
  });
});

describe('separation', () => {
  const points = pointSet([...cloudAt(0, 60), ...cloudAt(100, 20)]);
  const kinds = [...new Array<string>(60).fill('a'), ...new Array<string>(20).fill('b')];

  it('is whole where kinds are apart', () => {
    expect(separationOf(points, kinds, 10)).toMatchObject({ share: 1, kinds: { a: 1, b: 1 }, neighbors: 10 });
  });

  it('is what chance gives where kinds are dealt out at random', () => {
    const { share = 0, chance = 0 } = separationOf(points, shuffle([...kinds], random), 10) ?? {};
    expect(chance).toBeCloseTo((59 / 79 + 19 / 79) / 2, 12);
    expect(Math.abs(share - chance)).toBeLessThan(0.06);
  });

  it('is a mean over kinds, whatever their sizes, and asks of small kinds no more than they are', () => {
    const few = pointSet([...cloudAt(0, 50), ...cloudAt(100, 3)]);
    const ofFew = [...new Array<string>(50).fill('a'), 'b', 'b', 'b'];
    expect(separationOf(few, ofFew, 10)).toMatchObject({ share: 1, kinds: { a: 1, b: 1 } });
  });

  it('counts points that are equally far in part', () => {
    const same = pointSet([[0], [0], [0], [0], [0]]);
    const { kinds: shares } = separationOf(same, ['a', 'a', 'a', 'b', 'b'], 1) ?? {};
    expect(shares).toEqual({ a: 0.5, b: 0.25 });
  });

  it('says nothing of one kind, or of kinds of one', () => {
    expect(separationOf(points, new Array<string>(80).fill('a'), 10)).toBeUndefined();
    expect(separationOf(pointSet([[0], [1]]), ['a', 'b'], 1)).toBeUndefined();
  });
});
