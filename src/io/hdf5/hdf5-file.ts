import { resolve } from 'node:path';
import type { File, Group } from 'h5wasm/node';
import { LammError } from '../../errors.js';
import { openByteSource } from '../byte-source.js';
import { packingOf } from '../read-file.js';

/** Numbers of one molecule; a data set of more is none. */
const largestSet = 2 ** 27;

/** A group of an HDF5 file. */
export type Hdf5Group = Group;

export interface Hdf5File extends Disposable {
  readonly root: Hdf5Group;
}

/**
 * Opens an HDF5 file where it is; only what is asked for is read.  Whoever opens one disposes it.
 *
 * @throws {LammError} `file-not-found`; `usage` for the standard input or a packed file; `format`.
 */
export async function openHdf5(path: string): Promise<Hdf5File> {
  assertReadable(path);
  const { File, ready } = await import('h5wasm/node'); // 4 MB of WebAssembly
  const library = await ready;
  library.activate_throwing_error_handler(); // otherwise errors are printed, and what could not be read is zero
  let file: File | undefined;
  atHdf5(path, () => {
    file = new File(resolve(path), 'r');
  });
  if (file === undefined || file.file_id < 0n) throw damaged(path);
  const root: File = file;
  return { root, [Symbol.dispose]: () => void root.close() };
}

/** Runs `action`; an error of the HDF5 library says which file it is. */
export function atHdf5<T>(file: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    if (error instanceof LammError) throw new LammError(error.code, error.message, { file, ...error.details });
    throw damaged(file, error);
  }
}

/** The group `name` in `group`; undefined when there is none. */
export function groupIn(group: Hdf5Group, name: string): Hdf5Group | undefined {
  const entity = group.get(name);
  return isGroup(entity) ? entity : undefined;
}

/** The groups in a group. */
export function* groupsIn(group: Hdf5Group): Generator<readonly [name: string, group: Hdf5Group]> {
  for (const name of group.keys()) {
    const inner = groupIn(group, name);
    if (inner !== undefined) yield [name, inner];
  }
}

function isGroup(entity: unknown): entity is Hdf5Group {
  return typeof entity === 'object' && entity !== null && 'keys' in entity;
}

export interface Hdf5Numbers {
  readonly shape: readonly number[];
  /** Row-major. */
  readonly values: Float64Array;
}

/**
 * Reads a data set of numbers; undefined when it is not there.
 *
 * @throws {LammError} `format` when it holds something else, or a number that is not finite.
 */
export function readHdf5Numbers(group: Hdf5Group, name: string): Hdf5Numbers | undefined {
  if (!group.keys().includes(name)) return undefined;
  const entity = group.get(name);
  const place = `${group.path}/${name}`;
  if (entity === null || !('metadata' in entity) || !('value' in entity))
    throw new LammError('format', `${place}: expected a data set`);
  const { shape, metadata } = entity;
  if (metadata.total_size > largestSet)
    throw new LammError('format', `${place}: expected at most ${largestSet} numbers, found ${metadata.total_size}`);
  const values = metadata.littleEndian || metadata.size === 1 ? toNumbers(entity.value) : undefined;
  if (shape === null || values === undefined)
    throw new LammError('format', `${place}: expected numbers with the smallest byte first`);
  const bad = values.find((number) => !Number.isFinite(number));
  if (bad !== undefined) throw new LammError('format', `${place}: expected finite numbers, found ${bad}`);
  return { shape, values };
}

function toNumbers(value: unknown): Float64Array | undefined {
  if (typeof value === 'number' || typeof value === 'bigint') return Float64Array.of(Number(value));
  if (value instanceof BigInt64Array || value instanceof BigUint64Array) return Float64Array.from(value, Number);
  if (value instanceof Float64Array) return value;
  const isArray = ArrayBuffer.isView(value) && !(value instanceof DataView);
  return isArray ? Float64Array.from(value as Float32Array | Int32Array) : undefined; // whichever it is, of numbers
}

function assertReadable(path: string): void {
  if (path === '-') throw new LammError('usage', 'an HDF5 file cannot be read from the standard input; give its name');
  using source = openByteSource(path);
  const head = source.read(0, Math.min(8, source.size));
  const packing = packingOf(head);
  if (packing !== undefined) {
    throw new LammError(
      'usage',
      `an HDF5 file is read here and there, so it may not be packed (${packing}); unpack it`,
      {
        file: path,
      },
    );
  }
  const signature = Buffer.from('\x89HDF\r\n\x1a\n', 'latin1');
  let start = 0; // or 512, 1024, 2048 ..: after a block of the user
  while (start + 8 <= source.size && !source.read(start, 8).equals(signature)) start = Math.max(512, 2 * start);
  if (start + 8 > source.size)
    throw new LammError('format', 'expected an HDF5 file, found no signature', { file: path });
}

function damaged(file: string, cause?: unknown): LammError {
  return new LammError('format', 'the HDF5 data are damaged or cut off; copy or download the file again', {
    file,
    cause,
  });
}
