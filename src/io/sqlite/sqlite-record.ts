/** A value of an SQLite table. */
export type SqlValue = null | number | string | Buffer;

/**
 * Reads an unsigned integer of 1 to 9 bytes, seven bits a byte, the most significant first; bytes behind the end count
 * as 0.
 */
export function readVarint(bytes: Buffer, start: number): { readonly value: number; readonly length: number } {
  let value = 0;
  for (let index = 0; index < 8; index++) {
    const byte = bytes[start + index] ?? 0;
    value = value * 128 + (byte & 0x7f);
    if (byte < 0x80) return { value, length: index + 1 };
  }
  return { value: value * 256 + (bytes[start + 8] ?? 0), length: 9 };
}

/** The values of a row; undefined when the bytes are no row. */
export function decodeRecord(bytes: Buffer): SqlValue[] | undefined {
  const header = readVarint(bytes, 0);
  if (header.value > bytes.length) return undefined;
  const values: SqlValue[] = [];
  let data = header.value;
  for (let at = header.length; at < header.value; ) {
    const { value: type, length } = readVarint(bytes, at);
    at += length;
    const size = sizeOfType(type);
    if (size === undefined || data + size > bytes.length) return undefined;
    values.push(decodeValue(bytes.subarray(data, data + size), type));
    data += size;
  }
  return values;
}

const fixedSizes: readonly (number | undefined)[] = [0, 1, 2, 3, 4, 6, 8, 8, 0, 0, undefined, undefined];

/** Bytes of a value by its serial type. */
function sizeOfType(type: number): number | undefined {
  return type < fixedSizes.length ? fixedSizes[type] : Math.floor((type - 12) / 2);
}

function decodeValue(bytes: Buffer, type: number): SqlValue {
  if (type === 0) return null;
  if (type === 8 || type === 9) return type - 8;
  if (type === 7) return bytes.readDoubleBE(0);
  if (type === 6) return Number(bytes.readBigInt64BE(0));
  if (type < 6) return bytes.readIntBE(0, bytes.length);
  return type % 2 === 0 ? bytes : bytes.toString('utf8');
}
