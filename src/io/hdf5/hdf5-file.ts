import { resolve } from 'node:path';
import type { Group } from 'h5wasm/node';
import { LammError } from '../../errors.js';
import { type CallEnd, createBoundedCalls } from '../bytes/bounded-call.js';
import { openByteSource } from '../bytes/byte-source.js';
import { InputBudget } from '../bytes/input-budget.js';
import { packingOf } from '../bytes/read-file.js';
import { type Hdf5Library, loadHdf5Library } from './hdf5-library.js';

/** Numbers of one molecule; a data set of more is none. */
const maxSetBytes = 2 ** 27;

/** A group of an HDF5 file. */
export type Hdf5Group = Group;

export interface Hdf5File extends Disposable {
  readonly path: string;
  readonly root: Hdf5Group;
  /** What reading it may cost. */
  readonly budget: InputBudget;
  /** Runs `action`; an error of the HDF5 library says which file it is, also one that it only reports. */
  check<T>(action: () => T): T;
}

/**
 * Opens an HDF5 file where it is; only what is asked for is read, and nothing of other files.  Whoever opens one
 * disposes it.
 *
 * @throws {LammError} `file-not-found`; `usage` for the standard input or a packed file; `format`.
 */
export async function openHdf5(path: string, { moreTime = 1 } = {}): Promise<Hdf5File> {
  const budget = new InputBudget(path, assertReadable(path), moreTime);
  const library = await loadHdf5Library();
  const calls = boundedCalls(library, path, budget);
  const root = calls.check(() => new library.File(resolve(path), 'r'));
  budgets.set(root.file_id, budget);
  return {
    path,
    root,
    budget,
    check: calls.check,
    [Symbol.dispose]() {
      budgets.delete(root.file_id);
      calls.close(() => root.close());
      library.takeReport();
    },
  };
}

/** Calls the library for one file, within what reading it may cost. */
function boundedCalls(library: Hdf5Library, path: string, budget: InputBudget) {
  const calls = createBoundedCalls({ seconds: budget.seconds, bytes: budget.libraryBytes });
  const what = 'reading the HDF5 data';
  let [isAbandoned, wasBusy] = [false, false];

  function call<T>(action: () => T): CallEnd<T> {
    if (isAbandoned) return { end: 'overTime', wasBusy };
    const ended = calls.call(() => library.keepTo(resolve(path), action));
    if (ended.end === 'overTime') {
      library.abandon();
      isAbandoned = true;
      wasBusy = ended.wasBusy;
    }
    return ended;
  }

  return {
    close: call<void>,
    check: <T>(action: () => T): T =>
      checked(library, path, () => {
        const ended = call(action);
        if (ended.end === 'overTime') throw wasBusy ? budget.overTime(what) : budget.heldUp(what);
        if (ended.end === 'failed' && calls.isOverMemory()) throw budget.overMemory(what);
        return ended;
      }),
  };
}

/** Of the files that are open, by their ids. */
const budgets = new Map<bigint, InputBudget>();

function checked<T>(library: Hdf5Library, file: string, call: () => Exclude<CallEnd<T>, { end: 'overTime' }>): T {
  library.takeReport();
  library.takeRefused();
  const ended = call();
  const report = library.takeReport();
  assertOneFile(library, file);
  if (ended.end === 'failed') {
    const { error } = ended;
    if (!(error instanceof LammError)) throw damaged(file, error);
    if (report === '') throw new LammError(error.code, error.message, { file, ...error.details });
  }
  if (report !== '' || ended.end === 'failed') throw damaged(file, new Error(report));
  return ended.result;
}

function assertOneFile(library: Hdf5Library, file: string): void {
  const other = library.takeRefused();
  if (other === undefined) return;
  const message =
    other === '.'
      ? 'the data are not in one piece (a virtual data set, or rows of variable length); copy them into an ordinary one'
      : `the data lie in another file, ${JSON.stringify(other)}, to which this one only refers (an external link, external storage or a virtual data set); copy them into one file`;
  throw new LammError('format', message, { file });
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
 * Reads a data set of numbers; undefined when it is not there.  `row` takes one row along its first axis, without
 * reading the others.
 *
 * @throws {LammError} `format` when it holds something else, or a number that is not finite.
 */
export function readHdf5Numbers(group: Hdf5Group, name: string, row?: number): Hdf5Numbers | undefined {
  if (!group.keys().includes(name)) return undefined;
  const entity = group.get(name);
  const place = `${group.path}/${name}`;
  if (entity === null || !('metadata' in entity) || !('slice' in entity))
    throw new LammError('format', `${place}: expected a data set`);
  const { shape, metadata } = entity;
  if (metadata.total_size > maxSetBytes)
    throw new LammError('format', `${place}: expected at most ${maxSetBytes} numbers, found ${metadata.total_size}`);
  const chunk = metadata.chunks?.reduce((product, size) => product * size, 1) ?? 0;
  const part = row === undefined ? metadata.total_size : metadata.total_size / Math.max(shape?.[0] ?? 1, 1);
  budgets.get(group.file_id)?.expect(metadata.size * Math.max(part, chunk), place);
  const read = () => (row === undefined ? entity.value : entity.slice([[row, row + 1]]));
  const values = metadata.littleEndian || metadata.size === 1 ? toNumbers(read()) : undefined;
  if (shape === null || values === undefined)
    throw new LammError('format', `${place}: expected numbers with the smallest byte first`);
  const bad = values.find((number) => !Number.isFinite(number));
  if (bad !== undefined) throw new LammError('format', `${place}: expected finite numbers, found ${bad}`);
  return { shape: row === undefined ? shape : [1, ...shape.slice(1)], values };
}

/** The shape of a data set, without its numbers; undefined when it is not there. */
export function hdf5ShapeOf(group: Hdf5Group, name: string): readonly number[] | undefined {
  const entity = group.keys().includes(name) ? group.get(name) : null;
  return entity !== null && 'shape' in entity ? (entity.shape ?? undefined) : undefined;
}

function toNumbers(value: unknown): Float64Array | undefined {
  if (typeof value === 'number' || typeof value === 'bigint') return Float64Array.of(Number(value));
  if (value instanceof BigInt64Array || value instanceof BigUint64Array) return Float64Array.from(value, Number);
  if (value instanceof Float64Array) return value;
  const isArray = ArrayBuffer.isView(value) && !(value instanceof DataView);
  return isArray ? Float64Array.from(value as Float32Array | Int32Array) : undefined; // whichever it is, of numbers
}

/** @returns the number of bytes of the file. */
function assertReadable(path: string): number {
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
  return source.size;
}

function damaged(file: string, cause?: unknown): LammError {
  const message =
    'the HDF5 data are damaged or cut off, or stored in a way that is not known here (numbers of 2 bytes, other filters than gzip); copy or download the file again, or write it anew';
  return new LammError('format', message, { file, cause });
}
