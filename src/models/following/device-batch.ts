import type { ModelConfig } from '../kinds.js';
import type { ListRange } from './listed-systems.js';

/** The largest array that every WebGPU device takes, in bytes: the least that its standard allows them as a limit. */
const largestArray = 2 ** 27;

/** Atoms in a cubic Angstrom of a dense crystal; few are denser than diamond, with 0.18. */
const density = 0.1;

/**
 * Atoms of small systems that a device calculates at once: so many that the largest array of the network, the vector
 * features along edges [E x 3 x channels] in single precision, is one that every device takes.
 */
export function deviceBatchAtoms(
  { channels, cutoff }: Pick<ModelConfig, 'channels' | 'cutoff'>,
  { skin }: Pick<ListRange, 'skin'>,
): number {
  const edgesOfAtom = density * (4 / 3) * Math.PI * (cutoff + skin) ** 3;
  return Math.max(1, Math.floor(largestArray / (edgesOfAtom * 3 * channels * Float32Array.BYTES_PER_ELEMENT)));
}
