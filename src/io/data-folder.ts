import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { StructureFormat } from './formats.js';

/** A folder whose files are one set of structures. */
export interface DataFolder {
  readonly format: Extract<StructureFormat, 'lmdb' | 'sdf' | 'qmugs'>;
  /** Paths in the order in which they are read; the folder itself for QMugs, which finds its own way. */
  readonly files: readonly string[];
}

/**
 * What a folder holds: an LMDB database (`data.mdb`), parts of one (`data.0000.lmdb` and so on), parts of an SD file, or QMugs.
 * Undefined for a file and for a folder of other things.
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
