import { LammError } from '../../errors.js';
import type { TensorNode } from '../../tensor/node.js';
import { concat, constant, matMul, multiply, reshape } from '../../tensor/operations.js';
import { linear, matMulRows, safeNorm, scaledSilu } from '../layers/layers.js';
import type { WeightSource } from '../parameters.js';
import { partsOfProducts, stressPartCount } from '../stress-parts.js';
import type { PainnConfig } from './config.js';
import { type Features, smoothing, vectorNorms } from './features.js';

/** Where the parameters of the head are. */
const name = 'out_stress';

/**
 * What each atom says of the stress, [atoms x 6 x D], for D heads: the isotropic part from the scalar features, and the
 * five of degree 2 from gated products of two projections of the vector features, so that the stress turns with the
 * structure.
 */
export function stressHead(
  { channels, heads, smooth }: PainnConfig,
  weights: WeightSource,
  { x, v }: Features,
): TensorNode {
  if (v === undefined) throw new LammError('graph', 'a direct stress needs vector features, hence at least one layer');
  const [width, count] = [channels / 2, heads.length];
  const left = matMulRows(v, weights(`${name}.vec1_proj.weight`));
  const right = matMulRows(v, weights(`${name}.vec2_proj.weight`));
  const norms = smooth ? vectorNorms(left, smoothing) : safeNorm(left, 1);
  const hidden = scaledSilu(linear(weights, `${name}.update_net.0`, concat([x, norms], 1)));
  const gated = multiply(left, reshape(linear(weights, `${name}.gates`, hidden), ['atoms', 1, width]));
  const products = multiply(reshape(gated, ['atoms', 3, 1, width]), reshape(right, ['atoms', 1, 3, width]));
  const ofHeads = matMulRows(reshape(products, ['atoms', 9, width]), weights(`${name}.anisotropic.weight`));
  const anisotropic = matMul(reshape(ofHeads, ['atoms', 9 * count]), partsForHeads(count));
  const isotropic = reshape(linear(weights, `${name}.isotropic`, hidden), ['atoms', 1, count]);
  return concat([isotropic, reshape(anisotropic, ['atoms', stressPartCount - 1, count])], 1);
}

/** `partsOfProducts` for each of `count` heads by itself, [9 heads x 5 heads]. */
function partsForHeads(count: number): TensorNode {
  const heads = Array.from({ length: count }, (_, head) => head);
  const rows = partsOfProducts.flatMap((row) =>
    heads.map((head) => row.flatMap((value) => heads.map((other) => (other === head ? value : 0)))),
  );
  return constant(rows.flat(), [9 * count, (stressPartCount - 1) * count]);
}
