/** Rows of three numbers; grows with what is read, not with what a file promises. */
export class GrowingRows {
  private rows = new Float64Array(96);
  private length = 0;

  get count(): number {
    return this.length / 3;
  }

  clear(): void {
    this.length = 0;
  }

  /** Appends the three numbers of `row` from `start` on. */
  push(row: ArrayLike<number>, start = 0): void {
    if (this.length + 3 > this.rows.length) {
      const wider = new Float64Array(2 * this.rows.length);
      wider.set(this.rows);
      this.rows = wider;
    }
    for (let axis = 0; axis < 3; axis++) this.rows[this.length++] = row[start + axis];
  }

  /** All rows, [N x 3]. */
  values(): Float64Array {
    return this.rows.slice(0, this.length);
  }
}
