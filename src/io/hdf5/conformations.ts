import { LammError } from '../../errors.js';
import { createStructure, type InfoValue, type Structure } from '../../structure/structure.js';
import { type Hdf5Group, type Hdf5Numbers, hdf5ShapeOf, readHdf5Numbers } from './hdf5-file.js';

/** Names of the data sets of a group of conformations of one molecule. */
export interface ConformationKeys {
  /** Atomic numbers, [N]. */
  readonly numbers: string;
  /** A, [C, N, 3], or [N, 3] for one conformation. */
  readonly positions: string;
  /** eV, [C]. */
  readonly energy: string;
  /** eV/A, shaped as the positions. */
  readonly forces: string;
}

/** A group of conformations of one molecule. */
export interface ConformationGroup {
  readonly group: Hdf5Group;
  readonly keys: ConformationKeys;
  /** What the names on the way to the group say of it. */
  readonly info: Readonly<Record<string, InfoValue>>;
}

/** The conformations of a group, one after another; labels that are not there are left out. */
export function* readConformations({ group, keys, info }: ConformationGroup): Generator<Structure> {
  const { positions, ...data } = readData(group, keys);
  const count = positions.shape.length === 3 ? positions.shape[0] : 1;
  assertData(group, keys, { ...data, positions, count });
  const isList = positions.shape.length === 3;
  for (let frame = 0; frame < count; frame++)
    yield toStructure(group, { ...data, positions, frame }, isList ? { ...info, frame } : info);
}

/** One conformation of a group, counted from 0; the others are not read. */
export function readConformation({ group, keys, info }: ConformationGroup, frame: number): Structure {
  const { count, isList } = conformationCount({ group, keys });
  if (frame >= count)
    throw new LammError('format', `${group.path}: expected ${frame + 1} conformations, found ${count}`);
  const data = readData(group, keys, isList ? frame : undefined);
  assertData(group, keys, { ...data, count: 1 });
  return toStructure(group, { ...data, frame: 0 }, isList ? { ...info, frame } : info);
}

/** Numbers of conformations and atoms of a group, without reading them. */
export function conformationCount({ group, keys }: Omit<ConformationGroup, 'info'>) {
  const shape = hdf5ShapeOf(group, keys.positions);
  if (shape === undefined) missing(group, keys.positions);
  const isList = shape.length === 3;
  return { isList, count: isList ? shape[0] : 1, atomCount: shape[isList ? 1 : 0] ?? 0 };
}

interface Data {
  readonly numbers: Hdf5Numbers;
  readonly positions: Hdf5Numbers;
  readonly energy: Hdf5Numbers | undefined;
  readonly forces: Hdf5Numbers | undefined;
}

function readData(group: Hdf5Group, keys: ConformationKeys, row?: number): Data {
  return {
    numbers: readHdf5Numbers(group, keys.numbers) ?? missing(group, keys.numbers),
    positions: readHdf5Numbers(group, keys.positions, row) ?? missing(group, keys.positions),
    energy: readHdf5Numbers(group, keys.energy, row),
    forces: readHdf5Numbers(group, keys.forces, row),
  };
}

function toStructure(
  group: Hdf5Group,
  { numbers, positions, energy, forces, frame }: Data & { readonly frame: number },
  info: Readonly<Record<string, InfoValue>>,
): Structure {
  const size = 3 * numbers.values.length;
  const part = ({ values }: Hdf5Numbers) => values.slice(size * frame, size * (frame + 1));
  return atGroup(group, () =>
    createStructure({
      numbers: numbers.values,
      positions: part(positions),
      labels: { ...(energy && { energy: energy.values[frame] }), ...(forces && { forces: part(forces) }) },
      info,
    }),
  );
}

function missing(group: Hdf5Group, name: string): never {
  throw new LammError('format', `${group.path}: expected a data set ${name}, found ${group.keys().join(', ')}`);
}

function assertData(group: Hdf5Group, keys: ConformationKeys, data: Data & { readonly count: number }): void {
  const size = 3 * data.numbers.values.length * data.count;
  assertCount(`${group.path}/${keys.positions}`, data.positions, size);
  assertCount(`${group.path}/${keys.energy}`, data.energy, data.count);
  assertCount(`${group.path}/${keys.forces}`, data.forces, size);
}

function assertCount(place: string, numbers: Hdf5Numbers | undefined, count: number): void {
  if (numbers === undefined || numbers.values.length === count) return;
  const found = `[${numbers.shape.join(', ')}]`;
  throw new LammError('format', `${place}: expected ${count} numbers, found an array ${found}`);
}

/** Errors of a structure say which group it is. */
function atGroup<T>(group: Hdf5Group, action: () => T): T {
  try {
    return action();
  } catch (error) {
    if (!(error instanceof LammError)) throw error;
    throw new LammError(error.code, `${group.path}: ${error.message}`, error.details);
  }
}
