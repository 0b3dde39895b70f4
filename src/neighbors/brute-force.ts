import { inverse3 } from '../linalg/matrix3.js';
import { completeCell } from '../structure/cell.js';
import type { AtomicSystem } from '../structure/structure.js';
import type { NeighborList } from './neighbor-list.js';

/**
 * The same list as `neighborList`, found by trying every pair of atoms in every image: quadratic, a few lines, the oracle for the fast one.
 */
export function bruteForceNeighborList({ positions, cell, pbc }: AtomicSystem, cutoff: number): NeighborList {
  const atomCount = positions.length / 3;
  const bounds = imageBounds({ positions, cell, pbc }, cutoff);
  const [senders, receivers, shifts, vectors, distances]: number[][] = [[], [], [], [], []];
  for (let receiver = 0; receiver < atomCount; receiver++) {
    for (let sender = 0; sender < atomCount; sender++) {
      for (const shift of gridPoints(bounds)) {
        if (sender === receiver && shift.every((component) => component === 0)) continue;
        const vector = [0, 1, 2].map(
          (axis) =>
            positions[3 * sender + axis] -
            positions[3 * receiver + axis] +
            (shift[0] * cell[axis] + shift[1] * cell[3 + axis] + shift[2] * cell[6 + axis]),
        );
        const distance = Math.sqrt(vector[0] * vector[0] + vector[1] * vector[1] + vector[2] * vector[2]);
        if (!(distance < cutoff)) continue;
        senders.push(sender);
        receivers.push(receiver);
        shifts.push(...shift);
        vectors.push(...vector);
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

/** The largest |S| along each periodic direction for which any two atoms can be closer than the cutoff. */
function imageBounds({ positions, cell, pbc }: Omit<AtomicSystem, 'numbers'>, cutoff: number): number[] {
  const inverse = inverse3(completeCell(cell));
  return [0, 1, 2].map((axis) => {
    if (!pbc[axis]) return 0;
    const column = [inverse[axis], inverse[3 + axis], inverse[6 + axis]];
    let least = 0;
    let greatest = 0;
    for (let start = 0; start < positions.length; start += 3) {
      const fractional = positions[start] * column[0] + positions[start + 1] * column[1] + positions[start + 2] * column[2];
      least = Math.min(least, fractional);
      greatest = Math.max(greatest, fractional);
    }
    return Math.ceil(cutoff * Math.hypot(...column) + greatest - least);
  });
}

function* gridPoints([boundX, boundY, boundZ]: readonly number[]): Generator<[number, number, number]> {
  for (let x = -boundX; x <= boundX; x++) {
    for (let y = -boundY; y <= boundY; y++) {
      for (let z = -boundZ; z <= boundZ; z++) yield [x, y, z];
    }
  }
}
