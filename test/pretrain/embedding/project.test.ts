import { describe, expect, it } from 'vitest';
import { nearestPoints, pointSet } from '../../../pretrain/embedding/neighbors.js';
import { project } from '../../../pretrain/embedding/project.js';
import { separationOf } from '../../../pretrain/embedding/separation.js';
import { createRandom } from '../../../src/random.js';

const random = createRandom(4);
const clouds = [0, 20, 40].flatMap((centre) =>
  Array.from({ length: 40 }, () => Array.from({ length: 12 }, () => centre + random.normal())),
);
const kinds = clouds.map((_, index) => String(Math.floor(index / 40)));
const points = pointSet(clouds);
const options = { method: 'umap', neighbors: 10, seed: 7 } as const;

describe('a projection', () => {
  it.each(['umap', 'pca'] as const)('by %s has a place for every point and keeps clouds apart', (method) => {
    const { coordinates, method: done } = project(points, { ...options, method });
    expect(done).toBe(method);
    expect(coordinates).toHaveLength(2 * 120);
    expect(separationOf({ values: coordinates, rows: 120 }, kinds, 10)?.share).toBe(1);
  });

  it('is the same for the same seed, to the last bit, and another for another', () => {
    const first = project(points, options).coordinates;
    expect(project(points, options).coordinates).toEqual(first);
    expect(project(points, { ...options, seed: 8 }).coordinates).not.toEqual(first);
  });

  it('by umap keeps neighbours where components cannot: on a ring in many dimensions', () => {
    const ring = Array.from({ length: 90 }, (_, index) => {
      const angle = (2 * Math.PI * index) / 90;
      return [1, 2, 3, 4].flatMap((order) => [Math.cos(order * angle), Math.sin(order * angle)]);
    });
    const kept = (method: 'umap' | 'pca') => {
      const { coordinates } = project(pointSet(ring), { ...options, method });
      const near = nearestPoints({ values: coordinates, rows: 90 }, 5).indices;
      const isNear = (a: number, b: number) => Math.min((a - b + 90) % 90, (b - a + 90) % 90) <= 4;
      return (
        near.flatMap((list, point) => list.slice(1).map((other) => isNear(point, other))).filter(Boolean).length / 360
      );
    };
    expect(kept('umap')).toBeGreaterThan(0.95);
    expect(kept('umap')).toBeGreaterThan(kept('pca'));
  });

  it('of few points is by principal components whatever was asked for', () => {
    expect(project(pointSet(clouds.slice(0, 12)), options).method).toBe('pca');
  });
});
