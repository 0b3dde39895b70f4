/** State of a random stream: four 32-bit words. */
export interface RandomState {
  readonly words: readonly [number, number, number, number];
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

/** Where the tail of the ziggurat begins, and the area of each of its 256 layers, the tail included in the lowest. */
const tailEdge = 3.6541528853610088;
const layerArea = 0.004928673233974658;

/** Right edges of the layers, widest first, and the heights of the curve there, [257]. */
const edges = new Float64Array(257);
const heights = new Float64Array(257);
edges[0] = layerArea / Math.exp((-tailEdge * tailEdge) / 2);
edges[1] = tailEdge;
heights[1] = Math.exp((-tailEdge * tailEdge) / 2);
heights[256] = 1;
for (let layer = 2; layer < 256; layer++) {
  heights[layer] = heights[layer - 1] + layerArea / edges[layer - 1];
  edges[layer] = Math.sqrt(-2 * Math.log(heights[layer]));
}

/**
 * Creates a stream from an integer seed, or continues one from a saved state.
 *
 * @see Blackman and Vigna, ACM Trans. Math. Softw. 47, 36 (2021): xoshiro128**; the seed is spread with splitmix32.
 * @see Marsaglia and Tsang, J. Stat. Softw. 5(8) (2000), with layer and point from separate bits: the normal numbers.
 */
export function createRandom(seed: number | RandomState): Random {
  // Signed words: engines keep them as plain 32-bit integers, unsigned ones as floating-point numbers.
  const words = typeof seed === 'number' ? wordsFromSeed(seed) : Int32Array.from(seed.words);

  function nextInt32(): number {
    const first = words[0];
    const second = words[1];
    const third = words[2] ^ first;
    const fourth = words[3] ^ second;
    words[0] = first ^ fourth;
    words[1] = second ^ third;
    words[2] = third ^ (second << 9);
    words[3] = rotateLeft(fourth, 11);
    return Math.imul(rotateLeft(Math.imul(second, 5), 7), 9);
  }

  function nextUint32(): number {
    return nextInt32() >>> 0;
  }

  function uniform(): number {
    const high = nextInt32() >>> 5;
    const low = nextInt32() >>> 6;
    return (high * 0x4000000 + low) / 2 ** 53;
  }

  // The ziggurat: a point in one of 256 layers of equal area that cover the curve exp(-x^2/2); nearly all are under it
  // at first sight.
  function normal(): number {
    for (;;) {
      const bits = nextInt32();
      const layer = bits & 255;
      const signed = (nextInt32() + (bits >>> 11) / 2 ** 21) / 2 ** 31; // [-1, 1), 53 bits
      const x = signed * edges[layer];
      if (Math.abs(x) < edges[layer + 1]) return x;
      if (layer === 0) return signed < 0 ? -tail() : tail();
      const height = heights[layer] + uniform() * (heights[layer + 1] - heights[layer]);
      if (height < Math.exp((-x * x) / 2)) return x;
    }
  }

  // Beyond the last edge, by rejection from an exponential.
  function tail(): number {
    for (;;) {
      const beyond = -Math.log(1 - uniform()) / tailEdge;
      if (-2 * Math.log(1 - uniform()) > beyond * beyond) return tailEdge + beyond;
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
    return { words: [words[0] >>> 0, words[1] >>> 0, words[2] >>> 0, words[3] >>> 0] };
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

function wordsFromSeed(seed: number): Int32Array {
  let counter = (seed ^ Math.floor(seed / 2 ** 32)) >>> 0;
  return Int32Array.from({ length: 4 }, () => {
    counter = (counter + 0x9e3779b9) >>> 0;
    let word = counter;
    word = Math.imul(word ^ (word >>> 16), 0x21f0aaad);
    word = Math.imul(word ^ (word >>> 15), 0x735a2d97);
    return word ^ (word >>> 15);
  });
}
