/** What writes nodes of an ONNX graph. */
export interface Emitter {
  emit(operator: string, operands: readonly string[]): string;
  /** A real number as a constant without axes. */
  scalar(value: number): string;
}

// pi in parts; the first two have 9 bits, so that their products with the whole numbers that occur are exact in single
// precision.
const upperParts = [201 / 2 ** 6, 507 / 2 ** 19];
const piParts = [...upperParts, upperParts.reduce((rest, part) => rest - part, Math.PI)];
/** (-1)^k / (2k + 1)!, highest first: Taylor's series of sin(r) / r, good to 6e-8 for |r| <= pi/2. */
const series = [-1 / 39916800, 1 / 362880, -1 / 5040, 1 / 120, -1 / 6, 1];

/**
 * Writes sin(x) or cos(x) as sums and products, to about 1e-6 up to |x| = 1000 in single precision.
 *
 * Graphics devices may be off by 5e-4 in functions of their own, which is a meV in the energy of an atom.
 */
export function emitSine(x: string, kind: 'sin' | 'cos', { emit, scalar }: Emitter): string {
  // sin(x) = (-1)^q sin(x - q pi) and cos(x) = (-1)^q sin(x - (q - 1/2) pi), with the q that leaves the least.
  const turns = emit('Mul', [x, scalar(1 / Math.PI)]);
  const q = emit('Floor', [emit('Add', [turns, scalar(kind === 'sin' ? 0.5 : 1)])]);
  const halfTurns = kind === 'sin' ? q : emit('Sub', [q, scalar(0.5)]);
  const rest = piParts.reduce((left, part) => emit('Sub', [left, emit('Mul', [halfTurns, scalar(part)])]), x);
  const square = emit('Mul', [rest, rest]);
  const [first, ...others] = series.map((factor) => scalar(factor));
  const sum = others.reduce((value, term) => emit('Add', [emit('Mul', [value, square]), term]), first);
  // (-1)^q = 1 - 2 (q - 2 floor(q / 2))
  const even = emit('Mul', [emit('Floor', [emit('Mul', [q, scalar(0.5)])]), scalar(2)]);
  const sign = emit('Sub', [scalar(1), emit('Mul', [emit('Sub', [q, even]), scalar(2)])]);
  return emit('Mul', [emit('Mul', [sum, rest]), sign]);
}
