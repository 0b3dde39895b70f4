/** One 32-bit seed from several whole numbers: a change of any of them, or of their order, gives an unrelated seed. */
export function mixSeed(...parts: readonly number[]): number {
  let word = 0x9e3779b9;
  for (const part of parts) {
    word = scramble(word ^ part);
    word = scramble(word + Math.floor(part / 2 ** 32));
  }
  return word >>> 0;
}

/** A bijection of 32-bit words whose every output bit depends on every input bit. */
function scramble(input: number): number {
  let word = (input + 0x6d2b79f5) | 0;
  word = Math.imul(word ^ (word >>> 16), 0x85ebca6b);
  word = Math.imul(word ^ (word >>> 13), 0xc2b2ae35);
  return word ^ (word >>> 16);
}
