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
    const gx = gradient[3 * edge];
    const gy = gradient[3 * edge + 1];
    const gz = gradient[3 * edge + 2];
    forces[receiver] += gx;
    forces[receiver + 1] += gy;
    forces[receiver + 2] += gz;
    forces[sender] -= gx;
    forces[sender + 1] -= gy;
    forces[sender + 2] -= gz;
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
    const x = edgeVectors[3 * edge];
    const y = edgeVectors[3 * edge + 1];
    const z = edgeVectors[3 * edge + 2];
    const gx = gradient[3 * edge];
    const gy = gradient[3 * edge + 1];
    const gz = gradient[3 * edge + 2];
    derivatives[place] += x * gx;
    derivatives[place + 1] += y * gy;
    derivatives[place + 2] += z * gz;
    derivatives[place + 3] += (y * gz + z * gy) / 2;
    derivatives[place + 4] += (x * gz + z * gx) / 2;
    derivatives[place + 5] += (x * gy + y * gx) / 2;
  }
}
