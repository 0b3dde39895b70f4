import { describe, expect, test } from 'vitest';
import { atomComponents, edgeComponents } from '../../../src/models/equiformer-v2/components.js';
import { equiformerV2Settings } from '../../../src/models/equiformer-v2/config.js';
import { solidHarmonics } from '../../../src/models/equiformer-v2/harmonics.js';
import { octahedralDegrees, octahedralPoints } from '../../../src/models/equiformer-v2/octahedral-grid.js';
import {
  defaultGridSize,
  type GridPoint,
  gridPoints,
  sphereGrid,
} from '../../../src/models/equiformer-v2/sphere-grid.js';

const square = (resolution: number) => gridPoints({ latitudes: resolution, longitudes: resolution });
const fewest = (maxDegree: number, maxOrder: number) => gridPoints(defaultGridSize(maxDegree, maxOrder));

/** fromGrid times toGrid, [K x K]. */
function thereAndBack(maxDegree: number, maxOrder: number, points: readonly GridPoint[]): number[][] {
  const components = edgeComponents(maxDegree, maxOrder);
  const { pointCount, toGrid, fromGrid } = sphereGrid(components, points);
  return components.map((_, row) =>
    components.map((__, column) => {
      let sum = 0;
      for (let point = 0; point < pointCount; point++) {
        sum += fromGrid[row * pointCount + point] * toGrid[point * components.length + column];
      }
      return sum;
    }),
  );
}

describe('a grid on the sphere', () => {
  for (const [maxDegree, maxOrder, points] of [
    [2, 2, fewest(2, 2)],
    [4, 4, fewest(4, 4)],
    [6, 6, square(18)],
    [4, 2, square(18)],
    [4, 2, fewest(4, 2)],
    [6, 3, fewest(6, 3)],
    [3, 3, octahedralPoints(7)],
    [4, 2, octahedralPoints(9)],
    [5, 4, octahedralPoints(11)],
  ] as const) {
    const title = `${maxDegree}, ${maxOrder} with ${points.length} points`;
    test(`gives features back, those of degrees that lost orders enlarged: ${title}`, () => {
      const components = edgeComponents(maxDegree, maxOrder);
      const matrix = thereAndBack(maxDegree, maxOrder, points);
      for (const [row, { degree }] of components.entries()) {
        const scale = degree > maxOrder ? (2 * degree + 1) / (2 * maxOrder + 1) : 1;
        for (const column of components.keys()) {
          expect(Math.abs(matrix[row][column] - (row === column ? scale : 0))).toBeLessThan(1e-12);
        }
      }
    });
  }

  test('has values that are features of points', () => {
    const { toGrid } = sphereGrid(atomComponents(1), gridPoints({ latitudes: 2, longitudes: 4 }));
    // The first point: polar angle 45 degrees from y, azimuth 0, which is z.
    const expected = [1, 0, Math.SQRT1_2, Math.SQRT1_2].map((value) => value / Math.SQRT2);
    toGrid.slice(0, 4).forEach((value, index) => {
      expect(value).toBeCloseTo(expected[index], 14);
    });
  });
});

describe('points spread like the vertices, edges and faces of an octahedron', () => {
  for (const exact of octahedralDegrees) {
    test(`integrate harmonics up to degree ${exact}, and not the next even one`, () => {
      const points = octahedralPoints(exact);
      expect(points).toHaveLength({ 7: 26, 9: 38, 11: 50 }[exact]);
      const means = new Float64Array((exact + 2) ** 2);
      for (const { point, weight } of points) {
        expect(Math.hypot(...point)).toBeCloseTo(1, 14);
        solidHarmonics(point, exact + 1).forEach((value, index) => {
          means[index] += weight * value;
        });
      }
      const errors = means.map((mean, index) => Math.abs(mean - (index === 0 ? 1 : 0)));
      expect(Math.max(...errors.subarray(0, (exact + 1) ** 2))).toBeLessThan(1e-14);
      expect(Math.max(...errors.subarray((exact + 1) ** 2))).toBeGreaterThan(1e-3);
    });
  }

  test('are refused where they are too few for the degrees', () => {
    const settings = { kind: 'equiformer-v2', maxDegree: 5, gridDegree: 9 };
    const { error } = equiformerV2Settings.safeParse(settings);
    expect(error?.issues.map(({ path, message }) => [path, message])).toEqual([
      [['gridDegree'], 'expected at least 2 x maxDegree, or a gridResolution'],
    ]);
    expect(equiformerV2Settings.safeParse({ ...settings, gridResolution: 12 }).success).toBe(true);
    expect(equiformerV2Settings.safeParse({ ...settings, gridDegree: 11 }).success).toBe(true);
  });
});
