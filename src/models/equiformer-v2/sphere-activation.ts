import type { TensorNode } from '../../tensor/node.js';
import { constant, matMul, reshape, silu, transpose } from '../../tensor/operations.js';
import { timesDim } from '../../tensor/shape.js';
import type { SphereGrid } from './sphere-grid.js';
import { withScalars } from './sphere-layers.js';

/**
 * Activation of features at points of the sphere, [rows x K x C]; their scalars become those of `gates`, [rows x C].
 *
 * @see Liao et al., arXiv 2306.12059 (EquiformerV2), section 4.2, separable S2 activation.
 */
export function separableActivation(x: TensorNode, gates: TensorNode, grid: SphereGrid): TensorNode {
  return withScalars(silu(gates), onGrid(x, grid, silu));
}

/**
 * Maps features to points of the sphere, applies `change` to the channels there, [n x C] -> [n x C], and maps back:
 * [rows x K x C] -> [rows x K-1 x C], without the scalars, which come first among components.
 */
export function onGrid(x: TensorNode, grid: SphereGrid, change: (values: TensorNode) => TensorNode): TensorNode {
  const [rows, components, channels] = x.shape;
  const [count, points] = [Number(components), grid.pointCount]; // components are a number
  const width = timesDim(Number(channels), rows); // channels are a number
  const flat = reshape(transpose(x, [1, 0, 2]), [count, width]);
  const values = matMul(constant(grid.toGrid, [points, count]), flat);
  const changed = change(reshape(values, [timesDim(points, rows), channels]));
  const back = matMul(withoutScalars(grid, count), reshape(changed, [points, width]));
  return transpose(reshape(back, [count - 1, rows, channels]), [1, 0, 2]);
}

/** From values to all components but the scalar, [K-1 x P]. */
function withoutScalars({ fromGrid, pointCount }: SphereGrid, count: number): TensorNode {
  return constant(fromGrid.subarray(pointCount), [count - 1, pointCount]);
}
