import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { geometryHash, splitFrames } from '../../../../pretrain/dataset/load/split.js';
import { createStructure } from '../../../../src/structure/structure.js';

const parts = [
  { name: 'train', fraction: 0.8 },
  { name: 'validation', fraction: 0.15 },
  { name: 'test', fraction: 0.05 },
];
const single = (count: number) => Array.from({ length: count }, (_, frame) => `frame ${frame}`);
const countOf = (assigned: Uint8Array, part: number) => assigned.filter((value) => value === part).length;

describe('splitting frames at random', () => {
  it('gives each part its fraction to within one frame', () => {
    fc.assert(
      fc.property(fc.integer({ min: 30, max: 500 }), fc.nat(1000), (count, seed) => {
        const assigned = splitFrames(single(count), parts, { by: 'random', seed });
        for (const [part, { fraction }] of parts.entries()) {
          expect(Math.abs(countOf(assigned, part) - fraction * count)).toBeLessThanOrEqual(1);
        }
      }),
      { numRuns: 100 },
    );
  });

  it('is the same for the same seed and another one for another seed', () => {
    const [first, again, other] = [1, 1, 2].map((seed) => splitFrames(single(200), parts, { by: 'random', seed }));
    expect(again).toEqual(first);
    expect(other).not.toEqual(first);
  });
});

describe('splitting frames by hash', () => {
  it('keeps every frame in its part when the set grows or its order changes', () => {
    const options = { by: 'hash', seed: 3 } as const;
    const groups = single(2000);
    const small = splitFrames(groups.slice(0, 500), parts, options);
    const large = splitFrames(groups, parts, options);
    expect(large.slice(0, 500)).toEqual(small);
    expect(splitFrames([...groups].reverse(), parts, options).reverse()).toEqual(large);
  });

  it('meets the fractions on average', () => {
    const assigned = splitFrames(single(20_000), parts, { by: 'hash', seed: 0 });
    for (const [part, { fraction }] of parts.entries()) {
      const deviation = Math.sqrt(20_000 * fraction * (1 - fraction));
      expect(Math.abs(countOf(assigned, part) - 20_000 * fraction)).toBeLessThan(4 * deviation);
    }
  });
});

describe('any split', () => {
  it.each(['random', 'hash'] as const)('keeps the frames of a group together (%s)', (by) => {
    const groups = Array.from({ length: 600 }, (_, frame) => `molecule ${frame % 120}`);
    const assigned = splitFrames(groups, parts, { by, seed: 5 });
    for (let frame = 0; frame < groups.length; frame++) expect(assigned[frame]).toBe(assigned[frame % 120]);
  });

  it('refuses to leave a part empty', () => {
    expect(() => splitFrames(single(3), parts, { by: 'random', seed: 0 })).toThrow(/the part "test" would be empty/);
    expect(() => splitFrames(new Array(50).fill('one group'), parts, { by: 'random', seed: 0 })).toThrow(
      /50 frames in 1 group$/,
    );
  });

  it('takes structures for the same whose atoms and cell are the same', () => {
    const input = { symbols: ['H', 'H'], positions: [0, 0, 0, 0, 0, 0.74] };
    const hash = geometryHash(createStructure(input));
    expect(geometryHash(createStructure({ ...input, info: { name: 'b' }, labels: { energy: 1 } }))).toBe(hash);
    expect(geometryHash(createStructure({ ...input, positions: [0, 0, 0, 0, 0, 0.75] }))).not.toBe(hash);
    expect(geometryHash(createStructure({ ...input, cell: [9, 0, 0, 0, 9, 0, 0, 0, 9], pbc: false }))).not.toBe(hash);
  });
});
