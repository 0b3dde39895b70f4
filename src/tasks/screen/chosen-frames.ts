import { formatCalled, formatOfName } from '../../io/formats.js';
import { type FoundFrame, findFrames, findNumbers } from '../../io/frame-choice.js';
import type { InputFile } from '../../io/input-files.js';
import { openIndexed } from '../../io/open-indexed.js';
import { iterateStructures, type ReadOptions } from '../../io/read-structures.js';

/** What is taken of files that leave a choice. */
type Reading = Pick<ReadOptions, 'occupancy'>;

/** Smaller files are read from their beginning. */
const minIndexedBytes = 1e6;

/** Whether the frames of a file are read in any order: not those of packed files, and not of every format. */
export function isReadByNumber({ path, bytes }: InputFile): boolean {
  const format = formatOfName(path);
  const hasFrames = format !== undefined && formatCalled(format).frames !== undefined;
  return bytes > minIndexedBytes && hasFrames && !/\.(gz|xz)$/i.test(path);
}

/**
 * Finds the frames that are named behind files, such as `FILE@2`; a file is read once, however many they are.
 *
 * @throws {LammError} `usage` for a frame that does not exist; why a file cannot be read in which it is named.
 */
export async function findChosenFrames(
  files: readonly InputFile[],
  options: Reading,
): Promise<(file: InputFile) => FoundFrame | undefined> {
  const wanted = new Map<string, { readonly file: InputFile; readonly frames: Set<string> }>();
  for (const file of files) {
    if (file.frame === undefined) continue;
    const own = wanted.get(file.path) ?? { file, frames: new Set() };
    wanted.set(file.path, { file, frames: own.frames.add(file.frame) });
  }
  const found = new Map<string, ReadonlyMap<string, FoundFrame>>();
  for (const [path, { file, frames }] of wanted) {
    const names = [...frames];
    const places = await findIn(file, names, options);
    found.set(path, new Map(names.map((name, place) => [name, places[place]])));
  }
  return ({ path, frame }) => (frame === undefined ? undefined : found.get(path)?.get(frame));
}

async function findIn(file: InputFile, names: readonly string[], options: Reading): Promise<FoundFrame[]> {
  const { path } = file;
  if (isReadByNumber(file) && names.every((name) => /^-?\d+$/.test(name))) {
    using indexed = await openIndexed(path);
    return findNumbers(indexed.atomCounts, names, path);
  }
  return findFrames((onRefused) => iterateStructures(path, { ...options, onRefused }), names, path);
}
