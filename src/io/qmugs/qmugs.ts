import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { LammError } from '../../errors.js';
import type { AtomProperty, InfoValue, Structure } from '../../structure/structure.js';
import { hartree } from '../../units.js';
import { readChunks } from '../bytes/read-file.js';
import { iterateTar } from '../bytes/tar.js';
import { iterateSdf, type SdfOptions } from '../sdf/sdf.js';
import { iterateQmugsSummary, type QmugsRow } from './qmugs-summary.js';

/**
 * Energies of a record in hartree, and the keys in `info` under which they stand in eV.  The first is the label:
 * wB97X-D/def2-SVP at the geometry of GFN2-xTB.
 *
 * @see Isert et al., Sci. Data 9, 273 (2022).
 */
const energies = [
  { field: 'DFT:TOTAL_ENERGY', key: 'DFT_TOTAL_ENERGY_eV' },
  { field: 'GFN2:TOTAL_ENERGY', key: 'GFN2_TOTAL_ENERGY_eV' },
] as const;
const [label] = energies;
/**
 * Energies of the two files of one conformer agree to this, in hartree: they are printed with fewer digits in one of
 * them.
 */
const agreement = 1e-5;

/** Whether the beginning of an SD file has the fields of QMugs. */
export function isQmugs(head: Buffer): boolean {
  return ['<CHEMBL_ID>', '<CONF_ID>', ':TOTAL_ENERGY>'].every((field) => head.includes(field));
}

/**
 * Reads the records of an SD file of QMugs.  The label is the field `DFT:TOTAL_ENERGY`, in hartree there, which
 * `info.energy_key` names; in `info` stand `DFT_TOTAL_ENERGY_eV` and `GFN2_TOTAL_ENERGY_eV` instead of the fields.
 * Fields with a number for each atom, such as the charges, are columns.
 *
 * @throws {LammError} the errors of SD files; `format` for an energy that is no number.
 */
export async function* iterateQmugs(
  chunks: AsyncIterable<Uint8Array>,
  options: SdfOptions = {},
): AsyncGenerator<Structure> {
  for await (const structure of iterateSdf(chunks, options)) yield withQmugsEnergies(structure, options.file);
}

/**
 * Reads a folder of QMugs: `structures/CHEMBL1/conf_00.sdf` and so on, in the order of `summary.csv` when it is there
 * and in the order of the names otherwise; the files may be packed.  One conformer at a time is in memory.
 *
 * @throws {LammError} `format` when the summary and a record do not belong together; `file-not-found`.
 */
export async function* iterateQmugsFolder(
  path: string,
  options: Pick<SdfOptions, 'onRefused'> = {},
): AsyncGenerator<Structure> {
  const summary = join(path, 'summary.csv');
  const root = isFolder(join(path, 'structures')) ? join(path, 'structures') : path;
  if (isFile(summary)) {
    for await (const row of iterateQmugsSummary(summary)) {
      const file = conformerFile(root, row, summary);
      for await (const structure of iterateQmugs(readChunks(file), { ...options, file }))
        yield withSummary(structure, row, file, summary);
    }
    return;
  }
  let count = 0;
  for (const file of conformerFiles(root)) {
    count++;
    yield* iterateQmugs(readChunks(file), { ...options, file });
  }
  if (count === 0)
    throw new LammError('format', 'expected folders such as CHEMBL1 with conf_00.sdf in them, found none', {
      file: root,
    });
}

/**
 * Reads the SD files in a tar archive, such as `structures.tar.gz` of QMugs, one after another as they come.
 *
 * @throws {LammError} the errors of SD files, with the name in the archive; `format` when the archive is cut off, or
 *   holds none.
 */
