import { LammError } from '../errors.js';

/**
 * The length of an axis: a number, or the name of a size known only when the graph runs ('atoms', 'edges',
 * 'structures'), perhaps times a number ('3*atoms').
 */
export type Dim = number | string;

/** Axis lengths, outermost first; a scalar has none. */
export type Shape = readonly Dim[];

export function formatShape(shape: Shape): string {
  return `[${shape.join(' x ')}]`;
}

export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((dim, axis) => dim === b[axis]);
}

/** Throws `graph` with `message` and the shapes unless `condition` holds. */
export function assertShape(condition: boolean, message: string, ...shapes: Shape[]): asserts condition {
  if (condition) return;
  throw new LammError('graph', `${message}; found ${shapes.map(formatShape).join(' and ')}`);
}

/**
 * Shape of an element-wise operation on two tensors: axes are aligned at the end, and an axis of length 1 is repeated.
 *
 * @throws {LammError} `graph` when two lengths differ and neither is 1.
 */
export function broadcastShapes(a: Shape, b: Shape): Shape {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, axis) => {
    const left = a[axis - rank + a.length] ?? 1;
    const right = b[axis - rank + b.length] ?? 1;
    assertShape(left === right || left === 1 || right === 1, 'shapes of an element-wise operation must agree', a, b);
    return left === 1 ? right : left;
  });
}

/** The axis length `factor` x `dim`. */
export function timesDim(factor: number, dim: Dim): Dim {
  const { known, named } = factorsOf(dim);
  const product = factor * known;
  const [name] = named;
  return name === undefined ? product : product === 1 ? name : `${product}*${name}`;
}

/** The number and the names in an axis length: 3 and ['atoms'] in '3*atoms'. */
export function factorsOf(dim: Dim): { readonly known: number; readonly named: readonly string[] } {
  if (typeof dim === 'number') return { known: dim, named: [] };
  const [first, second] = dim.split('*');
  return second === undefined ? { known: 1, named: [first] } : { known: Number(first), named: [second] };
}

/** Throws unless a reshape keeps every element. */
export function assertSameElementCount(from: Shape, to: Shape): void {
  const count = (shape: Shape) => {
    const factors = shape.map(factorsOf);
    const known = factors.reduce((product, factor) => product * factor.known, 1);
    return [known, ...factors.flatMap((factor) => factor.named).sort()];
  };
  assertShape(sameShape(count(from), count(to)), 'a reshape must keep the number of elements', from, to);
}
