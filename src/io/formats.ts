import { basename } from 'node:path';
import { LammError } from '../errors.js';
import { aseJson, aseSqlite, aseTrajectory } from './ase/ase-formats.js';
import { cif } from './cif/cif-format.js';
import { cp2kInput, cp2kOutput } from './cp2k/cp2k-formats.js';
import { extxyz } from './extxyz-format.js';
import type { Format, FormatWriter } from './format.js';
import { hdf5 } from './hdf5/hdf5-format.js';
import { lmdb } from './lmdb/lmdb-format.js';
import { espressoInput, espressoOutput } from './quantum-espresso/espresso-formats.js';
import { qmugs, sdf, sdfTar } from './sdf-formats.js';
import { outcar, poscar, vasprun } from './vasp/vasp-formats.js';

/** All formats, in the order in which a content is compared with them: an SD file may have a number for its title. */
export const formats = [
  ...[sdfTar, qmugs, sdf, extxyz, aseTrajectory, hdf5, aseSqlite, aseJson, lmdb, cif],
  ...[outcar, vasprun, espressoOutput, cp2kOutput, espressoInput, cp2kInput, poscar],
] as const;

type KnownFormat = (typeof formats)[number];

/** The structure formats that can be read. */
export type StructureFormat = KnownFormat['name'];

/** The structure formats that can be written. */
export type WritableFormat = Extract<KnownFormat, { readonly write: object }>['name'];

const all: readonly (Format & { readonly name: StructureFormat })[] = formats;

/** What is known of a format. */
export function formatCalled(name: StructureFormat): Format {
  const found = all.find((format) => format.name === name);
  if (found !== undefined) return found;
  throw new LammError('usage', `expected one of the formats ${names(shown)}, found "${String(name)}"`);
}

const writable = formats.filter((format) => 'write' in format);
/** For messages: those that can be written come first. */
const shown = [...all].sort((a, b) => Number(b.write !== undefined) - Number(a.write !== undefined));

/** Names of the formats that can be written. */
export const writableFormats: readonly WritableFormat[] = writable.map(({ name }) => name);

/** How a format is written. */
export function writerOf(name: WritableFormat): FormatWriter {
  const found = writable.find((format) => format.name === name);
  if (found !== undefined) return found.write;
  throw new LammError('usage', `expected one of the formats ${writableFormats.join(', ')}, found "${String(name)}"`);
}

/**
 * Endings that files may be written with, such as `.extxyz, .cif or .vasp`; those that hold many frames with `many`.
 */
export function writableEndings({ many = false } = {}): string {
  const writers: readonly FormatWriter[] = writable.map(({ write }) => write);
  return listed(
    writers.filter(({ refusalOfMany }) => !many || refusalOfMany === undefined).map(({ ending }) => ending),
  );
}

/** Endings of files whose frames can be read in any order. */
export function endingsOfFrames(): string {
  return listed(shown.filter(({ frames }) => frames !== undefined).flatMap(({ endings = [] }) => endings));
}

/** The format that a file name stands for, if any; a `.gz` or `.xz` at the end does not count. */
export function formatOfName(path: string): StructureFormat | undefined {
  const name = basename(path).replace(/\.(?:gz|xz)$/i, '');
  const small = name.toLowerCase();
  const fits = ({ endings = [], partOfName }: Format) =>
    endings.some((ending) => small.endsWith(ending)) || partOfName?.test(name) === true;
  return all.find(fits)?.name;
}

/** The format that the beginning of a file looks like, if any. */
export function formatOfContent(head: string): StructureFormat | undefined {
  const lines = head.replace(/^\uFEFF/, '').split(/\r\n|\n|\r/, 400);
  return all.find((format) => format.isText?.(head, lines))?.name;
}

/** Formats of which files are known by their first bytes alone, among those that are named as another, or as none. */
export function formatOfBytes(head: Buffer): StructureFormat | undefined {
  return all.find((format) => format.isBytes?.(head))?.name;
}

/** Whether the content may say that a file of this name is of another format. */
export function mayHoldAnother(named: StructureFormat): boolean {
  return all.some(({ within }) => within === named);
}

/** The format to write under a name; undefined when the name says none. */
export function writableFormatOfName(path: string): WritableFormat | undefined {
  if (/\.xz$/i.test(path)) return undefined;
  const format = formatOfName(path);
  return writableFormats.find((name) => name === format);
}

/** @throws {LammError} `usage`: the format of this file is not known. */
export function unknownFormat(path: string): never {
  const endings = shown.flatMap(({ endings: own = [] }) => own);
  const programs = new Set(all.flatMap(({ program = [] }) => program));
  throw new LammError(
    'usage',
    `the format is not clear from the name or the content; expected a name in ${listed(endings)} (and .gz or .xz), or an output or input of ${listed([...programs])}, or give one of ${names(shown)}`,
    { file: path },
  );
}

function names(list: readonly { readonly name: string }[]): string {
  return list.map(({ name }) => name).join(', ');
}

function listed(words: readonly string[]): string {
  return `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`;
}
