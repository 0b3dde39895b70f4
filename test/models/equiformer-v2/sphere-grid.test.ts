import { describe, expect, test } from 'vitest';
import { atomComponents, edgeComponents } from '../../../src/models/equiformer-v2/components.js';
import { defaultGridSize, sphereGrid } from '../../../src/models/equiformer-v2/sphere-grid.js';

/** fromGrid times toGrid, [K x K]. */
function thereAndBack(maxDegree: number, maxOrder: number, resolution?: number): number[][] {
  const size =
    resolution === undefined ? defaultGridSize(maxDegree, maxOrder) : { latitudes: resolution, longitudes: resolution };
  const components = edgeComponents(maxDegree, maxOrder);
  const { pointCount, toGrid, fromGrid } = sphereGrid(components, size);
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
  for (const [maxDegree, maxOrder, resolution] of [
    [2, 2, undefined],
    [4, 4, undefined],
    [6, 6, 18],
    [4, 2, 18],
    [4, 2, undefined],
    [6, 3, undefined],
  ] as const) {
    const title = `${maxDegree}, ${maxOrder} ${resolution ?? 'with the fewest points'}`;
    test(`gives features back, those of degrees that lost orders enlarged: ${title}`, () => {
      const components = edgeComponents(maxDegree, maxOrder);
      const matrix = thereAndBack(maxDegree, maxOrder, resolution);
      for (const [row, { degree }] of components.entries()) {
        const scale = degree > maxOrder ? (2 * degree + 1) / (2 * maxOrder + 1) : 1;
        for (const column of components.keys()) {
          expect(Math.abs(matrix[row][column] - (row === column ? scale : 0))).toBeLessThan(1e-12);
        }
      }
    });
  }

  test('has values that are features of points', () => {
    const { toGrid } = sphereGrid(atomComponents(1), { latitudes: 2, longitudes: 4 });
    // The first point: polar angle 45 degrees from y, azimuth 0, which is z.
    const expected = [1, 0, Math.SQRT1_2, Math.SQRT1_2].map((value) => value / Math.SQRT2);
    toGrid.slice(0, 4).forEach((value, index) => {
      expect(value).toBeCloseTo(expected[index], 14);
    });
  });
});
