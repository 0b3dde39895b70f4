import { atomIndex, type Component } from './components.js';
import { solidHarmonics } from './harmonics.js';

/** Latitudes and longitudes of points on the sphere. */
export interface GridSize {
  readonly latitudes: number;
  readonly longitudes: number;
}

/** Matrices between components and values at the points of a grid: P points, K components. */
export interface SphereGrid {
  readonly pointCount: number;
  /** From components to values, [P x K]. */
  readonly toGrid: Float64Array;
  /** From values to components, [K x P]. */
  readonly fromGrid: Float64Array;
}

/** Latitudes and longitudes that features of degrees up to L and orders up to M get unless others are set. */
export function defaultGridSize(maxDegree: number, maxOrder: number): GridSize {
  const longitudes = maxOrder === maxDegree ? 2 * maxOrder + 3 : 2 * maxOrder + 1;
  return { latitudes: 2 * (maxDegree + 1), longitudes };
}

/** A unit vector and the share of the sphere that it stands for. */
export interface GridPoint {
  readonly point: readonly [number, number, number];
  readonly weight: number;
}

/** The points of a grid of latitudes and longitudes; longitudes run fastest. */
export function gridPoints({ latitudes, longitudes }: GridSize): GridPoint[] {
  return Array.from({ length: latitudes }, (_, j) => ((j + 0.5) * Math.PI) / latitudes).flatMap((polar) => {
    const weight = latitudeWeight(polar, latitudes) / longitudes;
    return Array.from({ length: longitudes }, (_, k) => {
      const azimuth = (2 * Math.PI * k) / longitudes;
      const point = [
        Math.sin(polar) * Math.sin(azimuth),
        Math.cos(polar),
        Math.sin(polar) * Math.cos(azimuth),
      ] as const;
      return { point, weight };
    });
  });
}

/**
 * Matrices between the points of a grid and features with the given components, of degrees up to L and orders up to M.
 *
 * Degrees beyond M have lost orders and are scaled up by sqrt((2l+1)/(2M+1)) on the way to the grid and once more on
 * the way back, so that the two ways are inverse to each other only for M = L.
 */
export function sphereGrid(components: readonly Component[], points: readonly GridPoint[]): SphereGrid {
  const maxDegree = Math.max(...components.map(({ degree }) => degree));
  const maxOrder = Math.max(...components.map(({ order }) => order));
  const toGrid = new Float64Array(points.length * components.length);
  const fromGrid = new Float64Array(points.length * components.length);
  for (const [p, { point, weight }] of points.entries()) {
    const harmonics = solidHarmonics(point, maxDegree);
    for (const [k, component] of components.entries()) {
      const width = 2 * component.degree + 1;
      const value = harmonics[atomIndex(component)] * orderLoss(component.degree, maxOrder);
      toGrid[p * components.length + k] = value / Math.sqrt(maxDegree + 1);
      fromGrid[k * points.length + p] = value * width * Math.sqrt(maxDegree + 1) * weight;
    }
  }
  return { pointCount: points.length, toGrid, fromGrid };
}

/** Makes up for the orders beyond M that a degree has lost. */
export function orderLoss(degree: number, maxOrder: number): number {
  return degree > maxOrder ? Math.sqrt((2 * degree + 1) / (2 * maxOrder + 1)) : 1;
}

/**
 * Share of the sphere of a ring of latitude; exact for polynomials of a degree below the number of rings.
 *
 * @see Driscoll and Healy, Adv. Appl. Math. 15, 202 (1994).
 */
function latitudeWeight(polar: number, latitudes: number): number {
  let sum = 0;
  for (let k = 0; k < latitudes / 2; k++) sum += Math.sin((2 * k + 1) * polar) / (2 * k + 1);
  return (2 / latitudes) * Math.sin(polar) * sum;
}
