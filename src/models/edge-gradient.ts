import type { AtomicGraph } from './atomic-graph.js';

/**
 * Adds to `forces`, [N x 3], those that follow from `gradient`, the derivative of an energy by each edge vector, [E x
 * 3].
 *
 * F = -dE/dx: an edge vector runs from receiver to sender, so its derivative pulls the receiver and pushes the sender.
 */
export function addEdgeForces(
  forces: Float64Array,
  { edgeCount, senders, receivers }: AtomicGraph,
  gradient: ArrayLike<number>,
): void {
  for (let edge = 0; edge < edgeCount; edge++) {
    const receiver = 3 * receivers[edge];
    const sender = 3 * senders[edge];
    for (let axis = 0; axis < 3; axis++) {
      forces[receiver + axis] += gradient[3 * edge + axis];
      forces[sender + axis] -= gradient[3 * edge + axis];
    }
  }
}

/**
 * Adds to `derivatives`, [G x 6], those of the energy of each structure by strain: the symmetrised sum of edge vector
 * times derivative, in Voigt order.  `gradient` is the derivative of the energy by each edge vector, [E x 3].
 */
export function addStrainDerivatives(
  derivatives: Float64Array,
  { edgeCount, receivers, structureOf, edgeVectors }: AtomicGraph,
  gradient: ArrayLike<number>,
): void {
  for (let edge = 0; edge < edgeCount; edge++) {
    const place = 6 * structureOf[receivers[edge]];
    const [x, y, z] = [edgeVectors[3 * edge], edgeVectors[3 * edge + 1], edgeVectors[3 * edge + 2]];
    const [gx, gy, gz] = [gradient[3 * edge], gradient[3 * edge + 1], gradient[3 * edge + 2]];
    derivatives[place] += x * gx;
    derivatives[place + 1] += y * gy;
    derivatives[place + 2] += z * gz;
    derivatives[place + 3] += (y * gz + z * gy) / 2;
    derivatives[place + 4] += (x * gz + z * gx) / 2;
    derivatives[place + 5] += (x * gy + y * gx) / 2;
  }
}
