import { closeSync, existsSync, openSync, readdirSync, readSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { constants, gunzipSync } from 'node:zlib';
import { LammError } from '../errors.js';
import { packingOf } from './bytes/read-file.js';
import { formatCalled, formatOfContent, formatOfName, type StructureFormat } from './formats.js';

/** A folder whose files are one set of structures. */
export interface DataFolder {
  readonly format: Extract<StructureFormat, 'lmdb' | 'sdf' | 'qmugs'>;
  /** Paths in the order in which they are read; the folder itself for QMugs, which finds its own way. */
  readonly files: readonly string[];
}

/**
 * What a folder holds: an LMDB database (`data.mdb`), parts of one (`data.0000.lmdb` and so on), parts of an SD file,
 * or QMugs. Undefined for a file and for a folder of other things.
 */
export function dataFolderOf(path: string): DataFolder | undefined {
  if (!(statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false)) return undefined;
  const names = readdirSync(path).sort();
  const paths = (pattern: RegExp) => names.filter((name) => pattern.test(name)).map((name) => join(path, name));
  const [databases, parts, records] = [/^data\.mdb$/, /\.(?:ase)?lmdb$/, /\.sdf(?:\.gz)?$/i].map(paths);
  if (databases.length > 0) return { format: 'lmdb', files: databases };
  if (parts.length > 0) return { format: 'lmdb', files: parts };
  if (names.some((name) => /^(?:structures|summary\.csv|CHEMBL\d+)$/.test(name)))
    return { format: 'qmugs', files: [path] };
  return records.length > 0 ? { format: 'sdf', files: records } : undefined;
}

/**
 * The files that a path stands for: itself, or, where it is a folder that is no set, the files of structures in it and
 * its subfolders, sorted by name.  Of a run that is there more than once, as OUTCAR and vasprun.xml or as input and
 * output, what holds the most is taken.
 *
 * @throws {LammError} `file-not-found` for a folder without such files.
 */
export function expandFolder(path: string): string[] {
  const isFolder = path !== '-' && (statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false);
  if (!isFolder || dataFolderOf(path) !== undefined) return [path];
  const files = structureFilesIn(path);
  if (files.length > 0) return files;
  throw new LammError('file-not-found', 'expected files of structures in this folder, found none', { file: path });
}

function structureFilesIn(folder: string): string[] {
  const entries = readdirSync(folder, { withFileTypes: true })
    .filter(({ name }) => !name.startsWith('.'))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  const found = entries.flatMap((entry) => {
    const path = join(folder, entry.name);
    const kind = entry.isSymbolicLink() ? statSync(path, { throwIfNoEntry: false }) : entry;
    const format = kind?.isFile() ? formatOfFile(path) : undefined;
    return format === undefined ? [] : [{ path, format }];
  });
  const present = new Set<string>(found.map(({ format }) => format));
  const isLesser = (format: StructureFormat) => formatCalled(format).lessThan?.some((better) => present.has(better));
  const paths = new Set(found.map(({ path }) => path));
  const files = found
    .filter(({ path, format }) => !isLesser(format) && !isCompanion(path, paths))
    .map(({ path }) => path);
  const folders = entries.filter((entry) => entry.isDirectory()).map(({ name }) => join(folder, name));
  const isWhole = (inner: string) => !existsSync(inner) || dataFolderOf(inner) !== undefined;
  return [...files, ...folders.flatMap((inner) => (isWhole(inner) ? [inner] : structureFilesIn(inner)))];
}

/** Forces and velocities of CP2K, which the file of positions takes from beside it. */
function isCompanion(path: string, others: ReadonlySet<string>): boolean {
  const positions = path.replace(/-(?:frc|vel)-(\d+\.xyz)/, '-pos-$1');
  return positions !== path && others.has(positions);
}

/**
 * By the name; where that is not sure, by the beginning of the content.  A file whose name is no UTF-8 is not found by
 * the name that it is listed with: whoever reads it says so.
 */
function formatOfFile(path: string): StructureFormat | undefined {
  const named = formatOfName(path);
  if (!existsSync(path) || (named !== undefined && !formatCalled(named).sharesEnding)) return named;
  const head = Buffer.alloc(65_536);
  const file = openSync(path, 'r');
  try {
    const beginning = head.subarray(0, readSync(file, head, 0, head.length, 0));
    return formatOfContent(unpackedBeginning(beginning).toString('utf8'));
  } finally {
    closeSync(file);
  }
}

/**
 * The beginning of a file, of what is in it where it is packed with gzip; nothing where that unpacks to far too much.
 */
function unpackedBeginning(head: Buffer): Buffer {
  if (packingOf(head) !== 'gzip') return head;
  try {
    return gunzipSync(head, { finishFlush: constants.Z_SYNC_FLUSH, maxOutputLength: 2 ** 22 });
  } catch {
    return Buffer.alloc(0); // whoever reads the file says what is wrong
  }
}
