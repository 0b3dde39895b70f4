import { countOf } from '../../../src/count-of.js';
import { inverse3, multiply3 } from '../../../src/linalg/matrix3.js';
import { cellVolume, hasVolume, multiplyRows } from '../../../src/structure/cell.js';
import type { Structure } from '../../../src/structure/structure.js';
import { GPa } from '../../../src/units.js';
import { describeOrigin, type Sample, type SampleOrigin } from '../sample/sample.js';

/** How well the stresses of a set explain the energies of its strained cells. */
export interface StressConsistency {
  /** Pairs of frames that were compared. */
  readonly pairs: number;
  /**
   * Energy differences by the work V stress : strain, of all pairs together: 1 when both have the same unit and sign.
   */
  readonly slope: number;
  /** Cosine of the angle between the two, -1 to 1: how sure the slope is. */
  readonly correlation: number;
  /** Whether there are enough pairs, and the stress alone moves their energies, so that the slope says something. */
  readonly isTelling: boolean;
}

/** What the stresses of a set are found to be. */
export interface StressFindings {
  readonly consistency?: StressConsistency;
  readonly problems: readonly string[];
  readonly remarks: readonly string[];
}

interface StressedFrame {
  readonly structure: Structure;
  readonly energy: number;
  readonly forces?: Float64Array;
  readonly stress: Float64Array;
}

/** Stresses in GPa that only few calculations are for, and that none is. */
const [unusual, impossible] = [1000, 10_000];
/** Frames of the same atoms that are compared with one another, and atoms of all frames that are held for it. */
const maxGroupSize = 60;
const maxAtoms = 1_000_000;
/**
 * Strains between which the trapezoid rule says something about the energy, and the displacement in A that goes with
 * them.
 */
const [smallestStrain, largestStrain] = [1e-3, 0.1];
const maxDistance = 0.2;
/** So few pairs may agree or disagree by chance; and so far from 1 the cosine says nothing. */
const minPairs = 3;
const sure = 0.9;

/** Judges the stresses of samples. */
export function measureStress(samples: Iterable<Sample>): StressFindings {
  const gauge = createStressGauge();
  for (const sample of samples) gauge.add(sample);
  return gauge.measure();
}

/** Judges the stresses of samples that come one by one. */
export function createStressGauge() {
  const groups = new Map<string, StressedFrame[]>();
  let atoms = 0;
  let largest: { readonly size: number; readonly origin: SampleOrigin } | undefined;

  function add({ structure, energy, forces, stress, origin }: Sample): void {
    if (stress === undefined) return;
    const size = stress.reduce((most, value) => Math.max(most, Math.abs(value)), 0) / GPa;
    if (size > (largest?.size ?? 0)) largest = { size, origin };
    if (energy === undefined || atoms >= maxAtoms || !structure.pbc.every(Boolean) || !hasVolume(structure.cell))
      return;
    const key = structure.numbers.join();
    const frames = groups.get(key) ?? [];
    groups.set(key, frames);
    if (frames.length >= maxGroupSize) return;
    frames.push({ structure, energy, stress, ...(forces && { forces }) });
    atoms += structure.numbers.length;
  }

  function measure(): StressFindings {
    const consistency = compareFrames(groups.values());
    const { problems, remarks } = judgeSize(largest);
    return {
      ...(consistency && { consistency }),
      problems: [...problems, ...problemsOfConsistency(consistency)],
      remarks,
    };
  }

  return { add, measure };
}

function judgeSize(
  largest: { readonly size: number; readonly origin: SampleOrigin } | undefined,
): Pick<StressFindings, 'problems' | 'remarks'> {
  if (largest === undefined || largest.size < unusual) return { problems: [], remarks: [] };
  const { size, origin } = largest;
  const text = `the stress of ${describeOrigin(origin)} reaches ${Math.round(size)} GPa: it is read in eV/A^3, and may be in kbar (VASP) or GPa, or a virial in eV`;
  return size < impossible ? { problems: [], remarks: [text] } : { problems: [text], remarks: [] };
}

function problemsOfConsistency(consistency: StressConsistency | undefined): string[] {
  if (!consistency?.isTelling) return [];
  const { pairs, slope } = consistency;
  const between = `between ${countOf(pairs, 'pair')} of strained cells the energy changes by ${slope.toPrecision(3)} times the work of the stress`;
  const size = Math.abs(slope);
  const unit =
    size < 0.5 || size > 2 ? `energies and stresses have different units${guessOf(size)}: ${between}` : undefined;
  const sign =
    slope < 0
      ? 'the stresses have the wrong sign: here they are positive under tension, in VASP and others under pressure'
      : undefined;
  if (sign !== undefined) return [unit === undefined ? `${sign}; ${between}` : `${sign}; ${unit}`];
  return unit === undefined ? [] : [unit];
}

