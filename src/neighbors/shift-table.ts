/**
 * Vectors S (three integers) numbered by one code each: code(S) = middle + (Sx * sizes[1] + Sy) * sizes[2] + Sz.
 * Codes ascend with (Sx, Sy, Sz) and mirror: code(-S) = 2 * middle - code(S).
 */
export interface ShiftCode {
  /** Number of values that each component can take, [3]; odd, symmetric about zero. */
  readonly sizes: readonly [number, number, number];
  /** Code of zero. */
  readonly middle: number;
  /** Number of codes. */
  readonly count: number;
}

/** Codes of all S with |S[axis]| <= bounds[axis]. */
export function createShiftCode(bounds: ArrayLike<number>): ShiftCode {
  const sizes = [2 * bounds[0] + 1, 2 * bounds[1] + 1, 2 * bounds[2] + 1] as const;
  const count = sizes[0] * sizes[1] * sizes[2];
  return { sizes, middle: (count - 1) / 2, count };
}

/** code(S) - middle, which is linear in S. */
export function relativeCode({ sizes }: ShiftCode, x: number, y: number, z: number): number {
  return (x * sizes[1] + y) * sizes[2] + z;
}

/** The different S that occur in a list, and where each stands in it. */
export interface ShiftTable {
  /** S, [K x 3], ascending; contains 0 and with every S also -S, so that entry K - 1 - k is minus entry k. */
  readonly shifts: Int32Array;
  /** Index in `shifts` of a code that was given. */
  indexOf(code: number): number;
}

/** Up to this number of codes an array takes the place of a hash map. */
const maxDenseCodes = 1 << 16;

/** Collects the different S of keys, each of which is a multiple of `code.count` plus a code. */
export function createShiftTable(code: ShiftCode, keys: Float64Array): ShiftTable {
  return code.count <= maxDenseCodes ? denseTable(code, keys) : sparseTable(code, keys);
}

/** Unites lists of different S, [K x 3] each; `places` says of each entry of each list where it stands in the union. */
export function joinShifts(lists: readonly Int32Array[]): {
  readonly shifts: Int32Array;
  readonly places: readonly Int32Array[];
} {
  const bounds = [0, 0, 0];
  for (const list of lists)
    for (let i = 0; i < list.length; i++) bounds[i % 3] = Math.max(bounds[i % 3], Math.abs(list[i]));
  const code = createShiftCode(bounds);
  const codes = lists.map((list) =>
    Float64Array.from(
      { length: list.length / 3 },
      (_, k) => code.middle + relativeCode(code, list[3 * k], list[3 * k + 1], list[3 * k + 2]),
    ),
  );
  const table = createShiftTable(code, Float64Array.from(codes.flatMap((list) => Array.from(list))));
  return { shifts: table.shifts, places: codes.map((list) => Int32Array.from(list, table.indexOf)) };
}

function denseTable(code: ShiftCode, keys: Float64Array): ShiftTable {
  const { count, middle } = code;
  const used = new Uint8Array(count);
  used[middle] = 1;
  for (let k = 0; k < keys.length; k++) used[keys[k] - Math.floor(keys[k] / count) * count] = 1;
  const indices = new Int32Array(count);
  const ascending: number[] = [];
  for (let value = 0; value < count; value++) {
    if (!used[value] && !used[2 * middle - value]) continue;
    indices[value] = ascending.length;
    ascending.push(value);
  }
  return { shifts: decode(code, ascending), indexOf: (value) => indices[value] };
}

function sparseTable(code: ShiftCode, keys: Float64Array): ShiftTable {
  const { count, middle } = code;
  const used = new Set<number>([middle]);
  for (let k = 0; k < keys.length; k++) {
    const value = keys[k] - Math.floor(keys[k] / count) * count;
    if (value === middle) continue;
    used.add(value);
    used.add(2 * middle - value);
  }
  const ascending = Float64Array.from(used).sort();
  const indices = new Map<number, number>();
  for (const [index, value] of ascending.entries()) indices.set(value, index);
  return { shifts: decode(code, ascending), indexOf: (value) => indices.get(value) ?? -1 };
}

function decode({ sizes }: ShiftCode, codes: ArrayLike<number>): Int32Array {
  const shifts = new Int32Array(3 * codes.length);
  for (let k = 0; k < codes.length; k++) {
    shifts[3 * k] = Math.floor(codes[k] / (sizes[1] * sizes[2])) - (sizes[0] - 1) / 2;
    shifts[3 * k + 1] = (Math.floor(codes[k] / sizes[2]) % sizes[1]) - (sizes[1] - 1) / 2;
    shifts[3 * k + 2] = (codes[k] % sizes[2]) - (sizes[2] - 1) / 2;
  }
  return shifts;
}
