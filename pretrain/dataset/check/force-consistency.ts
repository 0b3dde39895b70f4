import { inverse3 } from '../../../src/linalg/matrix3.js';
import { completeCell, multiplyRows } from '../../../src/structure/cell.js';
import type { Structure } from '../../../src/structure/structure.js';
import type { Sample } from '../sample/sample.js';

/** How well the forces of a set explain the differences of its energies. */
export interface ForceConsistency {
  /** Pairs of frames that were compared. */
  readonly pairs: number;
  /** Share of the pairs whose energy changes as the forces say: 1 when they are -dE/dx, 0 when they are gradients. */
  readonly agreement: number;
  /** Median of the energy difference by -F dx: 1 when both have the same unit. */
  readonly slope: number;
}

interface LabelledFrame {
  readonly structure: Structure;
  readonly energy: number;
  readonly forces: Float64Array;
}

/** Frames of the same atoms and cell that are compared with one another; more would not say more. */
const maxGroupSize = 60;
/** Atoms of all frames that are held to be compared; the rest of a larger set is taken to be like them. */
const maxAtoms = 2_000_000;
/** Root mean square displacement in A up to which the trapezoid rule says something about the energy. */
const maxDistance = 0.3;

/**
 * Compares, for pairs of close frames of the same atoms and cell, the energy difference with the work of the mean
 * force, E_b - E_a = -(F_a + F_b)/2 (x_b - x_a); exact for a quadratic energy.
 *
 * @returns `undefined` when there are no such pairs.
 */
export function measureForceConsistency(samples: Iterable<Sample>): ForceConsistency | undefined {
  const gauge = createForceGauge();
  for (const sample of samples) gauge.add(sample);
  return gauge.measure();
}

/** Compares energies with forces as `measureForceConsistency` does, for samples that come one by one. */
export function createForceGauge() {
  const groups = new Map<string, LabelledFrame[]>();
  let atoms = 0;

  function add({ structure, energy, forces }: Sample): void {
    if (energy === undefined || forces === undefined || atoms >= maxAtoms) return;
    const { numbers, cell, pbc } = structure;
    const key = `${numbers} ${pbc} ${Array.from(cell, (value) => value.toFixed(6))}`;
    const frames = groups.get(key) ?? [];
    groups.set(key, frames);
    if (frames.length >= maxGroupSize) return;
    frames.push({ structure, energy, forces });
    atoms += numbers.length;
  }

  return { add, measure: () => compareFrames(groups.values()) };
}

/** Compares the frames of each group; those of a group have the same atoms and cell. */
function compareFrames(groups: Iterable<readonly LabelledFrame[]>): ForceConsistency | undefined {
  const slopes: number[] = [];
  for (const frames of groups) {
    for (const { first, second, displacements } of closePairs(frames)) {
      const work = workBetween(first, second, displacements);
      if (work !== 0) slopes.push((second.energy - first.energy) / work);
    }
  }
  if (slopes.length === 0) return undefined;
  slopes.sort((a, b) => a - b);
  return {
    pairs: slopes.length,
    agreement: slopes.filter((slope) => slope > 0).length / slopes.length,
    slope: slopes[Math.floor(slopes.length / 2)],
  };
}

interface Pair {
  readonly first: LabelledFrame;
  readonly second: LabelledFrame;
  /** Of the second from the first, A, [N x 3]. */
  readonly displacements: Float64Array;
}

/** Each frame with the nearest of those behind it, where that is near enough and not the same. */
function* closePairs(frames: readonly LabelledFrame[]): Generator<Pair> {
  for (const [index, first] of frames.entries()) {
    let nearest: Pair | undefined;
    let shortest = maxDistance;
    for (const second of frames.slice(index + 1)) {
      const displacements = displacementsBetween(first.structure, second.structure);
      const distance = rootMeanSquare(displacements);
      if (distance < 1e-6 || distance >= shortest) continue;
      shortest = distance;
      nearest = { first, second, displacements };
    }
    if (nearest !== undefined) yield nearest;
  }
}

/** The way of each atom to its nearest image; atoms may have been wrapped into the cell in between. */
function displacementsBetween({ positions, cell, pbc }: Structure, other: Structure): Float64Array {
  const direct = positions.map((value, index) => other.positions[index] - value);
  if (!pbc.includes(true)) return direct;
  const full = completeCell(cell);
  const fractional = multiplyRows(direct, inverse3(full));
  const nearest = fractional.map((value, index) => (pbc[index % 3] ? value - Math.round(value) : value));
  return multiplyRows(nearest, full);
}

function rootMeanSquare(displacements: Float64Array): number {
  return Math.sqrt((3 * displacements.reduce((sum, value) => sum + value ** 2, 0)) / displacements.length);
}

function workBetween(first: LabelledFrame, second: LabelledFrame, displacements: Float64Array): number {
  return displacements.reduce(
    (sum, value, index) => sum - 0.5 * (first.forces[index] + second.forces[index]) * value,
    0,
  );
}
