import { cross3, determinant3, multiply3, transpose3 } from '../../linalg/matrix3.js';

/** Finds places of a periodic cell that are near to each other, as they come: each stands in a box of the cell. */
export class PlaceGrid {
  private readonly metric: Float64Array;
  private readonly reach: number;
  private readonly counts: readonly number[];
  private readonly boxes = new Map<number, number[]>();
  private readonly places: (readonly number[])[] = [];

  /** @param cell rows are lattice vectors (A) whose planes are more than two times `reach` (A) apart. */
  constructor(cell: Float64Array, reach: number) {
    this.metric = multiply3(cell, transpose3(cell));
    this.reach = reach;
    this.counts = heightsOf(cell).map((height) => Math.max(1, Math.min(Math.floor(height / reach), 1024)));
  }

  /** Adds a place, fractional in [0, 1); places are numbered from 0. */
  add(place: readonly number[]): void {
    const [x, y, z] = this.counts;
    const box = this.boxOf(Math.floor(place[0] * x), Math.floor(place[1] * y), Math.floor(place[2] * z));
    const members = this.boxes.get(box);
    if (members === undefined) this.boxes.set(box, [this.places.length]);
    else members.push(this.places.length);
    this.places.push(place);
  }

  /** Calls `visit` with every place that is nearer than the reach, and its distance in A. */
  visitNear(place: readonly number[], visit: (index: number, distance: number) => void): void {
    const { counts, places, metric } = this;
    const limit = this.reach ** 2;
    const [nx, ny, nz] = counts;
    const [x, y, z] = [Math.floor(place[0] * nx), Math.floor(place[1] * ny), Math.floor(place[2] * nz)];
    for (let i = 0; i < Math.min(nx, 3); i++) {
      for (let j = 0; j < Math.min(ny, 3); j++) {
        for (let k = 0; k < Math.min(nz, 3); k++) {
          const members = this.boxes.get(
            this.boxOf((x + i + nx - 1) % nx, (y + j + ny - 1) % ny, (z + k + nz - 1) % nz),
          );
          if (members === undefined) continue;
          for (const index of members) {
            const squared = squaredDistance(place, places[index], metric);
            if (squared < limit) visit(index, Math.sqrt(squared));
          }
        }
      }
    }
  }

  /** Number of a box; with one or two boxes in a direction, all of them are neighbours. */
  private boxOf(x: number, y: number, z: number): number {
    return (x * this.counts[1] + y) * this.counts[2] + z;
  }
}

/** Distances of the planes of a lattice that its vectors span, in A, [3]. */
export function heightsOf(cell: Float64Array): number[] {
  const [a, b, c] = [0, 3, 6].map((start) => cell.subarray(start, start + 3));
  const volume = Math.abs(determinant3(cell));
  return [cross3(b, c), cross3(c, a), cross3(a, b)].map((normal) => volume / Math.hypot(...normal));
}

/**
 * Squared distance (A^2) of two fractional places to the nearest image; exact for near ones, which is all that matters
 * here.
 */
export function squaredDistance(a: readonly number[], b: readonly number[], metric: Float64Array): number {
  let x = a[0] - b[0];
  let y = a[1] - b[1];
  let z = a[2] - b[2];
  x -= Math.round(x);
  y -= Math.round(y);
  z -= Math.round(z);
  return (
    x * x * metric[0] +
    y * y * metric[4] +
    z * z * metric[8] +
    2 * (x * y * metric[1] + x * z * metric[2] + y * z * metric[5])
  );
}
