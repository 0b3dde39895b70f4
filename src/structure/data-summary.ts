import { atomicMasses } from '../elements.js';
import { rowsOf } from '../linalg/rows.js';
import { pressureOfStress } from '../linalg/voigt.js';
import { GPa } from '../units.js';
import { type AtomProperty, formulaOf, type InfoValue, type Structure, symbolsOf } from './structure.js';

/** One frame as plain data. */
export interface FrameDescription {
  readonly formula: string;
  readonly atomCount: number;
  readonly symbols: string[];
  /** [N][3], A. */
  readonly positions: number[][];
  /** [3][3], A, one lattice vector a row. */
  readonly cell: number[][];
  readonly pbc: boolean[];
  /** eV; [N][3], eV/A; [6], eV/A^3, xx yy zz yz xz xy. */
  readonly labels: { energy?: number; forces?: number[][]; stress?: number[] };
  /** Every key that was found in the frame. */
  readonly keys: string[];
  /** [N], amu, where they are not all those of the elements. */
  readonly masses?: number[];
  /** [N][3], A/(A sqrt(amu/eV)). */
  readonly velocities?: number[][];
  /** [N][3], true for each Cartesian coordinate that may not move. */
  readonly fixed?: boolean[][];
  /** Further values of the frame. */
  readonly info: Readonly<Record<string, InfoValue>>;
  /** Further columns, [N] or [N][width]. */
  readonly arrays: Readonly<Record<string, readonly unknown[]>>;
}

/** What a set of structures holds. */
export interface DataSummary {
  readonly frameCount: number;
  /** In the order of the periodic table. */
  readonly elements: string[];
  readonly atomCount: Range;
  /** Frames that carry each label. */
  readonly labelled: { readonly energy: number; readonly forces: number; readonly stress: number };
  /** eV. */
  readonly energyPerAtom?: Range;
  /** What the energies are, where the structures say it (`energy_key`, `energy_kind`), with the number of frames. */
  readonly energySources: Readonly<Record<string, number>>;
  /** Root of the mean square of the components and the largest norm, eV/A. */
  readonly forces?: { readonly rms: number; readonly max: number };
  /** Pressure -(xx + yy + zz)/3 and the largest component of the stress, GPa. */
  readonly stress?: { readonly pressure: Range; readonly max: number };
  /** Keys that look like labels under another name and are not used, with the number of frames that have them. */
  readonly ignoredKeys: Readonly<Record<string, number>>;
  /** All other keys and columns that are kept, but mean nothing here, with the number of frames that have them. */
  readonly otherKeys: Readonly<Record<string, number>>;
}

export interface Range {
  readonly min: number;
  readonly mean: number;
  readonly max: number;
}

/** Turns a structure into plain arrays. */
export function describeFrame(structure: Structure): FrameDescription {
  const { energy, forces, stress } = structure.labels;
  const { numbers, masses, velocities, fixed } = structure;
  return {
    formula: formulaOf(structure),
    atomCount: structure.numbers.length,
    symbols: symbolsOf(structure),
    positions: rowsOf(structure.positions),
    cell: rowsOf(structure.cell),
    pbc: [...structure.pbc],
    labels: {
      ...(energy !== undefined && { energy }),
      ...(forces && { forces: rowsOf(forces) }),
      ...(stress && { stress: Array.from(stress) }),
    },
    keys: keysOf(structure),
    ...(masses.some((mass, atom) => mass !== atomicMasses[numbers[atom]]) && { masses: Array.from(masses) }),
    ...(velocities && { velocities: rowsOf(velocities) }),
    ...(fixed && { fixed: rowsOf(Float64Array.from(fixed)).map((row) => row.map((flag) => flag === 1)) }),
    info: structure.info,
    arrays: Object.fromEntries(Object.entries(structure.arrays).map(([name, column]) => [name, rowsOfColumn(column)])),
  };
}

function rowsOfColumn({ width, values }: AtomProperty): unknown[] {
  const flat: unknown[] = Array.from<unknown>(values);
  if (width === 1) return flat;
  return Array.from({ length: flat.length / width }, (_, atom) => flat.slice(width * atom, width * (atom + 1)));
}