/** The unit that a stress may be in when its work is this much too large. */
function guessOf(slope: number): string {
  const units = [
    ['GPa', GPa],
    ['kbar', GPa / 10],
  ] as const;
  const found = units.find(([, unit]) => Math.abs(slope / unit - 1) < 0.25);
  return found === undefined ? '' : `, ${found[0]} it seems`;
}

/**
 * Compares, for pairs of frames of the same atoms in strained cells, the energy difference with the work of the mean
 * stress and forces, E_b - E_a = (V_a S_a + V_b S_b)/2 : e - (F_a + F_b)/2 (x_b - x_a), where e is the strain and x the
 * positions that do not go with it.
 */
function compareFrames(groups: Iterable<readonly StressedFrame[]>): StressConsistency | undefined {
  let [pairs, products, works, energies] = [0, 0, 0, 0];
  for (const frames of groups) {
    for (const [index, first] of frames.entries()) {
      const nearest = nearestOf(first, frames.slice(index + 1));
      if (nearest === undefined) continue;
      const work = workOfStress(first, nearest);
      const energy = nearest.second.energy - first.energy - workOfForces(first, nearest);
      pairs++;
      products += work * energy;
      works += work ** 2;
      energies += energy ** 2;
    }
  }
  if (works === 0 || energies === 0) return undefined;
  const correlation = products / Math.sqrt(works * energies);
  const isTelling = pairs >= minPairs && Math.abs(correlation) >= sure;
  return { pairs, slope: products / works, correlation, isTelling };
}

interface StrainedPair {
  readonly second: StressedFrame;
  /** Of the second cell from the first, [3 x 3], symmetric. */
  readonly strain: Float64Array;
  /** Of the atoms of the second frame beyond what the strain does, A, [N x 3]. */
  readonly displacements: Float64Array;
}

/** The frame that is strained least, where that is enough and the atoms have hardly moved otherwise. */
function nearestOf(first: StressedFrame, others: readonly StressedFrame[]): StrainedPair | undefined {
  let nearest: StrainedPair | undefined;
  let least = largestStrain;
  for (const second of others) {
    const strain = strainBetween(first.structure.cell, second.structure.cell);
    const size = Math.max(...strain.map(Math.abs));
    if (!(size > smallestStrain && size < least)) continue;
    const displacements = displacementsBetween(first.structure, second.structure);
    const distance = Math.sqrt((3 * displacements.reduce((sum, value) => sum + value ** 2, 0)) / displacements.length);
    const isKnown = distance < 1e-3 || (first.forces !== undefined && second.forces !== undefined);
    if (distance > maxDistance || !isKnown) continue;
    least = size;
    nearest = { second, strain, displacements };
  }
  return nearest;
}

/** Symmetric part of 2 (D - 1)/(D + 1) for cell_b = cell_a D: the logarithm of the stretch to third order. */
function strainBetween(a: Float64Array, b: Float64Array): Float64Array {
  const deformation = multiply3(inverse3(a), b);
  const [difference, sum] = [deformation.slice(), deformation.slice()];
  for (const axis of [0, 4, 8]) {
    difference[axis] -= 1;
    sum[axis] += 1;
  }
  const half = multiply3(difference, inverse3(sum));
  return half.map((value, index) => value + half[3 * (index % 3) + Math.floor(index / 3)]);
}

/** What the atoms have moved along the lattice vectors, in the first cell; together they have not. */
function displacementsBetween(a: Structure, b: Structure): Float64Array {
  const fractional = (structure: Structure) => multiplyRows(structure.positions, inverse3(structure.cell));
  const [first, second] = [fractional(a), fractional(b)];
  const moved = second.map((value, index) => value - first[index] - Math.round(value - first[index]));
  const count = moved.length / 3;
  const mean = [0, 1, 2].map((axis) => {
    let sum = 0;
    for (let atom = 0; atom < count; atom++) sum += moved[3 * atom + axis];
    return sum / count;
  });
  return multiplyRows(
    moved.map((value, index) => value - mean[index % 3]),
    a.cell,
  );
}

function workOfStress(first: StressedFrame, { second, strain }: StrainedPair): number {
  const [volume, other] = [cellVolume(first.structure.cell), cellVolume(second.structure.cell)];
  const voigt = [0, 4, 8, 5, 2, 1];
  return voigt.reduce((sum, place, index) => {
    const mean = 0.5 * (volume * first.stress[index] + other * second.stress[index]);
    return sum + (index < 3 ? 1 : 2) * mean * strain[place];
  }, 0);
}

function workOfForces(
  { forces = new Float64Array(0) }: StressedFrame,
  { second, displacements }: StrainedPair,
): number {
  const { forces: others = forces } = second;
  return forces.reduce((sum, value, index) => sum - 0.5 * (value + others[index]) * displacements[index], 0);
}
