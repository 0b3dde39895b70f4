import { unzipSync } from 'fflate';
import { LammError } from '../errors.js';
import { decodeNumbers } from './ase/number-types.js';
import type { NdArray } from './ase/values.js';
import { InputBudget } from './bytes/input-budget.js';

/** No format packs better than this, so an entry that claims more is a trap. */
const maxRatio = 1032;

/**
 * Reads one array of numbers from a file of `numpy.savez`, packed or not; undefined when it holds none of this name.
 *
 * @throws {LammError} `format` for anything that is no such file, or when the array is no list of numbers in row-major
 *   order.
 */
export function parseNpz(
  bytes: Uint8Array,
  name: string,
  { file }: { readonly file?: string } = {},
): NdArray | undefined {
  const entry = unzipEntry(bytes, `${name}.npy`, file);
  return entry === undefined ? undefined : parseNpy(Buffer.from(entry), { file });
}

function unzipEntry(bytes: Uint8Array, name: string, file: string | undefined): Uint8Array | undefined {
  const filter = (entry: { name: string; size: number; originalSize: number }) => {
    if (entry.name !== name) return false;
    if (entry.originalSize > maxRatio * entry.size || entry.size > bytes.length) throw damaged(file);
    new InputBudget(file, bytes.length).expect(entry.originalSize, `the array ${JSON.stringify(entry.name)}`);
    return true;
  };
  try {
    return unzipSync(bytes, { filter })[name];
  } catch (cause) {
    throw cause instanceof LammError ? cause : damaged(file, cause);
  }
}

const kinds: Readonly<Record<string, string>> = { f: 'float', i: 'int', u: 'uint' };

/** Reads one array of numbers from the format of `numpy.save`. */
function parseNpy(bytes: Buffer, { file }: { readonly file?: string } = {}): NdArray {
  if (bytes.length < 12 || bytes.toString('latin1', 0, 6) !== '\x93NUMPY') throw damaged(file);
  const start = bytes[6] === 1 ? 10 : 12;
  const end = start + (bytes[6] === 1 ? bytes.readUInt16LE(8) : bytes.readUInt32LE(8));
  if (end > bytes.length) throw damaged(file);
  const header = bytes.toString('latin1', start, end);
  const [, order, kind, width] = /'descr': *'([<>|=])([fiu])(\d)'/.exec(header) ?? [];
  const shape = /'shape': *\(([\d, ]*)\)/
    .exec(header)?.[1]
    .split(',')
    .filter((word) => word.trim() !== '')
    .map(Number);
  if (kind === undefined || shape === undefined || (/'fortran_order': *True/.test(header) && shape.length > 1))
    throw new LammError('format', `expected an array of numbers in row-major order, found ${header.trim()}`, { file });
  const values = decodeNumbers(bytes.subarray(end), `${kinds[kind]}${8 * Number(width)}`, order !== '>');
  if (values.length !== shape.reduce((product, size) => product * size, 1)) throw damaged(file);
  return { shape, values };
}

function damaged(file: string | undefined, cause?: unknown): LammError {
  return new LammError(
    'format',
    'expected arrays as numpy.savez writes them; the file is something else, cut off or damaged',
    {
      file,
      cause,
    },
  );
}
