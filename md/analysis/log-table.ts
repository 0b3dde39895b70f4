import { LammError } from '../../src/errors.js';
import { createThermodynamics, type ThermodynamicQuantity, type Thermodynamics } from './thermodynamics.js';

/** Columns of the log of a simulation, see `lamm md`, that are averaged. */
const columns: Readonly<Record<string, ThermodynamicQuantity>> = {
  temperature_K: 'temperature',
  potential_eV: 'potentialEnergy',
  kinetic_eV: 'kineticEnergy',
  conserved_eV: 'conservedEnergy',
  volume_A3: 'volume',
  pressure_GPa: 'pressure',
};

/**
 * Means over the log of a simulation from `fromFs` on.
 *
 * @throws {LammError} `format` with line for a text that is no such log, or a value that is no number.
 */
export function thermodynamicsOfLog(
  text: string,
  { file, fromFs = 0 }: { file?: string; fromFs?: number } = {},
): Thermodynamics {
  const [header = '', ...lines] = text.trimEnd().split(/\r?\n/);
  const names = header.split(',');
  const timeColumn = names.indexOf('time_fs');
  if (timeColumn < 0) {
    throw new LammError(
      'format',
      `expected the log of a simulation with a column time_fs, found "${header.slice(0, 60)}"`,
      { file, line: 1 },
    );
  }
  const isNeeded = names.map((name) => name === 'time_fs' || Object.hasOwn(columns, name));
  const meter = createThermodynamics();
  for (const [index, line] of lines.entries()) {
    const words = line.split(',');
    const fields = words.map((word) => (word.trim() === '' ? Number.NaN : Number(word)));
    const isSound = (field: number, column: number) =>
      Number.isFinite(field) || (!isNeeded[column] && words[column] === '');
    if (fields.length !== names.length || !fields.every(isSound)) {
      throw new LammError('format', `expected ${names.length} numbers, found "${line.slice(0, 60)}"`, {
        file,
        line: index + 2,
      });
    }
    if (fields[timeColumn] < fromFs) continue;
    meter.addValues(
      fields[timeColumn],
      names.flatMap((name, column) => (Object.hasOwn(columns, name) ? [[columns[name], fields[column]] as const] : [])),
    );
  }
  return meter.result();
}

/** The numbers of columns of a log, row by row; rows that lack one are left out. */
export function columnsOfLog(text: string, wanted: readonly string[]): Float64Array[] {
  const [header = '', ...lines] = text.trimEnd().split(/\r?\n/);
  const names = header.split(',');
  const places = wanted.map((name) => names.indexOf(name));
  const rows = lines.map((line) => line.split(',')).filter((words) => places.every((place) => words[place]));
  return places.map((place) => Float64Array.from(rows, (words) => Number(words[place])));
}
