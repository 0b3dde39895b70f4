/**
 * Vectors S (three integers) numbered by one code each: code(S) = middle + (Sx * sizes[1] + Sy) * sizes[2] + Sz.
 * Codes are linear in S, ascend with (Sx, Sy, Sz) and mirror: code(-S) = 2 * middle - code(S).
 */
export interface ShiftCode {
  /** Number of values that each component can take, [3]; odd, symmetric about zero. */
  readonly sizes: readonly [number, number, number];
  readonly middle: number;
  /** Number of codes. */
  readonly count: number;
}

/** Codes of all S with |S[axis]| <= bounds[axis]. */
export function shiftCode(bounds: readonly number[]): ShiftCode {
  const sizes = [2 * bounds[0] + 1, 2 * bounds[1] + 1, 2 * bounds[2] + 1] as const;
  const count = sizes[0] * sizes[1] * sizes[2];
  return { sizes, middle: (count - 1) / 2, count };
}

/** The code of S less `middle`: adds up like S itself. */
export function relativeCode({ sizes }: ShiftCode, x: number, y: number, z: number): number {
  return (x * sizes[1] + y) * sizes[2] + z;
}

/** The different S that occur in a list, and where each code stands in it. */
export interface ShiftTable {
  /** S, [K x 3], ascending; contains 0 and with every S also -S, so that entry K - 1 - k is minus entry k. */
  readonly shifts: Int32Array;
  /** Index in `shifts` of a code that was given. */
  indexOf(code: number): number;
}

/** Largest number of codes for which an array replaces the hash map. */
const mostDenseCodes = 1 << 16;

/** Collects the different S of `codes` (the first `codeCount` entries). */
export function createShiftTable(code: ShiftCode, usedCodes: Iterable<number>): ShiftTable {
  const used = new Set<number>([code.middle]);
  for (const value of usedCodes) {
    used.add(value);
    used.add(2 * code.middle - value);
  }
  const ascending = Float64Array.from(used).sort();
  const shifts = new Int32Array(3 * ascending.length);
  for (const [index, value] of ascending.entries()) shifts.set(decode(code, value), 3 * index);
  return { shifts, indexOf: indexFunction(code, ascending) };
}

function indexFunction({ count }: ShiftCode, ascending: Float64Array): (code: number) => number {
  if (count <= mostDenseCodes) {
    const dense = new Int32Array(count);
    for (const [index, value] of ascending.entries()) dense[value] = index;
    return (value) => dense[value];
  }
  const sparse = new Map<number, number>();
  for (const [index, value] of ascending.entries()) sparse.set(value, index);
  return (value) => sparse.get(value) ?? -1;
}

function decode({ sizes }: ShiftCode, code: number): [number, number, number] {
  const z = code % sizes[2];
  const y = Math.floor(code / sizes[2]) % sizes[1];
  const x = Math.floor(code / (sizes[1] * sizes[2]));
  return [x - (sizes[0] - 1) / 2, y - (sizes[1] - 1) / 2, z - (sizes[2] - 1) / 2];
}
