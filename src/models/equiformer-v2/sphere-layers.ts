import type { TensorNode } from '../../tensor/node.js';
import {
  add,
  concat,
  constant,
  divide,
  matMul,
  multiply,
  reduceSum,
  reshape,
  slice,
  sqrt,
  subtract,
} from '../../tensor/operations.js';
import { layerNorm, matMulRows } from '../layers/layers.js';
import type { WeightSource } from '../parameters.js';
import { degreesUpTo } from './components.js';
import type { EquiformerV2Config } from './config.js';

/** Added to a mean square before its root. */
const epsilon = 1e-5;

/** The scalars among features, [atoms x F x C] -> [atoms x C]. */
export function scalarsOf(x: TensorNode): TensorNode {
  const [atoms, , channels] = x.shape;
  return reshape(slice(x, 1, 0, 1), [atoms, channels]);
}

/** The components of features, [atoms x F x C] -> F of [atoms x C]. */
export function componentsOf(x: TensorNode): TensorNode[] {
  const [atoms, components, channels] = x.shape;
  return Array.from(
    { length: Number(components) },
    (
      _,
      index, // components are a number
    ) => reshape(slice(x, 1, index, index + 1), [atoms, channels]),
  );
}

/** Features of components, [atoms x C] each. */
export function fromComponents(components: readonly TensorNode[]): TensorNode {
  const [atoms, channels] = components[0].shape;
  return concat(
    components.map((component) => reshape(component, [atoms, 1, channels])),
    1,
  );
}

/** Features with scalars of their own, [atoms x C], before components of higher degree, [atoms x F-1 x C]. */
export function withScalars(scalars: TensorNode, rest: TensorNode): TensorNode {
  const [atoms, channels] = scalars.shape;
  return concat([reshape(scalars, [atoms, 1, channels]), rest], 1);
}

/**
 * Mixes the channels of each degree with a matrix of its own, bias on the scalars alone: [atoms x F x in] -> [atoms x F
 * x out].
 */
export function sphereLinear(weights: WeightSource, name: string, x: TensorNode): TensorNode {
  const maxDegree = Math.sqrt(Number(x.shape[1])) - 1; // components are a number
  const degrees = degreesUpTo(maxDegree).map((degree) => {
    const part = slice(x, 1, degree ** 2, (degree + 1) ** 2);
    const mixed = matMulRows(part, degreeWeight(weights, name, degree));
    return degree === 0 ? add(mixed, weights(`${name}.bias`)) : mixed;
  });
  return concat(degrees, 1);
}

/** The matrix of one degree of `sphereLinear`, [out x in]. */
export function degreeWeight(weights: WeightSource, name: string, degree: number): TensorNode {
  const weight = weights(`${name}.weight`, [degree, degree + 1]);
  return reshape(weight, weight.shape.slice(1));
}

/**
 * Scales features so that their mean square is 1, [atoms x F x C], by one number an atom, or one for each degree.
 *
 * - `rms_norm_sh`: one number for all degrees; from the scalars their mean over channels is subtracted before.
 * - `layer_norm_sh`: a layer norm of the scalars; one number for all higher degrees.
 * - `layer_norm`: one number for each degree; from the scalars their mean over channels is subtracted before.
 *
 * @see Liao et al., arXiv 2306.12059 (EquiformerV2), section 4.3.
 */
export function sphereNorm(
  weights: WeightSource,
  name: string,
  x: TensorNode,
  type: EquiformerV2Config['norm'],
): TensorNode {
  const maxDegree = Math.sqrt(Number(x.shape[1])) - 1; // components are a number
  if (type === 'layer_norm_sh') {
    const scalars = layerNorm(weights, `${name}.norm_l0`, scalarsOf(x));
    if (maxDegree === 0) return withoutDegrees(scalars);
    const rest = slice(x, 1, 1, (maxDegree + 1) ** 2);
    const degrees = degreesUpTo(maxDegree).slice(1);
    const scaled = scaledTogether(rest, degrees, weights(`${name}.affine_weight`));
    return withScalars(scalars, scaled);
  }
  const centred = centredScalars(x);
  const degrees = degreesUpTo(maxDegree);
  const affine = weights(`${name}.affine_weight`);
  const scaled =
    type === 'rms_norm_sh' ? scaledTogether(centred, degrees, affine) : scaledEach(centred, degrees, affine);
  const shifted = add(scalarsOf(scaled), weights(`${name}.affine_bias`));
  return maxDegree === 0 ? withoutDegrees(shifted) : withScalars(shifted, slice(scaled, 1, 1, (maxDegree + 1) ** 2));
}

function withoutDegrees(scalars: TensorNode): TensorNode {
  const [atoms, channels] = scalars.shape;
  return reshape(scalars, [atoms, 1, channels]);
}

function centredScalars(x: TensorNode): TensorNode {
  const [atoms, components, channels] = x.shape;
  const scalars = slice(x, 1, 0, 1);
  const mean = multiply(reduceSum(scalars, [2], { keepAxes: true }), 1 / Number(channels)); // channels are a number
  const centred = reshape(subtract(scalars, mean), [atoms, channels]);
  return components === 1 ? withoutDegrees(centred) : withScalars(centred, slice(x, 1, 1, Number(components)));
}

/** One number an atom: the root of the mean over channels of the weighted sum of squares. */
function scaledTogether(x: TensorNode, degrees: readonly number[], affine: TensorNode): TensorNode {
  const channels = Number(x.shape[2]); // channels are a number
  const balance = degrees.flatMap((degree) => repeated(balanceWeight(degree, degrees.length), 2 * degree + 1));
  const squares = multiply(multiply(x, x), constant(balance, [balance.length, 1]));
  const meanSquare = multiply(reduceSum(squares, [1, 2], { keepAxes: true }), 1 / channels);
  return multiply(divide(x, sqrt(add(meanSquare, epsilon))), perComponent(affine, degrees));
}

/** A share of one degree's component in the mean square; single precision, as checkpoints store it. */
function balanceWeight(degree: number, degreeCount: number): number {
  return Math.fround(1 / (2 * degree + 1) / degreeCount);
}

/** One number for each degree. */
function scaledEach(x: TensorNode, degrees: readonly number[], affine: TensorNode): TensorNode {
  const channels = Number(x.shape[2]); // channels are a number
  const parts = degrees.map((degree) => {
    const part = slice(x, 1, degree ** 2, (degree + 1) ** 2);
    const meanSquare = multiply(
      reduceSum(multiply(part, part), [1, 2], { keepAxes: true }),
      1 / (channels * (2 * degree + 1)),
    );
    return divide(part, sqrt(add(meanSquare, epsilon)));
  });
  return multiply(concat(parts, 1), perComponent(affine, degrees));
}

/** Rows of a table, one a degree, repeated for every component of the degree: [L x C] -> [F x C]. */
function perComponent(table: TensorNode, degrees: readonly number[]): TensorNode {
  const components = degrees.flatMap((degree, row) => repeated(row, 2 * degree + 1));
  const choice = components.flatMap((row) => degrees.map((_, column) => (column === row ? 1 : 0)));
  return matMul(constant(choice, [components.length, degrees.length]), table);
}

/** The rows of a table of elements for atomic numbers 1, 2 ...; row 0 is unused. */
export function elementTable(weights: WeightSource, name: string, elementCount: number): TensorNode {
  return weights(name, [1, elementCount + 1]);
}

function repeated(value: number, count: number): number[] {
  return Array.from({ length: count }, () => value);
}
