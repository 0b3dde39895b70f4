/** State of a random stream: four 32-bit words and, when one is waiting, the second normal number of a pair. */
export interface RandomState {
  readonly words: readonly [number, number, number, number];
  readonly spareNormal: number | null;
}

/** A seeded stream of random numbers whose state can be saved and restored exactly. */
export interface Random {
  /** Next 32 random bits as an unsigned integer. */
  nextUint32(): number;
  /** Uniform in [0, 1), 53 bits. */
  uniform(): number;
  /** Standard normal. */
  normal(): number;
  /** Uniform integer in [0, limit). */
  integer(limit: number): number;
  state(): RandomState;
}

/**
 * Creates a stream from an integer seed, or continues one from a saved state.
 *
 * @see Blackman and Vigna, ACM Trans. Math. Softw. 47, 36 (2021): xoshiro128**; the seed is spread with splitmix32.
 */
export function createRandom(seed: number | RandomState): Random {
  const words = typeof seed === 'number' ? wordsFromSeed(seed) : Uint32Array.from(seed.words);
  let spareNormal = typeof seed === 'number' ? null : seed.spareNormal;

  function nextUint32(): number {
    const result = Math.imul(rotateLeft(Math.imul(words[1], 5), 7), 9) >>> 0;
    const shifted = words[1] << 9;
    words[2] ^= words[0];
    words[3] ^= words[1];
    words[1] ^= words[2];
    words[0] ^= words[3];
    words[2] ^= shifted;
    words[3] = rotateLeft(words[3], 11);
    return result;
  }

  function uniform(): number {
    const high = nextUint32() >>> 5;
    const low = nextUint32() >>> 6;
    return (high * 0x4000000 + low) / 2 ** 53;
  }

  // Marsaglia's polar method: two normals from one accepted point of the unit disc.
  function normal(): number {
    if (spareNormal !== null) {
      const value = spareNormal;
      spareNormal = null;
      return value;
    }
    for (;;) {
      const x = 2 * uniform() - 1;
      const y = 2 * uniform() - 1;
      const square = x * x + y * y;
      if (square > 0 && square < 1) {
        const scale = Math.sqrt((-2 * Math.log(square)) / square);
        spareNormal = y * scale;
        return x * scale;
      }
    }
  }

  // Rejecting the incomplete last interval keeps every integer equally likely.
  function integer(limit: number): number {
    const bound = 2 ** 32 - (2 ** 32 % limit);
    let value = nextUint32();
    while (value >= bound) value = nextUint32();
    return value % limit;
  }

  function state(): RandomState {
    return { words: [words[0], words[1], words[2], words[3]], spareNormal };
  }

  return { nextUint32, uniform, normal, integer, state };
}

/** Shuffles an array or typed array in place (Fisher-Yates) and returns it. */
export function shuffle<List extends { readonly length: number; [index: number]: unknown }>(
  items: List,
  random: Random,
): List {
  for (let last = items.length - 1; last > 0; last--) {
    const other = random.integer(last + 1);
    const item = items[last];
    items[last] = items[other];
    items[other] = item;
  }
  return items;
}

function rotateLeft(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits));
}

function wordsFromSeed(seed: number): Uint32Array {
  let counter = (seed ^ Math.floor(seed / 2 ** 32)) >>> 0;
  return Uint32Array.from({ length: 4 }, () => {
    counter = (counter + 0x9e3779b9) >>> 0;
    let word = counter;
    word = Math.imul(word ^ (word >>> 16), 0x21f0aaad);
    word = Math.imul(word ^ (word >>> 15), 0x735a2d97);
    return (word ^ (word >>> 15)) >>> 0;
  });
}
