import { atomIndex } from './components.js';
import { solidHarmonics } from './harmonics.js';
import { gridPoints } from './sphere-grid.js';

/**
 * The rotation-invariant map from products of degree l-1 with a vector to degree l, [2l+1 x 2l-1 x 3] with orthonormal
 * rows.
 *
 * It is proportional to the integrals of Y_lm Y_(l-1)m' r_k over the sphere, which a grid of enough points gives
 * exactly.
 */
export function coupling(degree: number): Float64Array {
  const [rows, inner] = [2 * degree + 1, 2 * degree - 1];
  const values = new Float64Array(rows * inner * 3);
  const resolution = 2 * (degree + 1);
  for (const { point, weight } of gridPoints({ latitudes: resolution, longitudes: resolution + 1 })) {
    const harmonics = solidHarmonics(point, degree);
    for (let i = 0; i < rows; i++) {
      for (let a = 0; a < inner; a++) {
        const product = weight * harmonics[degree ** 2 + i] * harmonics[(degree - 1) ** 2 + a];
        for (let axis = 0; axis < 3; axis++) values[3 * (i * inner + a) + axis] += product * point[axis];
      }
    }
  }
  const norm = Math.sqrt(values.reduce((sum, value) => sum + value * value, 0) / rows);
  return values.map((value) => value / norm);
}

/**
 * What gives solid harmonics of degree l from the products of those of degree l-1 with the vector, [2l+1 x 2l-1 x 3].
 */
export function harmonicCoupling(degree: number): Float64Array {
  const map = coupling(degree);
  const pole = solidHarmonics([0, 1, 0], degree);
  const inner = 2 * degree - 1;
  const polar = atomIndex({ degree, order: 0 });
  const below = atomIndex({ degree: degree - 1, order: 0 });
  const product = map[3 * (degree * inner + (degree - 1)) + 1] * pole[below];
  return map.map((value) => (value * pole[polar]) / product);
}
