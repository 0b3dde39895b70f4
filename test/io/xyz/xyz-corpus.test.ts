import { describe, expect, it } from 'vitest';
import { LammError } from '../../../src/errors.js';
import { parseExtxyz } from '../../../src/io/xyz/extxyz.js';
import { formulaOf, type InfoValue, type Structure, symbolsOf } from '../../../src/structure/structure.js';
import { type CorpusRecord, expandRuns, readCorpora } from '../corpus.js';

/** Read by the reference as plain XYZ although their Properties contradict their rows; here they are errors. */
const contradictory = [
  'tests-data__bad_extended.xyz',
  'tests-data__extended-bad-properties.xyz',
  'dpdata__xyz_unittest.xyz', // carbon by its species, boron by its Z
];
/** Positions to the reference, but forces and velocities by their comments; here they are errors. */
const notPositions = ['i-pi__ref_simulation.frc_0.xyz', 'i-pi__ref_simulation.vel_c.xyz'];
/** Files of which more is understood here than by the reference. */
const betterRead: Readonly<Record<string, string>> = {
  'dpdata__stress_voigt.xyz': 'six numbers of stress, which the reference takes for plain XYZ',
  'avogadrodata__methane-num.xyz': 'six numbers of stress, which the reference takes for plain XYZ',
  'dpdata__energy_hartree.xyz': 'a declared unit',
  'dpdata__virial_hartree.xyz': 'declared units',
  'dpdata__xyz_energy_au.xyz': 'declared units',
  'dpdata__virials_key.xyz': 'the virials as a stress',
  'GPUMD__PbTe_species_model.xyz': 'the column force as forces',
  'dpdata__stress_only.xyz': 'the column force as forces',
  'dpdata__xyz_nopbc.xyz': 'the column force as forces',
  'dpdata__xyz_pbc_false.xyz': 'the column force as forces',
  'handmade__column_order_swapped.xyz': 'the column mass as masses',
  'i-pi__nudged_elastic_band_zundel_init.xyz': 'the cell of i-PI',
  'i-pi__phonon_init.xyz': 'the cell of i-PI',
};

describe.each(readCorpora('xyz'))('XYZ: %s', (_, corpus) => {
  it.skipIf(corpus === undefined)('the XYZ corpus is read as the reference reads it, frame by frame', () => {
    const tally = { read: 0, refused: 0 };
    const problems: string[] = [];
    for (const record of corpus?.records ?? []) {
      const text = corpus?.textOf(record) ?? '';
      const result = attempt(text, record.file);
      if (result instanceof LammError) tally.refused++;
      else tally.read++;
      const problem = compare(record, result);
      if (problem !== undefined) problems.push(`${record.file}: ${problem}`);
    }
    console.log('xyz corpus', tally);
    expect(problems).toEqual([]);
  });
});

function attempt(text: string, file: string): Structure[] | LammError {
  try {
    return parseExtxyz(text, { file });
  } catch (error) {
    if (error instanceof LammError) return error;
    throw error;
  }
}

function compare(record: CorpusRecord, result: Structure[] | LammError): string | undefined {
  const mayFail = record.error || contradictory.includes(record.file) || notPositions.includes(record.file);
  if (result instanceof LammError) return mayFail && result.details.line !== undefined ? undefined : result.message;
  if (betterRead[record.file] !== undefined) return undefined;
  if (record.error) return 'was read, expected an error';
  const counts = expandRuns<number>(record.natoms);
  if (result.length !== record.frames) return `${result.length} frames, expected ${record.frames}`;
  if (result.some((structure, frame) => structure.numbers.length !== counts[frame])) return 'atom counts differ';
  if (
    record.energies?.some(
      (energy: number | null, frame: number) => !isNear(result[frame].labels.energy ?? null, energy, 1e-5),
    )
  ) {
    return `energies ${result.map(({ labels }) => labels.energy)} expected ${record.energies}`;
  }
  return compareLast(record.last, result[result.length - 1]);
}

