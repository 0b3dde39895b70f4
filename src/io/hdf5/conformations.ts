import { LammError } from '../../errors.js';
import { createStructure, type InfoValue, type Structure } from '../../structure/structure.js';
import { type Hdf5Group, type Hdf5Numbers, readHdf5Numbers } from './hdf5-file.js';

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

/** The conformations of a group, one after another; labels that are not there are left out. */
export function* readConformations(
  group: Hdf5Group,
  keys: ConformationKeys,
  info: Readonly<Record<string, InfoValue>>,
): Generator<Structure> {
  const numbers = requireNumbers(group, keys.numbers);
  const positions = requireNumbers(group, keys.positions);
  const energy = readHdf5Numbers(group, keys.energy);
  const forces = readHdf5Numbers(group, keys.forces);
  const atomCount = numbers.values.length;
  const count = positions.shape.length === 3 ? positions.shape[0] : 1;
  assertCount(`${group.path}/${keys.positions}`, positions, 3 * count * atomCount);
  assertCount(`${group.path}/${keys.energy}`, energy, count);
  assertCount(`${group.path}/${keys.forces}`, forces, 3 * count * atomCount);
  for (let frame = 0; frame < count; frame++) {
    const part = ({ values }: Hdf5Numbers) => values.slice(3 * atomCount * frame, 3 * atomCount * (frame + 1));
    yield atGroup(group, () =>
      createStructure({
        numbers: numbers.values,
        positions: part(positions),
        labels: { ...(energy && { energy: energy.values[frame] }), ...(forces && { forces: part(forces) }) },
        info: positions.shape.length === 3 ? { ...info, frame } : info,
      }),
    );
  }
}

function requireNumbers(group: Hdf5Group, name: string): Hdf5Numbers {
  const numbers = readHdf5Numbers(group, name);
  if (numbers !== undefined) return numbers;
  throw new LammError('format', `${group.path}: expected a data set ${name}, found ${group.keys().join(', ')}`);
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
