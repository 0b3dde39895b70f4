type Reader = (view: DataView, offset: number, little: boolean) => number;

/** Bytes of one number, and how it is read, by the name that NumPy gives its type. */
const types: ReadonlyMap<string, readonly [width: number, read: Reader]> = new Map<string, readonly [number, Reader]>([
  ['float64', [8, (view, offset, little) => view.getFloat64(offset, little)]],
  ['float32', [4, (view, offset, little) => view.getFloat32(offset, little)]],
  ['int64', [8, (view, offset, little) => Number(view.getBigInt64(offset, little))]],
  ['uint64', [8, (view, offset, little) => Number(view.getBigUint64(offset, little))]],
  ['int32', [4, (view, offset, little) => view.getInt32(offset, little)]],
  ['uint32', [4, (view, offset, little) => view.getUint32(offset, little)]],
  ['int16', [2, (view, offset, little) => view.getInt16(offset, little)]],
  ['uint16', [2, (view, offset, little) => view.getUint16(offset, little)]],
  ['int8', [1, (view, offset) => view.getInt8(offset)]],
  ['uint8', [1, (view, offset) => view.getUint8(offset)]],
  ['bool', [1, (view, offset) => view.getUint8(offset)]],
]);

/** Bytes of one number of a type; undefined for a type that holds no real numbers. */
export function widthOfType(type: string): number | undefined {
  return types.get(type)?.[0];
}

/** All numbers of a type in `bytes`; none for a type that holds no real numbers. */
export function decodeNumbers(bytes: Buffer, type: string, isLittleEndian = true): Float64Array {
  const [width, read] = types.get(type) ?? [Number.POSITIVE_INFINITY, () => 0];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const count = Math.floor(bytes.length / width);
  return Float64Array.from({ length: count }, (_, index) => read(view, index * width, isLittleEndian));
}
