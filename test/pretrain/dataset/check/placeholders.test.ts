import { describe, expect, it } from 'vitest';
import { createPlaceholderTally } from '../../../../pretrain/dataset/check/placeholders.js';
import type { Sample } from '../../../../pretrain/dataset/sample/sample.js';
import { createStructure } from '../../../../src/structure/structure.js';

const structure = createStructure({ symbols: ['Cu', 'Cu'], positions: [0, 0, 0, 2, 0, 0] });
const full = (width: number, value: number) => new Float64Array(width).fill(value);

function check(labels: readonly Pick<Sample, 'energy' | 'forces' | 'stress'>[], prefix = '') {
  const tally = createPlaceholderTally(prefix);
  labels.forEach((label, frame) =>
    tally.add({ structure, origin: { file: 'a.xyz', path: 'a.xyz', frame: frame + 1 }, ...label }),
  );
  return tally.finish();
}

describe('labels that stand in for others', () => {
  it('are forces and stresses of zeros, counted and told, of several frames', () => {
    const frames = [0, 0.1, 0, 0.2].map((value, index) => ({
      energy: -index,
      forces: full(6, value),
      stress: full(6, index < 3 ? 0 : 1),
    }));
    const { problems, remarks } = check(frames, 'head a: ');
    expect(problems).toEqual([]);
    expect(remarks).toEqual([
      expect.stringMatching(/^head a: 2 of 4 frames with forces have nothing but zeros there, .*a\.xyz, frame 1 first/),
      expect.stringMatching(/^head a: 3 of 4 frames with stress have nothing but zeros there/),
    ]);
    expect(check(frames.slice(0, 2)).remarks).toHaveLength(1); // one frame of zero forces may be a crystal at rest
  });

  it('are equal energies of all frames that have forces', () => {
    const frames = (energies: readonly number[], force: number) =>
      energies.map((energy) => ({ energy, forces: full(6, force) }));
    expect(check(frames([0, 0, 0, 0, 0], 0.1)).problems).toEqual([expect.stringMatching(/^all 5 energies are 0 eV/)]);
    expect(check(frames([0, 0, 0, 0, 1e-9], 0.1)).problems).toEqual([]);
    expect(check(frames([0, 0, 0, 0], 0.1)).problems).toEqual([]);
    expect(check(frames([-1, -1, -1, -1, -1], 0)).problems).toEqual([]); // one crystal, again and again
  });
});
