import { LammError } from '../../errors.js';
import { shortFloat } from '../bytes/short-float.js';

/** A tensor of a checkpoint: a window on a storage, which is unpacked when its values are asked for. */
export interface TorchTensor {
  readonly kind: 'tensor';
  readonly shape: readonly number[];
  /** Items of the storage from one index to the next, one per axis. */
  readonly strides: readonly number[];
  readonly offset: number;
  readonly storage: TorchStorage;
}

export interface TorchStorage {
  readonly kind: 'storage';
  readonly type: ElementType;
  /** Number of items. */
  readonly length: number;
  readonly read: () => Uint8Array;
}

export interface ElementType {
  /** Bytes of one item. */
  readonly width: number;
  readonly read: (view: DataView, position: number) => number;
}

export function isTorchTensor(value: unknown): value is TorchTensor {
  return hasKind(value, 'tensor');
}

/** The values of a tensor as doubles, row-major. */
export function tensorValues({ shape, strides, offset, storage }: TorchTensor): Float64Array {
  const { width, read } = storage.type;
  const bytes = storage.read();
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const values = new Float64Array(countOf(shape));
  const index = shape.map(() => 0);
  let position = offset;
  for (let item = 0; item < values.length; item++) {
    values[item] = read(view, position * width);
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      position += strides[axis];
      if (++index[axis] < shape[axis]) break;
      position -= strides[axis] * shape[axis];
      index[axis] = 0;
    }
  }
  return values;
}

/** What the items of a storage are, by the name of its class. */
export const elementTypes: ReadonlyMap<string, ElementType> = new Map([
  ['torch.DoubleStorage', { width: 8, read: (view, position) => view.getFloat64(position, true) }],
  ['torch.FloatStorage', { width: 4, read: (view, position) => view.getFloat32(position, true) }],
  ['torch.HalfStorage', { width: 2, read: (view, position) => shortFloat(view.getUint16(position, true), 10) }],
  ['torch.BFloat16Storage', { width: 2, read: (view, position) => shortFloat(view.getUint16(position, true), 7) }],
  ['torch.LongStorage', { width: 8, read: (view, position) => Number(view.getBigInt64(position, true)) }],
  ['torch.IntStorage', { width: 4, read: (view, position) => view.getInt32(position, true) }],
  ['torch.ShortStorage', { width: 2, read: (view, position) => view.getInt16(position, true) }],
  ['torch.CharStorage', { width: 1, read: (view, position) => view.getInt8(position) }],
  ['torch.ByteStorage', { width: 1, read: (view, position) => view.getUint8(position) }],
  ['torch.BoolStorage', { width: 1, read: (view, position) => view.getUint8(position) }],
]);

const maxRank = 16;

/** What stands for a call that makes a tensor of a storage, an offset, a shape and strides. */
export function rebuildTensor([storage, offset, shape, strides]: readonly unknown[]): TorchTensor {
  if (!isTorchStorage(storage) || !isNatural(offset) || !isAxisList(shape) || !isAxisList(strides)) {
    throw unfit('a tensor with storage, offset, shape and strides', 'something else');
  }
  const count = countOf(shape);
  const last = shape.reduce((sum, size, axis) => sum + (size - 1) * strides[axis], offset);
  if (shape.length !== strides.length || count > storage.length || (count > 0 && last >= storage.length)) {
    const tensor = `a tensor of shape [${shape}], strides [${strides}] and offset ${offset}`;
    throw unfit(`${tensor} to lie within its storage`, `a storage of ${storage.length} items`);
  }
  return { kind: 'tensor', shape: [...shape], strides: [...strides], offset, storage };
}

/** Data that are none of a checkpoint's. */
export function unfit(expected: string, actual: string): LammError {
  return new LammError('checkpoint', `expected ${expected}, found ${actual}`, { expected, actual });
}

function countOf(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

export function isTorchStorage(value: unknown): value is TorchStorage {
  return hasKind(value, 'storage');
}

function hasKind(value: unknown, kind: string): boolean {
  return typeof value === 'object' && value !== null && 'kind' in value && value.kind === kind;
}

export function isNatural(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}

function isAxisList(value: unknown): value is number[] {
  return Array.isArray(value) && value.length <= maxRank && value.every(isNatural);
}