/** Collects what `lamm data info` tells about any number of frames, one after another. */
export async function summarise(structures: Iterable<Structure> | AsyncIterable<Structure>): Promise<DataSummary> {
  const numbers = new Map<number, string>();
  const labelled = { energy: 0, forces: 0, stress: 0 };
  const ignoredKeys = new Map<string, number>();
  const energySources = new Map<string, number>();
  const atoms = createStatistics();
  const energies = createStatistics();
  const components = createStatistics();
  const pressures = createStatistics();
  const otherKeys = new Map<string, number>();
  let [largestForce, largestStress] = [0, 0];
  for await (const structure of structures) {
    const { energy, forces, stress } = structure.labels;
    atoms.add(structure.numbers.length);
    symbolsOf(structure).forEach((symbol, atom) => {
      numbers.set(structure.numbers[atom], symbol);
    });
    if (energy !== undefined) energies.add(energy / structure.numbers.length);
    labelled.energy += Number(energy !== undefined);
    labelled.forces += Number(forces !== undefined);
    labelled.stress += Number(stress !== undefined);
    for (const [x, y, z] of rowsOf(forces ?? new Float64Array(0))) {
      components.add(x ** 2 + y ** 2 + z ** 2);
      largestForce = Math.max(largestForce, Math.hypot(x, y, z));
    }
    if (stress !== undefined) {
      pressures.add(pressureOfStress(stress) / GPa);
      largestStress = stress.reduce((largest, value) => Math.max(largest, Math.abs(value) / GPa), largestStress);
    }
    const ignored = ignoredLabelKeys(structure);
    for (const key of ignored) increment(ignoredKeys, key);
    for (const key of [...Object.keys(structure.info), ...Object.keys(structure.arrays)])
      if (!ignored.includes(key) && !meaningfulKeys.has(key)) increment(otherKeys, key);
    const source = energySourceOf(structure);
    if (source !== undefined) increment(energySources, source);
  }
  return {
    frameCount: atoms.count(),
    elements: [...numbers].sort(([a], [b]) => a - b).map(([, symbol]) => symbol),
    atomCount: atoms.range(),
    labelled,
    ...(energies.count() > 0 && { energyPerAtom: energies.range() }),
    ...(components.count() > 0 && { forces: { rms: Math.sqrt(components.range().mean / 3), max: largestForce } }),
    ...(pressures.count() > 0 && { stress: { pressure: pressures.range(), max: largestStress } }),
    energySources: Object.fromEntries(energySources),
    ignoredKeys: sorted(ignoredKeys),
    otherKeys: sorted(otherKeys),
  };
}

/**
 * Keys that seem to hold energies, forces or stresses, but not under the names that are read: `REF_energy`,
 * `dft_forces`, `virial`.
 */
function ignoredLabelKeys({ info, arrays }: Structure): string[] {
  return [...Object.keys(info), ...Object.keys(arrays)].filter(
    (key) => /energy|energies|force|stress|virial/i.test(key) && !sourceKeys.includes(key),
  );
}

/** Keys that say what the energy is. */
const sourceKeys: readonly string[] = ['energy_key', 'energy_kind'];

/** Keys that are used somewhere: by a choice of frames, a training, an analysis, or as a remark. */
const meaningfulKeys: ReadonlySet<string> = new Set([
  ...sourceKeys,
  ...['name', 'comment', 'config_type', 'constraints', 'magmoms', 'truncated', 'unconverged', 'is_2d'],
  ...['time_fs', 'cp2k_step', 'ipi_step', 'free_energy'],
]);

function sorted(counts: ReadonlyMap<string, number>): Record<string, number> {
  return Object.fromEntries([...counts].sort(([a], [b]) => (a < b ? -1 : 1)));
}

function energySourceOf({ info }: Structure): string | undefined {
  const words = sourceKeys.map((key) => info[key]).filter((word) => typeof word === 'string');
  return words.length === 0 ? undefined : words.reverse().join(' ');
}

function increment(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

function keysOf({ labels, velocities, fixed, info, arrays }: Structure): string[] {
  return [
    ...Object.keys(labels),
    ...(velocities ? ['velocities'] : []),
    ...(fixed ? ['move_mask'] : []),
    ...Object.keys(info),
    ...Object.keys(arrays),
  ];
}

function createStatistics() {
  let [count, sum, min, max] = [0, 0, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  return {
    add(value: number): void {
      count++;
      sum += value;
      min = Math.min(min, value);
      max = Math.max(max, value);
    },
    count: (): number => count,
    range: (): Range => ({ min, mean: sum / count, max }),
  };
}
