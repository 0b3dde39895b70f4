import { LammError } from '../../errors.js';
import type { InfoValue, Structure } from '../../structure/structure.js';
import { HeldUpError } from '../bytes/input-budget.js';
import type { FrameMark, FramePlace } from '../frame-index.js';
import {
  type ConformationGroup,
  type ConformationKeys,
  conformationCount,
  readConformation,
  readConformations,
} from './conformations.js';
import { groupIn, groupsIn, type Hdf5File, type Hdf5Group, openHdf5 } from './hdf5-file.js';

/**
 * Reads the molecules of an HDF5 file of QM7-X or Transition1x, one group after another.
 *
 * @throws {LammError} `format` for another layout, with what was found, or for damaged data; `file-not-found`; `usage`.
 */
export async function* iterateHdf5(path: string): AsyncGenerator<Structure> {
  let count = 0;
  for (let moreTime = 1; ; moreTime *= 4) {
    try {
      for await (const structure of structuresFrom(path, { first: count, moreTime })) {
        count++;
        yield structure;
      }
      break;
    } catch (error) {
      if (!(error instanceof HeldUpError) || moreTime > longestWait) throw error;
    }
  }
  if (count === 0) throw nothingIn(path);
}

/** Times the usual patience, after which reading that is held up is not tried again. */
const longestWait = 100;

/** The structures of a file from number `first` on, counted from 0. */
async function* structuresFrom(
  path: string,
  { first, moreTime }: { readonly first: number; readonly moreTime: number },
): AsyncGenerator<Structure> {
  using file = await openHdf5(path, { moreTime });
  const structures = file.check(() => structuresIn(file.root));
  for (let number = 0; ; number++) {
    const { value, done } = file.check(() => structures.next());
    if (done) return;
    file.budget.unpack(bytesOfAtom * value.numbers.length);
    if (number >= first) yield value;
  }
}

function nothingIn(file: string): LammError {
  return new LammError('format', 'expected at least one molecule, found none', { file });
}

/** Number, position and forces. */
const bytesOfAtom = 8 * 7;

/**
 * Finds the conformations of a file and how many atoms each has: `group` is the path of its group, `mark` its place in
 * the group.
 *
 * @throws {LammError} `format` when there are none.
 */
export function* locateConformations({ path, root, check }: Hdf5File): Generator<FrameMark> {
  const groups = check(() => groupsOf(root));
  let found = 0;
  for (;;) {
    const { value, done } = check(() => groups.next());
    if (done) break;
    const { count, atomCount } = check(() => conformationCount(value));
    for (let mark = 0; mark < count; mark++) yield { group: value.path, mark, atomCount, offset: 0, length: 0 };
    found += count;
  }
  if (found === 0) throw nothingIn(path);
}

/** Reads the conformation that `locateConformations` found. */
export function readLocated(
  { root, check }: Hdf5File,
  { group: path, mark }: Pick<FramePlace, 'group' | 'mark'>,
): Structure {
  return check(() => {
    const group = groupIn(root, path);
    if (group === undefined) throw new LammError('format', `expected the group ${path}; the file has changed`);
    const layout = layoutOf(root);
    return readConformation({ group, keys: layout.keys, info: layout.infoOf(path.split('/')) }, mark);
  });
}

function* structuresIn(root: Hdf5Group): Generator<Structure> {
  for (const group of groupsOf(root)) yield* readConformations(group);
}

interface Located extends ConformationGroup {
  /** Names on the way from the root, between slashes. */
  readonly path: string;
}

function* groupsOf(root: Hdf5Group): Generator<Located> {
  const { keys, starts, infoOf } = layoutOf(root);
  for (const start of starts) {
    const parent = start === '' ? root : groupIn(root, start);
    if (parent === undefined) continue;
    for (const [outer, inner] of groupsIn(parent)) {
      for (const [name, group] of groupsIn(inner)) {
        const names = [...(start === '' ? [] : start.split('/')), outer, name];
        yield { group, keys, info: infoOf(names), path: names.join('/') };
      }
    }
  }
}

/** Where the groups of conformations are: two levels below each start. */
interface Layout {
  readonly keys: ConformationKeys;
  /** Paths from the root, empty for the root itself. */
  readonly starts: readonly string[];
  /** What the names on the way to a group say. */
  infoOf(names: readonly string[]): Record<string, InfoValue>;
}

/**
 * QM7-X: `MOLECULE/CONFORMATION`.  Transition1x: `data/FORMULA/REACTION`, with `SPLIT` in front of the formula or
 * instead of `data` where the file is split; the ends of a reaction stand once more in groups of their own below, which
 * are not read.
 */
function layoutOf(root: Hdf5Group): Layout {
  const splits = splitNames.filter((name) => groupIn(root, name) !== undefined);
  if (splits.length > 0) return splitLayout(splits);
  const data = groupIn(root, 'data');
  if (data !== undefined) {
    const inner = splitNames.filter((name) => groupIn(data, name) !== undefined);
    return splitLayout(inner.length > 0 ? inner.map((name) => `data/${name}`) : ['data']);
  }
  const [molecule] = groupsIn(root);
  const [conformation] = molecule === undefined ? [] : groupsIn(molecule[1]);
  if (conformation?.[1].keys().includes(qm7x.numbers))
    return { keys: qm7x, starts: [''], infoOf: ([molecule, conformation]) => ({ molecule, conformation }) };
  throw new LammError('format', `expected the layout of QM7-X or Transition1x, found ${describeLayout(root)}`);
}

function splitLayout(starts: readonly string[]): Layout {
  return {
    keys: transition1x,
    starts,
    infoOf(names) {
      const [formula, reaction] = names.slice(-2);
      const split = names.at(-3);
      return { ...(split !== undefined && split !== 'data' && { split }), formula, reaction };
    },
  };
}

/** PBE0+MBD; Hoja et al., Sci. Data 8, 43 (2021). */
const qm7x: ConformationKeys = { numbers: 'atNUM', positions: 'atXYZ', energy: 'ePBE0+MBD', forces: 'totFOR' };

/** wB97x/6-31G(d); Schreiner et al., Sci. Data 9, 779 (2022). */
const transition1x: ConformationKeys = {
  numbers: 'atomic_numbers',
  positions: 'positions',
  energy: 'wB97x_6-31G(d).energy',
  forces: 'wB97x_6-31G(d).forces',
};

const splitNames: readonly string[] = ['train', 'val', 'test'];

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
