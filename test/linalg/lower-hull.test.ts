import { describe, expect, it } from 'vitest';
import { type HullPoints, lowerHull } from '../../src/linalg/lower-hull.js';
import { createRandom } from '../../src/random.js';

function points(...rows: readonly (readonly number[])[]): HullPoints {
  return {
    fractions: Float64Array.from(rows.flatMap((row) => row.slice(0, -1))),
    heights: Float64Array.from(rows, (row) => row[row.length - 1]),
  };
}

/** Random mixtures and the elements. */
function randomPoints(d: number, count: number, seed: number): HullPoints {
  const random = createRandom(seed);
  const rows = Array.from({ length: count }, () => {
    const parts = Array.from({ length: d }, () => random.integer(5));
    const total = parts.reduce((sum, part) => sum + part, 0) || 1;
    const fractions = parts.every((part) => part === 0) ? [1, ...parts.slice(1)] : parts.map((part) => part / total);
    return [...fractions, -2 * random.uniform()];
  });
  const corners = Array.from({ length: d }, (_, k) => [...Array.from({ length: d }, (_, j) => Number(j === k)), 0]);
  return points(...corners, ...rows);
}

/** The lowest plane through three points of a ternary system that holds the target between them. */
function bruteForce(target: readonly number[], { fractions, heights }: HullPoints): number {
  let lowest = Number.POSITIVE_INFINITY;
  const n = heights.length;
  const at = (point: number) => [...fractions.subarray(3 * point, 3 * point + 3)];
  const det = ([a, b, c]: number[][]) =>
    a[0] * (b[1] * c[2] - b[2] * c[1]) - a[1] * (b[0] * c[2] - b[2] * c[0]) + a[2] * (b[0] * c[1] - b[1] * c[0]);
  for (let i = 0; i < n; i++)
    for (let j = i + 1; j < n; j++)
      for (let k = j + 1; k < n; k++) {
        const corners = [at(i), at(j), at(k)];
        const volume = det(corners);
        if (Math.abs(volume) < 1e-9) continue;
        const shares = corners.map(
          (_, corner) => det(corners.map((row, index) => (index === corner ? [...target] : row))) / volume,
        );
        if (shares.some((share) => share < -1e-9)) continue;
        lowest = Math.min(lowest, shares[0] * heights[i] + shares[1] * heights[j] + shares[2] * heights[k]);
      }
  return lowest;
}

describe('lowerHull', () => {
  const binary = points([1, 0, 0], [0, 1, 0], [0.5, 0.5, -1], [0.75, 0.25, -0.4]);

  it('mixes the neighbours on the hull of a binary system', () => {
    const { height, mixture } = lowerHull([0.75, 0.25], binary) ?? { height: Number.NaN, mixture: [] };
    expect(height).toBeCloseTo(-0.5, 12); // half of A, half of AB
    expect(mixture.map(({ point }) => point).sort()).toEqual([0, 2]);
    expect(lowerHull([0.5, 0.5], binary)?.mixture).toEqual([{ point: 2, share: 1 }]);
  });

  it('knows no mixture where an element is missing', () => {
    expect(lowerHull([0.9, 0.1], points([0.5, 0.5, -1], [0, 1, 0]))).toBeUndefined();
    expect(lowerHull([0.4, 0.6], points([0.5, 0.5, -1], [0, 1, 0]))?.height).toBeCloseTo(-0.8, 12);
  });

  it('is that of all triples in ternary systems', () => {
    for (let seed = 1; seed <= 20; seed++) {
      const system = randomPoints(3, 12, seed);
      const random = createRandom(seed + 100);
      for (let repeat = 0; repeat < 5; repeat++) {
        const parts = [random.uniform(), random.uniform(), random.uniform()];
        const total = parts[0] + parts[1] + parts[2];
        const target = parts.map((part) => part / total);
        expect(lowerHull(target, system)?.height).toBeCloseTo(bruteForce(target, system), 9);
      }
    }
  });

  it('lies under every point and is reached by its mixture in systems of six elements', () => {
    const d = 6;
    const system = randomPoints(d, 300, 5);
    for (let point = 0; point < 300; point++) {
      const target = system.fractions.subarray(d * point, d * point + d);
      const { height, mixture } = lowerHull(target, system) ?? { height: Number.NaN, mixture: [] };
      expect(height).toBeLessThanOrEqual(system.heights[point] + 1e-9);
      for (let k = 0; k < d; k++) {
        const mixed = mixture.reduce((sum, part) => sum + part.share * system.fractions[d * part.point + k], 0);
        expect(mixed).toBeCloseTo(target[k], 9);
      }
      expect(mixture.reduce((sum, part) => sum + part.share * system.heights[part.point], 0)).toBeCloseTo(height, 9);
    }
  });
});
