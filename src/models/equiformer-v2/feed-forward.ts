import type { TensorNode } from '../../tensor/node.js';
import { add, matMul, silu } from '../../tensor/operations.js';
import { linear } from '../layers/layers.js';
import type { WeightSource } from '../parameters.js';
import type { EquiformerV2Config } from './config.js';
import { onGrid, separableActivation } from './sphere-activation.js';
import type { SphereGrid } from './sphere-grid.js';
import { componentsOf, degreeWeight, fromComponents, scalarsOf, sphereLinear } from './sphere-layers.js';

/** A feed-forward layer and its parameters. */
export interface FeedForward {
  readonly config: EquiformerV2Config;
  readonly weights: WeightSource;
  readonly name: string;
}

/**
 * Feed-forward layer of each atom, [atoms x F x C] -> [atoms x F x C]; channels are mixed at points of the sphere with
 * `gridMlp`, otherwise only activated there.
 *
 * @see Liao et al., arXiv 2306.12059 (EquiformerV2), figure 1 (d).
 */
export function feedForward({ config, weights, name }: FeedForward, x: TensorNode, grid: SphereGrid): TensorNode {
  const hidden = componentsOf(sphereLinear(weights, `${name}.so3_linear_1`, x));
  const scalars = scalarsOf(x);
  const activated = config.gridMlp
    ? [hiddenScalars({ config, weights, name }, scalars), ...onGrid(hidden, grid, gridMlp(weights, name))]
    : separableActivation(hidden, linear(weights, `${name}.gating_linear`, scalars), grid);
  return sphereLinear(weights, `${name}.so3_linear_2`, fromComponents(activated));
}

/**
 * The scalars that a feed-forward layer gives, all that is read of an energy head, [atoms x outputs], and the hidden
 * scalars that they are a linear map of, [atoms x hidden].
 */
export function feedForwardScalars(
  layer: FeedForward,
  x: TensorNode,
): { readonly outputs: TensorNode; readonly hidden: TensorNode } {
  const { weights, name } = layer;
  const matrix = degreeWeight(weights, `${name}.so3_linear_2`, 0);
  const hidden = hiddenScalars(layer, scalarsOf(x));
  const outputs = add(matMul(hidden, matrix, { transposeB: true }), weights(`${name}.so3_linear_2.bias`));
  return { outputs, hidden };
}

/** Scalars between the two linear maps, which depend on the scalars of the input alone. */
function hiddenScalars({ config, weights, name }: FeedForward, scalars: TensorNode): TensorNode {
  return silu(linear(weights, `${name}.${config.gridMlp ? 'scalar_mlp.0' : 'gating_linear'}`, scalars));
}

/** Three maps over the channels of each point, [points x C] -> [points x C]. */
function gridMlp(weights: WeightSource, name: string): (values: TensorNode) => TensorNode {
  const layer = (index: number, x: TensorNode) =>
    matMul(x, weights(`${name}.grid_mlp.${index}.weight`), { transposeB: true });
  return (values) => layer(4, silu(layer(2, silu(layer(0, values)))));
}
