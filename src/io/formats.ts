import { basename } from 'node:path';
import { LammError } from '../errors.js';

/** The structure formats that can be written. */
export type WritableFormat = 'extxyz' | 'cif' | 'poscar';

/** The structure formats that can be read. */
export type StructureFormat =
  | WritableFormat
  | 'sdf'
  | 'qmugs'
  | 'sdf-tar'
  | 'ase-trajectory'
  | 'ase-json'
  | 'ase-sqlite'
  | 'lmdb'
  | 'hdf5'
  | 'outcar'
  | 'vasprun'
  | 'espresso-out'
  | 'espresso-in'
  | 'cp2k-out'
  | 'cp2k-in';

const writableFormats: readonly WritableFormat[] = ['extxyz', 'cif', 'poscar'];

const structureFormats: readonly StructureFormat[] = [
  ...writableFormats,
  'sdf',
  'qmugs',
  'sdf-tar',
  'ase-trajectory',
  'ase-json',
  'ase-sqlite',
  'lmdb',
  'hdf5',
  'outcar',
  'vasprun',
  'espresso-out',
  'espresso-in',
  'cp2k-out',
  'cp2k-in',
];

/** The format that a file name stands for, if any; a `.gz` or `.xz` at the end does not count. */
export function formatOfName(path: string): StructureFormat | undefined {
  const name = basename(path).replace(/\.(?:gz|xz)$/i, '');
  if (/\.(?:xyz|extxyz)$/i.test(name)) return 'extxyz';
  if (/\.(?:cif|mcif)$/i.test(name)) return 'cif';
  if (/\.(?:sdf|sd|mol)$/i.test(name)) return 'sdf';
  if (/\.traj$/i.test(name)) return 'ase-trajectory';
  if (/\.json$/i.test(name)) return 'ase-json';
  if (/\.db$/i.test(name)) return 'ase-sqlite';
  if (/\.(?:aselmdb|lmdb|mdb)$/i.test(name)) return 'lmdb';
  if (/\.(?:h5|hdf5)$/i.test(name)) return 'hdf5';
  if (/OUTCAR/.test(name)) return 'outcar';
  if (/vasprun/i.test(name)) return 'vasprun';
  if (/\.pwo$/i.test(name)) return 'espresso-out';
  if (/\.pwi$/i.test(name)) return 'espresso-in';
  if (/\.(?:vasp|poscar|contcar)$/i.test(name) || /(?:POSCAR|CONTCAR)/.test(name)) return 'poscar';
  return undefined;
}

/** Signs of the programs that write or read a file, in its beginning. */
const programs: readonly (readonly [StructureFormat, RegExp])[] = [
  ['outcar', /^\s*vasp\.\d/],
  ['vasprun', /^\s*(?:<\?xml[^>]*>\s*)?<modeling>/],
  ['espresso-out', /^ *Program PWSCF /m],
  ['cp2k-out', /^ *(?:CP2K\||DBCSR\|)|PROGRAM STARTED AT .*\n.*PROGRAM STARTED ON/m],
  ['espresso-in', /^[ \t]*&(?:control|system)\b/im],
  ['cp2k-in', /^[ \t]*&(?:global|force_eval)\b/im],
];

/** The format that the beginning of a file looks like, if any. */
export function formatOfContent(head: string): StructureFormat | undefined {
  const lines = head.replace(/^\uFEFF/, '').split(/\r\n|\n|\r/, 400);
  if (/ V[23]000\s*$/.test(lines[3] ?? '')) return 'sdf'; // before XYZ: a title may be a number
  if (/^\s*\d+\s*$/.test(lines[0])) return 'extxyz';
  if (/^(?:- of Ulm|AFFormat)/.test(head)) return 'ase-trajectory';
  if (head.startsWith('\uFFFDHDF\r\n\x1A\n')) return 'hdf5';
  if (head.startsWith('SQLite format 3\0')) return 'ase-sqlite';
  if (/^\s*\{\s*"(?:\d+|ids)":/.test(head)) return 'ase-json';
  if (lines.some((line) => /^data_/i.test(line))) return 'cif';
  const program = programs.find(([, pattern]) => pattern.test(head));
  if (program !== undefined) return program[0];
  const isNumbers = (line: string | undefined, count: number) =>
    (line ?? '')
      .trim()
      .split(/\s+/)
      .slice(0, count)
      .filter((word) => /^[+-]?[\d.]+/.test(word)).length === count;
  if (isNumbers(lines[1], 1) && [2, 3, 4].every((line) => isNumbers(lines[line], 3))) return 'poscar';
  return undefined;
}

/** The format to write under a name; undefined when the name says none. */
export function writableFormatOfName(path: string): WritableFormat | undefined {
  if (/\.xz$/i.test(path)) return undefined;
  const format = formatOfName(path);
  return writableFormats.find((name) => name === format);
}

/** @throws {LammError} `usage`: the format of this file is not known. */
export function unknownFormat(path: string): never {
  throw new LammError(
    'usage',
    `the format is not clear from the name or the content; expected .xyz, .extxyz, .cif, .vasp, POSCAR, .sdf, .mol, outputs or inputs of VASP, Quantum ESPRESSO or CP2K, .traj, .json, .db, .lmdb, .aselmdb or .hdf5 (and .gz or .xz), or give one of ${structureFormats.join(', ')}`,
    { file: path },
  );
}
