import { LammError } from '../../errors.js';
import { writableFormatOfName } from '../../io/formats.js';

/**
 * Refuses, before hours of work, a name that says no format or one that cannot hold `count` structures.
 *
 * @throws {LammError} `usage`.
 */
export function assertOutputFormat(path: string, count: number): void {
  const format = writableFormatOfName(path);
  if (format === undefined) {
    throw new LammError(
      'usage',
      '--out: the format is not clear from the name, or is only read; let it end in .extxyz, .cif or .vasp',
      {
        file: path,
      },
    );
  }
  if (format === 'poscar' && count > 1) {
    throw new LammError('usage', `--out: a POSCAR holds one structure, found ${count}; let the name end in .extxyz`, {
      file: path,
    });
  }
}
