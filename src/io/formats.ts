import { basename } from 'node:path';
import { LammError } from '../errors.js';

/** The structure formats that can be read and written. */
export type StructureFormat = 'extxyz' | 'cif' | 'poscar';

export const structureFormats: readonly StructureFormat[] = ['extxyz', 'cif', 'poscar'];

/** The format that a file name stands for, if any; a `.gz` at the end does not count. */
export function formatOfName(path: string): StructureFormat | undefined {
  const name = basename(path).replace(/\.gz$/i, '');
  if (/\.(?:xyz|extxyz)$/i.test(name)) return 'extxyz';
  if (/\.(?:cif|mcif)$/i.test(name)) return 'cif';
  if (/\.(?:vasp|poscar|contcar)$/i.test(name) || /(?:POSCAR|CONTCAR)/.test(name)) return 'poscar';
  return undefined;
}

/** The format that the beginning of a file looks like, if any. */
export function formatOfContent(head: string): StructureFormat | undefined {
  const lines = head.replace(/^\uFEFF/, '').split(/\r\n|\n|\r/, 400);
  if (/^\s*\d+\s*$/.test(lines[0])) return 'extxyz';
  if (lines.some((line) => /^data_/i.test(line))) return 'cif';
  const isNumbers = (line: string | undefined, count: number) =>
    (line ?? '')
      .trim()
      .split(/\s+/)
      .slice(0, count)
      .filter((word) => /^[+-]?[\d.]+/.test(word)).length === count;
  if (isNumbers(lines[1], 1) && [2, 3, 4].every((line) => isNumbers(lines[line], 3))) return 'poscar';
  return undefined;
}

/** @throws {LammError} `usage`: the format of this file is not known. */
export function unknownFormat(path: string): never {
  throw new LammError(
    'usage',
    `the format is not clear from the name or the content; expected .xyz, .extxyz, .cif, .vasp or POSCAR (and .gz), or give one of ${structureFormats.join(', ')}`,
    { file: path },
  );
}
