import type { TensorNode } from '../../tensor/node.js';
import { add, less, multiply, where } from '../../tensor/operations.js';

/**
 * Polynomial that falls from 1 to 0 at the cutoff, together with its first two derivatives; 0 beyond.
 *
 * Shape: `scaled` is distance / cutoff, any shape; the result has the same.
 *
 * @see Gasteiger et al., ICLR 2020, eq. 8, with p = `exponent`.
 */
export function polynomialEnvelope(scaled: TensorNode, exponent: number): TensorNode {
  const p = exponent;
  const inner = add(multiply(scaled, add(multiply(scaled, (-p * (p + 1)) / 2), p * (p + 2))), (-(p + 1) * (p + 2)) / 2);
  return where(less(scaled, 1), add(multiply(power(scaled, p), inner), 1), 0);
}

/** x^n for a whole number n by repeated squaring. */
function power(x: TensorNode, exponent: number): TensorNode {
  if (exponent === 1) return x;
  const half = power(x, Math.floor(exponent / 2));
  const square = multiply(half, half);
  return exponent % 2 === 0 ? square : multiply(square, x);
}