function compareLast(last: CorpusRecord, structure: Structure): string | undefined {
  if (formulaOf(structure) !== last.formula) return `formula ${formulaOf(structure)}, expected ${last.formula}`;
  if (String(structure.pbc) !== String(last.pbc)) return `pbc ${structure.pbc}, expected ${last.pbc}`;
  if (!last.cell.every((value: number, index: number) => isNear(structure.cell[index], value, 2e-4)))
    return 'cells differ';
  if (last.symbols && String(symbolsOf(structure)) !== String(expandRuns<string>(last.symbols)))
    return 'symbols differ';
  if (last.positions && !isNearAll(structure.positions, last.positions.flat(), 2e-4)) return 'positions differ';
  if (last.forces && !isNearAll(structure.labels.forces, last.forces.flat(), 2e-4)) return 'forces differ';
  if (last.stress_voigt && !isNearAll(structure.labels.stress, last.stress_voigt, 1e-6))
    return `stress ${structure.labels.stress}`;
  return compareInfo(last, structure) ?? compareArrays(last, structure);
}

/** A matrix is nine numbers to the reference, column after column as they stand in the file. */
function flatMatrix(value: InfoValue | undefined): InfoValue | undefined {
  const isMatrix = Array.isArray(value) && value.length === 3 && value.every((row) => Array.isArray(row));
  return isMatrix
    ? [0, 1, 2].flatMap((column) => value.map((row: InfoValue) => (Array.isArray(row) ? row[column] : row)))
    : value;
}

function compareInfo(last: CorpusRecord, { info }: Structure): string | undefined {
  if (info.comment !== undefined) return undefined; // free text: the reference has an accident there
  for (const [key, value] of Object.entries<unknown>(last.info ?? {})) {
    if (['energy', 'stress'].includes(key)) continue;
    const isObject = typeof value === 'object' && !Array.isArray(value);
    const actual = isObject ? JSON.parse(String(info[key]).replace('_JSON ', '')) : info[key];
    if (
      isObject
        ? JSON.stringify(actual) !== JSON.stringify(value)
        : !isSame(actual, value) && !isSame(flatMatrix(actual), value)
    )
      return `info ${key} is ${JSON.stringify(info[key])}, expected ${JSON.stringify(value)}`;
  }
  return undefined;
}

function compareArrays(last: CorpusRecord, { arrays }: Structure): string | undefined {
  const standard = ['forces', 'momenta', 'Z'];
  for (const [key, [kind, shape, first]] of Object.entries<[string, number[], unknown]>(last.arrays ?? {})) {
    if (standard.includes(key)) continue;
    const property = arrays[key];
    if (property === undefined) return `column ${key} is missing`;
    if (property.width !== (shape[0] ?? 1)) return `column ${key} has width ${property.width}`;
    if (kind === 'i' && property.integer !== true) return `column ${key} is not an integer`;
    const values = Array.from<unknown>(property.values.slice(0, property.width));
    if (!isSame(shape.length === 0 ? values[0] : values, first))
      return `column ${key} starts with ${values}, expected ${first}`;
  }
  return undefined;
}

function isSame(actual: unknown, expected: unknown): boolean {
  if (Array.isArray(expected))
    return Array.isArray(actual) && expected.every((item, index) => isSame(actual[index], item));
  if (typeof expected === 'number') return isNear(Number(actual), expected, 1e-6);
  return actual === expected || String(actual) === String(expected);
}

function isNear(actual: number | null, expected: number | null, tolerance: number): boolean {
  if (actual === null || expected === null) return actual === expected;
  return Math.abs(actual - expected) <= tolerance * Math.max(1, Math.abs(expected));
}

function isNearAll(actual: ArrayLike<number> | undefined, expected: readonly number[], tolerance: number): boolean {
  return (
    actual?.length === expected.length && expected.every((value, index) => isNear(actual[index], value, tolerance))
  );
}
