const utf8 = new TextEncoder();

/** One field of a protocol-buffers message: number, wire type and payload. */
export type Field = Uint8Array;

/** An integer field; negative numbers take ten bytes, as the format wants. */
export function integerField(field: number, value: number | bigint): Field {
  return joinBytes([varint(field << 3), varint(value)]);
}

/** A field of bytes: a string, raw data, or a message made of fields. */
export function bytesField(field: number, value: string | Uint8Array | readonly Field[]): Field {
  const payload =
    typeof value === 'string' ? utf8.encode(value) : value instanceof Uint8Array ? value : joinBytes(value);
  return joinBytes([varint((field << 3) | 2), varint(payload.length), payload]);
}

/** A field of a real number in single precision. */
export function realField(field: number, value: number): Field {
  const payload = new DataView(new ArrayBuffer(4));
  payload.setFloat32(0, value, true);
  return joinBytes([varint((field << 3) | 5), new Uint8Array(payload.buffer)]);
}

export function joinBytes(parts: readonly Uint8Array[]): Uint8Array {
  const joined = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    joined.set(part, offset);
    offset += part.length;
  }
  return joined;
}

function varint(value: number | bigint): Uint8Array {
  let rest = BigInt.asUintN(64, BigInt(value));
  const bytes: number[] = [];
  do {
    const low = Number(rest & 0x7fn);
    rest >>= 7n;
    bytes.push(rest > 0n ? low | 0x80 : low);
  } while (rest > 0n);
  return Uint8Array.from(bytes);
}
