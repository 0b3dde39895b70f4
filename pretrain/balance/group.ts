/** Where grouped items go. */
export interface Groups {
  /** Filled with the items, group by group, each in its order, [n]. */
  readonly items: Uint32Array;
  /** Filled with the end of each group, [groups]. */
  readonly ends: Uint32Array;
  /** Added to every end. */
  readonly start: number;
}

/** Writes `items` group by group; `groupOf` holds the group of each. */
export function group(items: Uint32Array, groupOf: Uint32Array, { items: grouped, ends, start }: Groups): void {
  ends.fill(0);
  for (let place = 0; place < items.length; place++) ends[groupOf[place]]++;
  let begin = 0;
  for (let index = 0; index < ends.length; index++) {
    const size = ends[index];
    ends[index] = begin; // the next free place of the group: its end, once all are placed
    begin += size;
  }
  for (let place = 0; place < items.length; place++) grouped[ends[groupOf[place]]++] = items[place];
  for (let index = 0; index < ends.length; index++) ends[index] += start;
}
