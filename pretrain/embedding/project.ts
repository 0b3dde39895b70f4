import { UMAP } from 'umap-js';
import { principalComponents } from '../../src/linalg/principal-components.js';
import { createRandom } from '../../src/random.js';
import { nearestPoints, type PointSet } from './neighbors.js';

/** How points are brought onto a plane. */
export const projectionMethods = ['umap', 'pca'] as const;
export type ProjectionMethod = (typeof projectionMethods)[number];

export interface Projection {
  /** What was done: few points are projected by their principal components whatever was asked for. */
  readonly method: ProjectionMethod;
  /** [rows x 2]. */
  readonly coordinates: Float64Array;
}

export interface ProjectionOptions {
  readonly method: ProjectionMethod;
  /** Neighbours of a point that a UMAP keeps near it. */
  readonly neighbors: number;
  readonly seed: number;
}

/**
 * Projects points on a plane: by UMAP, which keeps near points near, or on their two principal components.  The same
 * seed gives the same plane.
 *
 * @see McInnes, Healy and Melville, arXiv 1802.03426.
 */
export function project(points: PointSet, { method, neighbors, seed }: ProjectionOptions): Projection {
  const { values, rows } = points;
  if (method === 'pca' || rows < 2 * neighbors)
    return { method: 'pca', coordinates: principalComponents(values, { rows, count: 2 }).coordinates };
  const random = createRandom(seed);
  const umap = new UMAP({ nComponents: 2, nNeighbors: neighbors, minDist: 0.1, random: () => random.uniform() });
  const { indices, distances } = nearestPoints(points, neighbors);
  umap.setPrecomputedKNN(indices, distances);
  const width = values.length / rows;
  const lists = Array.from({ length: rows }, (_, row) => Array.from(values.subarray(row * width, (row + 1) * width)));
  return { method, coordinates: Float64Array.from(umap.fit(lists).flat()) };
}
