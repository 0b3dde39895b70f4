import { createRandom } from '../../src/random.js';

/** Extended XYZ as training sets have it: positions, energy and forces of many frames of `atoms` atoms. */
export function extxyzOf({ frames, atoms }: { readonly frames: number; readonly atoms: number }): string {
  const random = createRandom(2);
  const number = (size: number) => (size * (2 * random.uniform() - 1)).toFixed(8).padStart(16);
  const triple = (size: number) => number(size) + number(size) + number(size);
  const constant =
    'Lattice="10.0 0.0 0.0 0.0 10.0 0.0 0.0 0.0 10.0" Properties=species:S:1:pos:R:3:forces:R:3 pbc="T T T"';
  const frame = () => {
    const comment = `${constant} energy=${number(100).trim()}`;
    const rows = Array.from({ length: atoms }, () => `Cu${triple(10)}${triple(2)}`);
    return `${atoms}\n${comment}\n${rows.join('\n')}\n`;
  };
  return Array.from({ length: frames }, frame).join('');
}
