import { createHash } from 'node:crypto';

/** Plain data with long arrays in it: the data as JSON, with a place for each array, and the arrays as bytes behind each other. */
export interface PackedArrays {
  readonly header: PackedHeader;
  readonly pieces: readonly Uint8Array[];
}

export interface PackedHeader {
  /** Length of all pieces in bytes. */
  readonly bytes: number;
  readonly sha256: string;
  readonly body: string;
}

type PackedArray = Float64Array | Uint8Array;

const placeKey = '$array';
const padding = new Uint8Array(7);

/** Packs data for a file; the pieces are the arrays themselves, not copies, so they must not change until they are written. */
export function packArrays(value: unknown): PackedArrays {
  const pieces: Uint8Array[] = [];
  const hash = createHash('sha256');
  let bytes = 0;
  const push = (piece: Uint8Array) => {
    pieces.push(piece);
    hash.update(piece);
    bytes += piece.length;
  };
  const body = JSON.stringify(value, (_, item: unknown) => {
    if (!isPackable(item)) return item;
    const place = [item instanceof Float64Array ? 'f64' : 'u8', bytes, item.length];
    push(new Uint8Array(item.buffer, item.byteOffset, item.byteLength));
    push(padding.subarray(0, -bytes & 7)); // float64 must begin at multiples of 8
    return { [placeKey]: place };
  });
  return { header: { bytes, sha256: hash.digest('hex'), body }, pieces };
}

/** The data that were packed; undefined when the bytes are not those of the header. */
export function unpackArrays({ bytes, sha256, body }: PackedHeader, payload: Uint8Array): unknown {
  if (payload.length !== bytes || createHash('sha256').update(payload).digest('hex') !== sha256) return undefined;
  const { buffer } = Uint8Array.from(payload); // begins at a multiple of 8
  return JSON.parse(body, (_, item: unknown) => {
    if (item === null || typeof item !== 'object' || !(placeKey in item)) return item;
    const [kind, offset, length] = item[placeKey] as [string, number, number]; // as it was packed
    return kind === 'f64'
      ? new Float64Array(buffer, offset, length).slice()
      : new Uint8Array(buffer, offset, length).slice();
  });
}

function isPackable(item: unknown): item is PackedArray {
  return item instanceof Float64Array || item instanceof Uint8Array;
}
