import type { TensorNode } from '../../tensor/node.js';
import { concat, constant, matMul, reshape, silu, slice } from '../../tensor/operations.js';
import { timesDim } from '../../tensor/shape.js';
import type { SphereGrid } from './sphere-grid.js';

/**
 * Activation of features at points of the sphere, K components of [rows x C]; the first, their scalars, become those of
 * `gates`, [rows x C].
 *
 * @see Liao et al., arXiv 2306.12059 (EquiformerV2), section 4.2, separable S2 activation.
 */
export function separableActivation(x: readonly TensorNode[], gates: TensorNode, grid: SphereGrid): TensorNode[] {
  return [silu(gates), ...onGrid(x, grid, silu)];
}

/**
 * Maps features, K components of [rows x C], to points of the sphere, applies `change` to the channels there, [n x C]
 * -> [n x C], and maps back: to all components but the first, the scalars.
 */
export function onGrid(
  x: readonly TensorNode[],
  grid: SphereGrid,
  change: (values: TensorNode) => TensorNode,
): TensorNode[] {
  const [rows, channels] = x[0].shape;
  const [count, points] = [x.length, grid.pointCount];
  const width = timesDim(Number(channels), rows); // channels are a number
  const flat = concat(
    x.map((component) => reshape(component, [1, width])),
    0,
  );
  const values = matMul(constant(grid.toGrid, [points, count]), flat);
  const changed = change(reshape(values, [timesDim(points, rows), channels]));
  const back = matMul(withoutScalars(grid, count), reshape(changed, [points, width]));
  return x.slice(1).map((_, index) => reshape(slice(back, 0, index, index + 1), [rows, channels]));
}

/** From values to all components but the scalar, [K-1 x P]. */
function withoutScalars({ fromGrid, pointCount }: SphereGrid, count: number): TensorNode {
  return constant(fromGrid.subarray(pointCount), [count - 1, pointCount]);
}
