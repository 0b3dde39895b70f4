type NumberArray = Float64Array<ArrayBuffer> | Uint32Array<ArrayBuffer>;

/** A list of numbers that grows without an object for each. */
export function createNumberList<Numbers extends NumberArray>(type: new (length: number) => Numbers) {
  let numbers = new type(1024);
  let length = 0;
  return {
    get length() {
      return length;
    },
    push(value: number): void {
      if (length === numbers.length) {
        const larger = new type(2 * length);
        larger.set(numbers);
        numbers = larger;
      }
      numbers[length++] = value;
    },
    /** The numbers so far, without copying. */
    view(): Numbers {
      return numbers.subarray(0, length) as Numbers; // the array of the same kind
    },
  };
}

/** Several lists as one. */
export function joinNumbers(lists: readonly Uint32Array[]): Uint32Array {
  const whole = new Uint32Array(lists.reduce((sum, { length }) => sum + length, 0));
  let offset = 0;
  for (const list of lists) {
    whole.set(list, offset);
    offset += list.length;
  }
  return whole;
}
