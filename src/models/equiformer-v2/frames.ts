import type { TensorNode } from '../../tensor/node.js';
import {
  abs,
  concat,
  constant,
  divide,
  less,
  multiply,
  reduceSum,
  reshape,
  slice,
  sqrt,
  subtract,
  where,
} from '../../tensor/operations.js';

/** Lengths and unit vectors of edges, [edges x 1] and [edges x 3]. */
export interface EdgeDirections {
  readonly distances: TensorNode;
  readonly directions: TensorNode;
}

export function edgeDirections(edgeVectors: TensorNode): EdgeDirections {
  const distances = norm(edgeVectors);
  return { distances, directions: divide(edgeVectors, distances) };
}

/**
 * Rotations that turn edges onto the y axis, [edges x 3 x 3]: the rows are the new axes x, y, z.
 *
 * The new x axis is the part of `axes`, [edges x 3], across the edge; how it lies about the edge does not matter where
 * grids are fine.
 */
export function edgeFrames(directions: TensorNode, axes: TensorNode = axesAcross(directions)): TensorNode {
  const along = reduceSum(multiply(axes, directions), [1], { keepAxes: true });
  const across = subtract(axes, multiply(directions, along));
  const first = divide(across, norm(across));
  const rows = [first, directions, cross(first, directions)];
  const [edges] = directions.shape;
  return concat(
    rows.map((row) => reshape(row, [edges, 1, 3])),
    1,
  );
}

/** An axis of space that is far from parallel to each edge: z, or x for edges along z. */
function axesAcross(directions: TensorNode): TensorNode {
  const height = abs(slice(directions, 1, 2, 3));
  return where(less(height, 0.75), constant([0, 0, 1], [1, 3]), constant([1, 0, 0], [1, 3]));
}

function norm(vectors: TensorNode): TensorNode {
  return sqrt(reduceSum(multiply(vectors, vectors), [1], { keepAxes: true }));
}

function cross(a: TensorNode, b: TensorNode): TensorNode {
  const of = (vectors: TensorNode, axis: number) => slice(vectors, 1, axis % 3, (axis % 3) + 1);
  return concat(
    [0, 1, 2].map((axis) =>
      subtract(multiply(of(a, axis + 1), of(b, axis + 2)), multiply(of(a, axis + 2), of(b, axis + 1))),
    ),
    1,
  );
}
