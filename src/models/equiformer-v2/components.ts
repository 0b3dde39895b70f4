/** One component of a feature on the sphere: degree l and order m. */
export interface Component {
  readonly degree: number;
  readonly order: number;
}

/** Components of the features of an atom, (L+1)^2 in all: degree after degree, orders -l to l. */
export function atomComponents(maxDegree: number): Component[] {
  return degreesUpTo(maxDegree).flatMap((degree) =>
    Array.from({ length: 2 * degree + 1 }, (_, index) => ({ degree, order: index - degree })),
  );
}

/**
 * Components that features keep in the frame of an edge, |m| <= M: order after order, 0 first, then for each m all
 * degrees of +m and all of -m.  A convolution mixes +m with -m and no others.
 */
export function edgeComponents(maxDegree: number, maxOrder: number): Component[] {
  const ofOrder = (order: number) =>
    degreesUpTo(maxDegree)
      .filter((degree) => degree >= Math.abs(order))
      .map((degree) => ({ degree, order }));
  return [
    ...ofOrder(0),
    ...Array.from({ length: maxOrder }, (_, index) => index + 1).flatMap((m) => [...ofOrder(m), ...ofOrder(-m)]),
  ];
}

/** Place of a component among those of an atom. */
export function atomIndex({ degree, order }: Component): number {
  return degree * degree + degree + order;
}

/** 0, 1 ... `maxDegree`. */
export function degreesUpTo(maxDegree: number): number[] {
  return Array.from({ length: maxDegree + 1 }, (_, degree) => degree);
}
