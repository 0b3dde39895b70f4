/** S . cell of every row of `shifts` in A, [K x 3], written into `offsets`. */
export function shiftOffsets(
  shifts: Int32Array,
  cell: Float64Array,
  offsets: Float64Array = new Float64Array(shifts.length),
): Float64Array {
  for (let start = 0; start < shifts.length; start += 3) {
    const x = shifts[start];
    const y = shifts[start + 1];
    const z = shifts[start + 2];
    offsets[start] = x * cell[0] + y * cell[3] + z * cell[6];
    offsets[start + 1] = x * cell[1] + y * cell[4] + z * cell[7];
    offsets[start + 2] = x * cell[2] + y * cell[5] + z * cell[8];
  }
  return offsets;
}