export async function* iterateSdfTar(
  chunks: AsyncIterable<Uint8Array>,
  { file, ...options }: SdfOptions = {},
): AsyncGenerator<Structure> {
  let count = 0;
  for await (const { name, bytes } of iterateTar(chunks, { pattern: /\.sdf$/i, file })) {
    count++;
    const iterate = isQmugs(bytes) ? iterateQmugs : iterateSdf;
    yield* iterate(oneChunk(bytes), { ...options, file: file === undefined ? name : `${file}/${name}` });
  }
  if (count === 0) throw new LammError('format', 'expected .sdf files in the archive, found none', { file });
}

async function* oneChunk(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

/** Makes labels and columns of the fields of a record; see `iterateQmugs`. */
export function withQmugsEnergies(structure: Structure, file: string | undefined): Structure {
  const info = new Map<string, InfoValue>(Object.entries(structure.info));
  for (const { field, key } of energies) {
    const text = info.get(field);
    if (text === undefined) continue;
    const value = typeof text === 'string' && text.trim() === '' ? Number.NaN : Number(text);
    if (!Number.isFinite(value))
      throw new LammError('format', `expected a number in hartree for ${field}, found ${JSON.stringify(text)}`, {
        file,
      });
    info.delete(field);
    info.set(key, value * hartree);
  }
  const energy = info.get(label.key);
  if (typeof energy === 'number') info.set('energy_key', label.field);
  const { columns, rest } = splitColumns(info, structure.numbers.length);
  return {
    ...structure,
    labels: { ...structure.labels, ...(typeof energy === 'number' && { energy }) },
    info: rest,
    arrays: { ...structure.arrays, ...columns },
  };
}

/** Values as `0.1|-0.2|0.1`, one for each atom, become columns, with an underscore for the colon in their names. */
function splitColumns(info: ReadonlyMap<string, InfoValue>, atomCount: number) {
  const columns: Record<string, AtomProperty> = {};
  const rest: Record<string, InfoValue> = {};
  for (const [name, value] of info) {
    const words = typeof value === 'string' && atomCount > 1 ? value.split('|') : [];
    const values = Float64Array.from(words, (word) => (word.trim() === '' ? Number.NaN : Number(word)));
    if (/^(?:DFT|GFN2):/.test(name) && values.length === atomCount && values.every(Number.isFinite))
      columns[name.replace(':', '_')] = { width: 1, values };
    else rest[name] = value;
  }
  return { columns, rest };
}

function withSummary(structure: Structure, row: QmugsRow, file: string, summary: string): Structure {
  const { chemblId, conformerId, energy, isNonunique, line } = row;
  const { CHEMBL_ID: id, CONF_ID: conformer, [label.key]: stored } = structure.info;
  const isSame = (id ?? chemblId) === chemblId && (conformer ?? conformerId) === conformerId;
  const isClose = typeof stored !== 'number' || energy === undefined || Math.abs(stored / hartree - energy) < agreement;
  if (!isSame || !isClose) {
    throw new LammError(
      'format',
      `${file} is ${id}, ${conformer} with ${typeof stored === 'number' ? stored / hartree : 'no'} hartree, but this line is ${chemblId}, ${conformerId} with ${energy}; the two do not belong together`,
      { file: summary, line },
    );
  }
  return {
    ...structure,
    info: { ...structure.info, ...(isNonunique !== undefined && { nonunique_smiles: isNonunique }) },
  };
}

function conformerFile(root: string, { chemblId, conformerId, line }: QmugsRow, summary: string): string {
  const plain = join(root, chemblId, `${conformerId}.sdf`);
  const found = [plain, `${plain}.gz`].find(isFile);
  if (found !== undefined) return found;
  throw new LammError(
    'file-not-found',
    `expected ${plain}, which is not there; unpack all structures, or take summary.csv away to read those that are there`,
    { file: summary, line },
  );
}

function* conformerFiles(root: string): Generator<string> {
  for (const molecule of readdirSync(root).sort()) {
    if (!isFolder(join(root, molecule))) continue;
    for (const name of readdirSync(join(root, molecule)).sort())
      if (/\.sdf(?:\.gz)?$/i.test(name)) yield join(root, molecule, name);
  }
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
}
