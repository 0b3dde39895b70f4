/** Points in a space of many dimensions, row-major. */
export interface PointSet {
  /** [rows x width]. */
  readonly values: Float64Array;
  readonly rows: number;
}

/** Puts vectors of one length below each other. */
export function pointSet(vectors: readonly ArrayLike<number>[]): PointSet {
  const width = vectors.at(0)?.length ?? 0;
  const values = new Float64Array(vectors.length * width);
  for (const [row, vector] of vectors.entries()) values.set(vector, row * width);
  return { values, rows: vectors.length };
}

/** Squares of the Euclidean distances from point `from` to every point, written into `into`, [rows]. */
export function squaredDistances({ values, rows }: PointSet, from: number, into: Float64Array): Float64Array {
  const width = values.length / rows;
  for (let row = 0; row < rows; row++) {
    let sum = 0;
    for (let i = 0; i < width; i++) sum += (values[row * width + i] - values[from * width + i]) ** 2;
    into[row] = sum;
  }
  return into;
}

export interface Neighbors {
  readonly indices: number[][];
  readonly distances: number[][];
}

/** The `count` nearest points of each point, itself first, near to far. */
export function nearestPoints(points: PointSet, count: number): Neighbors {
  const squares = new Float64Array(points.rows);
  const indices = Array.from({ length: points.rows }, (_, row) => {
    squaredDistances(points, row, squares);
    squares[row] = -1; // itself before any point in the same place
    const order = Uint32Array.from(squares.keys()).sort((a, b) => squares[a] - squares[b] || a - b);
    return Array.from(order.subarray(0, count));
  });
  const distances = indices.map((near, row) => {
    squaredDistances(points, row, squares);
    return near.map((other) => Math.sqrt(squares[other]));
  });
  return { indices, distances };
}
