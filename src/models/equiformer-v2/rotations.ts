import type { TensorNode } from '../../tensor/node.js';
import { concat, constant, filled, matMul, multiply, reshape } from '../../tensor/operations.js';
import { atomComponents, atomIndex, edgeComponents } from './components.js';
import { coupling } from './coupling.js';
import { orderLoss } from './sphere-grid.js';

/** Rotations of features between space and the frames of edges; F components of an atom, R of an edge. */
export interface EdgeRotations {
  /** From space into the frame of an edge, [edges x R x F]. */
  readonly toEdge: TensorNode;
  /**
   * `toEdge` with rows scaled to make up for lost orders; its transpose leads from the frame of an edge back to space.
   */
  readonly fromEdge: TensorNode;
}

/**
 * Rotations of real harmonics (Wigner matrices) in the frames of edges, [edges x 3 x 3], as polynomials of the frames,
 * which can be differentiated everywhere: degree l is coupled from degree l-1 and the frame itself, which is degree 1.
 *
 * Only rows that are needed are computed: orders |m| <= M, and for lower degrees those that they are coupled from.
 *
 * @see Passaro and Zitnick, ICML 2023, arXiv 2302.03655, for what they serve.
 */
export function edgeRotations(frames: TensorNode, maxDegree: number, maxOrder: number): EdgeRotations {
  const [edges] = frames.shape;
  const degrees = [degreeRows(0, maxDegree, maxOrder)];
  const blocks = [filled(1, [edges, 1])];
  for (let degree = 1; degree <= maxDegree; degree++) {
    const rows = degreeRows(degree, maxDegree, maxOrder);
    blocks.push(
      degree === 1 ? reshape(frames, [edges, 9]) : coupled(frames, blocks[degree - 1], [degrees[degree - 1], rows]),
    );
    degrees.push(rows);
  }
  const { matrix, rowScales } = placement(degrees, maxDegree, maxOrder);
  const [rowCount, columnCount] = [rowScales.length, (maxDegree + 1) ** 2];
  const toEdge = reshape(matMul(concat(blocks, 1), matrix), [edges, rowCount, columnCount]);
  const isScaled = rowScales.some((scale) => scale !== 1);
  const fromEdge = isScaled ? multiply(toEdge, constant(rowScales, [rowCount, 1])) : toEdge;
  return { toEdge, fromEdge };
}

/** The rows of the rotation of one degree that are computed. */
interface DegreeRows {
  readonly degree: number;
  readonly orders: readonly number[];
}

function degreeRows(degree: number, maxDegree: number, maxOrder: number): DegreeRows {
  const limit = degree === 1 ? 1 : Math.min(degree, maxOrder + maxDegree - degree);
  return { degree, orders: Array.from({ length: 2 * limit + 1 }, (_, index) => index - limit) };
}

/**
 * D_l[i, j] = sum over a, b, c, d of C[i; a, b] C[j; c, d] D_(l-1)[a, c] R[b, d], flattened to [edges x rows columns].
 */
function coupled(
  frames: TensorNode,
  before: TensorNode,
  [lower, upper]: readonly [lower: DegreeRows, upper: DegreeRows],
): TensorNode {
  const map = coupling(upper.degree);
  const [columns, inner] = [2 * upper.degree + 1, 2 * lower.degree + 1];
  const term = (row: number, a: number, axis: number) => map[3 * (row * inner + a) + axis];
  const width = upper.orders.length * columns;
  const matrix = new Float64Array(lower.orders.length * inner * 9 * width);
  let cell = 0;
  for (const a of lower.orders) {
    for (let c = 0; c < inner; c++) {
      for (let bd = 0; bd < 9; bd++) {
        for (const i of upper.orders) {
          const left = term(i + upper.degree, a + lower.degree, Math.floor(bd / 3));
          for (let j = 0; j < columns; j++) matrix[cell++] = left === 0 ? 0 : left * term(j, c, bd % 3);
        }
      }
    }
  }
  const [edges, size] = before.shape;
  const products = multiply(reshape(before, [edges, size, 1]), reshape(frames, [edges, 1, 9]));
  const flat = 9 * Number(size); // rows and columns of a degree are numbers
  return matMul(reshape(products, [edges, flat]), constant(matrix, [flat, width]));
}

/**
 * Ones that put the rows of all degrees, one after another, to their places in [R x F], and the scale of each row on
 * the way back.
 */
function placement(
  degrees: readonly DegreeRows[],
  maxDegree: number,
  maxOrder: number,
): { readonly matrix: TensorNode; readonly rowScales: number[] } {
  const components = edgeComponents(maxDegree, maxOrder);
  const columnCount = atomComponents(maxDegree).length;
  const width = components.length * columnCount;
  const offsets: number[] = [];
  let total = 0;
  for (const { degree, orders } of degrees) {
    offsets.push(total);
    total += orders.length * (2 * degree + 1);
  }
  const matrix = new Float64Array(total * width);
  for (const [row, { degree, order }] of components.entries()) {
    const start = offsets[degree] + degrees[degree].orders.indexOf(order) * (2 * degree + 1);
    const first = atomIndex({ degree, order: -degree });
    for (let j = 0; j <= 2 * degree; j++) matrix[(start + j) * width + row * columnCount + first + j] = 1;
  }
  return {
    matrix: constant(matrix, [total, width]),
    rowScales: components.map(({ degree }) => orderLoss(degree, maxOrder)),
  };
}
