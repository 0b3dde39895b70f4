import { LammError } from '../../errors.js';
import type { InfoValue, Structure } from '../../structure/structure.js';
import { type ConformationKeys, readConformations } from './conformations.js';
import { atHdf5, groupIn, groupsIn, type Hdf5Group, openHdf5 } from './hdf5-file.js';

/**
 * Reads the molecules of an HDF5 file of QM7-X or Transition1x, one group after another.
 *
 * @throws {LammError} `format` for another layout, with what was found, or for damaged data; `file-not-found`; `usage`.
 */
export async function* iterateHdf5(path: string): AsyncGenerator<Structure> {
  using file = await openHdf5(path);
  const { root } = file;
  const structures = atHdf5(path, () => structuresIn(root));
  let count = 0;
  for (;;) {
    const { value, done } = atHdf5(path, () => structures.next());
    if (done) break;
    count++;
    yield value;
  }
  if (count === 0) throw new LammError('format', 'expected at least one molecule, found none', { file: path });
}

function structuresIn(root: Hdf5Group): Generator<Structure> {
  const splits = splitNames.filter((name) => groupIn(root, name) !== undefined);
  if (splits.length > 0) return readSplits(root, splits);
  const data = groupIn(root, 'data');
  if (data !== undefined) return readTransition1x(data);
  const [molecule] = groupsIn(root);
  const [conformation] = molecule === undefined ? [] : groupsIn(molecule[1]);
  if (conformation?.[1].keys().includes(qm7x.numbers)) return readQm7x(root);
  throw new LammError('format', `expected the layout of QM7-X or Transition1x, found ${describeLayout(root)}`);
}

/** PBE0+MBD; Hoja et al., Sci. Data 8, 43 (2021). */
const qm7x: ConformationKeys = { numbers: 'atNUM', positions: 'atXYZ', energy: 'ePBE0+MBD', forces: 'totFOR' };

function* readQm7x(root: Hdf5Group): Generator<Structure> {
  for (const [molecule, conformations] of groupsIn(root)) {
    for (const [conformation, group] of groupsIn(conformations)) {
      yield* readConformations(group, qm7x, { molecule, conformation });
    }
  }
}

/** wB97x/6-31G(d); Schreiner et al., Sci. Data 9, 779 (2022). */
const transition1x: ConformationKeys = {
  numbers: 'atomic_numbers',
  positions: 'positions',
  energy: 'wB97x_6-31G(d).energy',
  forces: 'wB97x_6-31G(d).forces',
};

const splitNames: readonly string[] = ['train', 'val', 'test'];

function* readSplits(parent: Hdf5Group, splits: readonly string[]): Generator<Structure> {
  for (const split of splits) {
    const group = groupIn(parent, split);
    if (group !== undefined) yield* readReactions(group, { split });
  }
}

/** `data/FORMULA/REACTION`, or `data/SPLIT/FORMULA/REACTION`. */
function readTransition1x(data: Hdf5Group): Generator<Structure> {
  const splits = splitNames.filter((name) => groupIn(data, name) !== undefined);
  return splits.length > 0 ? readSplits(data, splits) : readReactions(data, {});
}

/** The conformations of each reaction; its ends stand once more in groups of their own, which are not read. */
function* readReactions(group: Hdf5Group, info: Readonly<Record<string, InfoValue>>): Generator<Structure> {
  for (const [formula, reactions] of groupsIn(group)) {
    for (const [reaction, conformations] of groupsIn(reactions)) {
      yield* readConformations(conformations, transition1x, { ...info, formula, reaction });
    }
  }
}

/** The names on the way down along the first group, a few of each. */
function describeLayout(root: Hdf5Group): string {
  const levels: string[] = [];
  let group: Hdf5Group | undefined = root;
  while (group !== undefined && levels.length < 4) {
    const names = group.keys();
    const more = names.length > 5 ? `, and ${names.length - 5} more` : '';
    levels.push(names.length === 0 ? 'nothing' : names.slice(0, 5).join(', ') + more);
    const [first] = groupsIn(group);
    group = first?.[1];
  }
  return levels.join(' / ');
}
