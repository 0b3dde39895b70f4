import { describe, expect, it } from 'vitest';
import { createEmbedder, elementEmbedding, meanFeatures } from '../../src/models/embedding.js';
import { createStructure, type Structure } from '../../src/structure/structure.js';
import { repeatStructure } from '../../src/structure/supercell.js';
import { largestDifference } from '../helpers/compare.js';
import { tinyPainn } from '../helpers/tiny-painn.js';

const model = tinyPainn({ channels: 16, forces: 'direct', repulsion: 'none' });
const numbers = [29, 8, 29, 8];
const positions = [0, 0, 0, 1.8, 0.2, 0, 0.3, 1.9, 0.4, 2.2, 2.1, 2.4];
const cell = [5, 0, 0, 0.4, 4.6, 0, 0, 0.3, 4.8];
const structure = createStructure({ numbers, positions, cell });

/** Features in double precision, where symmetries hold to rounding. */
async function embed(system: Structure): Promise<Float64Array> {
  await using embedder = createEmbedder(model, { threads: 1, precision: 'float64' });
  return await embedder.embed(system);
}

/** Rows of three turned about an axis that is no axis of anything, and mirrored if so wished. */
function turned(rows: readonly number[], mirror = 1): number[] {
  const [c, s] = [Math.cos(0.7), Math.sin(0.7)];
  return rows.flatMap((_, index) => {
    if (index % 3 !== 0) return [];
    const [x, y, z] = rows.slice(index, index + 3);
    const [u, v, w] = [c * x - s * y, s * x + c * y, mirror * z];
    return [u, c * v - s * w, s * v + c * w];
  });
}

describe('the features of atoms', () => {
  it('are as many as the model has channels, finite, and differ between surroundings', async () => {
    const features = await embed(structure);
    expect(features).toHaveLength(4 * 16);
    expect(features.every(Number.isFinite)).toBe(true);
    const [first, third] = [features.subarray(0, 16), features.subarray(32, 48)]; // both copper
    expect(largestDifference(first, third)).toBeGreaterThan(1e-3);
  });

  it('are the same, to rounding, of several structures at once', async () => {
    const larger = repeatStructure(structure, [2, 1, 1]);
    await using embedder = createEmbedder(model, { threads: 1, precision: 'float64' });
    const [first, second, third] = await embedder.embedMany([structure, larger, structure]);
    expect([first, second, third].map(({ length }) => length)).toEqual([4 * 16, 8 * 16, 4 * 16]);
    expect(largestDifference(first, await embed(structure))).toBeLessThan(1e-12);
    expect(largestDifference(second, await embed(larger))).toBeLessThan(1e-12);
    expect(largestDifference(third, first)).toBeLessThan(1e-12);
  });

  it.each([1, -1])('do not change when everything is turned and moved (mirror %d)', async (mirror) => {
    const moved = createStructure({
      numbers,
      positions: turned(positions, mirror).map((value, index) => value + [3, -1, 0.5][index % 3]),
      cell: turned(cell, mirror),
    });
    expect(largestDifference(await embed(moved), await embed(structure))).toBeLessThan(1e-10);
  });

  it('follow the atoms when they change places', async () => {
    const order = [2, 3, 0, 1];
    const permuted = createStructure({
      numbers: order.map((atom) => numbers[atom]),
      positions: order.flatMap((atom) => positions.slice(3 * atom, 3 * atom + 3)),
      cell,
    });
    const [before, after] = [await embed(structure), await embed(permuted)];
    order.forEach((atom, place) => {
      const [own, was] = [after.subarray(16 * place, 16 * place + 16), before.subarray(16 * atom, 16 * atom + 16)];
      expect(largestDifference(own, was)).toBeLessThan(1e-10);
    });
    expect(largestDifference(meanFeatures(after, 16), meanFeatures(before, 16))).toBeLessThan(1e-10);
  });

  it('have the same mean in a supercell', async () => {
    const [small, large] = [await embed(structure), await embed(repeatStructure(structure, [2, 1, 3]))];
    expect(large).toHaveLength(6 * small.length);
    expect(largestDifference(meanFeatures(large, 16), meanFeatures(small, 16))).toBeLessThan(1e-10);
  });

  it('are the same twice, to the last bit', async () => {
    expect(await embed(structure)).toEqual(await embed(structure));
  });

  it('of an atom alone are those of its element; a mean may choose atoms', async () => {
    const far = createStructure({ numbers: [29, 8, 29], positions: [0, 0, 0, 9, 0, 0, 18, 0, 0] });
    const features = await embed(far);
    expect(largestDifference(features.subarray(0, 16), features.subarray(32, 48))).toBe(0);
    expect(meanFeatures(features, 16, (atom) => atom === 1)).toEqual(features.slice(16, 32));
    expect(meanFeatures(features, 16, () => false)[0]).toBeNaN();
  });

  it('are refused for atoms in one place', async () => {
    const coincident = createStructure({ numbers: [29, 29], positions: [1, 1, 1, 1, 1, 1] });
    await expect(embed(coincident)).rejects.toMatchObject({ name: 'LammError' });
  });
});

describe('the embedding of an element', () => {
  it('is its row of the table', () => {
    const row = elementEmbedding(model, 8);
    expect(Array.from(row)).toEqual(Array.from(model.parameters.subarray(7 * 16, 8 * 16)));
    expect(elementEmbedding(model, 29)).not.toEqual(row);
  });
});
