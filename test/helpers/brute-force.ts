import { inverse3, rowTimesMatrix3 } from '../../src/linalg/matrix3.js';
import type { NeighborList } from '../../src/neighbors/neighbor-list.js';
import { periodicCell } from '../../src/neighbors/periodic-cell.js';
import type { AtomicSystem } from '../../src/structure/structure.js';

/**
 * The same list as `neighborList`, found by trying every pair of atoms in every image: quadratic, a few lines, the
 * oracle for the fast one.
 */
export function bruteForceNeighborList({ positions, cell, pbc }: AtomicSystem, cutoff: number): NeighborList {
  const atomCount = positions.length / 3;
  const inverse = inverse3(periodicCell({ cell, pbc }));
  const [senders, receivers, shifts, vectors, distances]: number[][] = [[], [], [], [], []];
  for (let receiver = 0; receiver < atomCount; receiver++) {
    for (let sender = 0; sender < atomCount; sender++) {
      const difference = [0, 1, 2].map((axis) => positions[3 * sender + axis] - positions[3 * receiver + axis]);
      for (const shift of nearImages(rowTimesMatrix3(difference, inverse), { inverse, pbc, cutoff })) {
        if (sender === receiver && shift.every((component) => component === 0)) continue;
        const [x, y, z] = difference.map(
          (component, axis) =>
            component + (shift[0] * cell[axis] + shift[1] * cell[3 + axis] + shift[2] * cell[6 + axis]),
        );
        const distance = Math.sqrt(x * x + y * y + z * z);
        if (!(distance < cutoff)) continue;
        senders.push(sender);
        receivers.push(receiver);
        shifts.push(...shift);
        vectors.push(x, y, z);
        distances.push(distance);
      }
    }
  }
  return {
    edgeCount: distances.length,
    senders: Int32Array.from(senders),
    receivers: Int32Array.from(receivers),
    shifts: Int32Array.from(shifts),
    edgeVectors: Float64Array.from(vectors),
    distances: Float64Array.from(distances),
  };
}

interface Lattice {
  readonly inverse: Float64Array;
  readonly pbc: readonly boolean[];
  readonly cutoff: number;
}

/**
 * All S for which a vector of the given fractional coordinates, moved by S, can be shorter than the cutoff; ascending.
 */
function* nearImages(fractional: ArrayLike<number>, { inverse, pbc, cutoff }: Lattice): Generator<number[]> {
  const [x, y, z] = [0, 1, 2].map((axis) => {
    if (!pbc[axis]) return [0];
    const reach = cutoff * Math.hypot(inverse[axis], inverse[3 + axis], inverse[6 + axis]);
    const first = Math.floor(-fractional[axis] - reach);
    const last = Math.ceil(-fractional[axis] + reach);
    return Array.from({ length: last - first + 1 }, (_, index) => first + index);
  });
  for (const shiftX of x) {
    for (const shiftY of y) {
      for (const shiftZ of z) yield [shiftX, shiftY, shiftZ];
    }
  }
}
