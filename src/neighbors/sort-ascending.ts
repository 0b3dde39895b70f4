/** Up to this number of keys, insertion is the fastest way to sort. */
const maxInsertionLength = 48;

/** Sorts `keys[begin]` to `keys[end - 1]`, in place. */
export function sortAscending(keys: Float64Array, begin: number, end: number): void {
  if (end - begin > maxInsertionLength) {
    keys.subarray(begin, end).sort();
    return;
  }
  for (let k = begin + 1; k < end; k++) {
    const key = keys[k];
    let place = k;
    for (; place > begin && keys[place - 1] > key; place--) keys[place] = keys[place - 1];
    keys[place] = key;
  }
}
