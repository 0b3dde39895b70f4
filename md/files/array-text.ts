/** Raw little-endian float64 in base64, so that every bit comes back. */
export function encodeArray(values: Float64Array): string {
  return Buffer.from(values.buffer, values.byteOffset, values.byteLength).toString('base64');
}

/** The array of such a text; undefined when it is not made of whole numbers of 8 bytes. */
export function decodeArray(text: string): Float64Array | undefined {
  const bytes = Uint8Array.from(Buffer.from(text, 'base64'));
  return bytes.length % 8 === 0 ? new Float64Array(bytes.buffer) : undefined;
}

const arrayKey = '$float64';

/** Plain data with arrays in it as JSON; `parseWithArrays` reads it back. */
export function formatWithArrays(value: unknown): string {
  return JSON.stringify(value, (_, item: unknown) =>
    item instanceof Float64Array ? { [arrayKey]: encodeArray(item) } : item,
  );
}

export function parseWithArrays(text: string): unknown {
  return JSON.parse(text, (_, item: unknown) => {
    if (item === null || typeof item !== 'object' || !(arrayKey in item)) return item;
    return decodeArray(String(item[arrayKey]));
  });
}
