import { factorsOf, type Shape } from '../tensor/shape.js';
import type { TensorData } from './session.js';

/** Named sizes of a graph, such as the number of atoms. */
export type Sizes = ReadonlyMap<string, number>;

/** Reads the named sizes off what is fed to `inputs`; inputs that nothing is fed to are left out. */
export function readSizes(
  inputs: readonly { readonly name: string; readonly shape: Shape }[],
  feeds: Readonly<Record<string, TensorData>>,
): Map<string, number> {
  const sizes = new Map<string, number>();
  for (const { name, shape } of inputs) {
    const feed = feeds[name];
    if (feed === undefined) continue;
    shape.forEach((dim, axis) => {
      const { known, named } = factorsOf(dim);
      if (named.length === 1) sizes.set(named[0], feed.shape[axis] / known);
    });
  }
  return sizes;
}

/** A shape in numbers; NaN where a size is not known. */
export function shapeInNumbers(shape: Shape, sizes: Sizes): number[] {
  return shape.map((dim) => {
    const { known, named } = factorsOf(dim);
    return named.length === 0 ? known : known * (sizes.get(named[0]) ?? Number.NaN);
  });
}
