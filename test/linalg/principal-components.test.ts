import { describe, expect, it } from 'vitest';
import { principalComponents } from '../../src/linalg/principal-components.js';
import { createRandom } from '../../src/random.js';

/** Points with standard deviations 3, 1 and 0.1 along directions that are turned against the axes. */
function cloud(rows: number, width: number): Float64Array {
  const random = createRandom(11);
  const points = new Float64Array(rows * width);
  const [c, s] = [0.6, 0.8];
  for (let row = 0; row < rows; row++) {
    const [a, b, noise] = [3 * random.normal(), random.normal(), 0.1 * random.normal()];
    points.set([5 + c * a - s * b, -2 + s * a + c * b, noise].slice(0, width), row * width);
  }
  return points;
}

describe('principal components', () => {
  it('are the directions of largest variance, largest first', () => {
    const rows = 20_000;
    const { coordinates, shares } = principalComponents(cloud(rows, 3), { rows, count: 2 });
    expect(shares[0]).toBeCloseTo(9 / 10.01, 2);
    expect(shares[1]).toBeCloseTo(1 / 10.01, 2);
    let [xx, xy] = [0, 0];
    for (let row = 0; row < rows; row++) {
      xx += coordinates[2 * row] ** 2 / rows;
      xy += (coordinates[2 * row] * coordinates[2 * row + 1]) / rows;
    }
    expect(xx).toBeCloseTo(9, 0);
    expect(xy).toBeCloseTo(0, 8);
  });

  it('keep all distances where there are as many as the points need', () => {
    const points = cloud(7, 2);
    const { coordinates } = principalComponents(points, { rows: 7, count: 2 });
    for (let a = 0; a < 7; a++) {
      for (let b = 0; b < 7; b++) {
        const distance = (values: Float64Array) =>
          Math.hypot(values[2 * a] - values[2 * b], values[2 * a + 1] - values[2 * b + 1]);
        expect(distance(coordinates)).toBeCloseTo(distance(points), 9);
      }
    }
  });

  it('are the same for few points in many dimensions, where the other matrix is smaller', () => {
    const points = cloud(30, 3);
    const padded = Float64Array.from({ length: 30 * 50 }, (_, i) =>
      i % 50 < 3 ? points[3 * Math.floor(i / 50) + (i % 50)] : 1,
    );
    const [small, large] = [points, padded].map((values) => principalComponents(values, { rows: 30, count: 2 }));
    small.coordinates.forEach((value, index) => expect(large.coordinates[index]).toBeCloseTo(value, 8));
  });

  it('survive points that are all the same', () => {
    const { coordinates, shares } = principalComponents(new Float64Array(12).fill(4), { rows: 4, count: 2 });
    expect(Array.from(coordinates)).toEqual(new Array(8).fill(0));
    expect(Array.from(shares)).toEqual([0, 0]);
  });
});
