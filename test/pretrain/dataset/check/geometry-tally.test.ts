import { describe, expect, it } from 'vitest';
import { createGeometryTally } from '../../../../pretrain/dataset/check/geometry-tally.js';
import type { Sample } from '../../../../pretrain/dataset/sample/sample.js';
import { createStructure } from '../../../../src/structure/structure.js';

/** Samples that differ in the length of a bond. */
function sampleOf(number: number): Sample {
  const structure = createStructure({ symbols: ['Cu', 'Cu'], positions: [0, 0, 0, 2 + 0.01 * number, 0, 0] });
  return { structure, origin: { file: 'cells.extxyz', path: 'cells.extxyz', frame: number } };
}

function check(train: readonly number[], test: readonly number[]) {
  const tally = createGeometryTally('');
  for (const number of train) tally.add('training', sampleOf(number));
  for (const number of test) tally.add('test', sampleOf(number));
  return tally.finish();
}

const upTo = (count: number) => Array.from({ length: count }, (_, number) => number);

describe('createGeometryTally', () => {
  it('finds nothing where nothing repeats', () => {
    expect(check(upTo(5), [10, 11])).toEqual({ problems: [], remarks: [] });
  });

  it('tolerates one frame to test on in a hundred that was trained on, and says so', () => {
    const { problems, remarks } = check([1000, 2000, 99], upTo(100));
    expect(problems).toEqual([]);
    expect(remarks).toEqual([expect.stringMatching(/^1 of 100 frames to test on.*frame 99.*say nothing$/)]);
  });

  it('refuses more, and counts repeats among the frames to train on', () => {
    const { problems, remarks } = check([7, 8, 8], upTo(100));
    expect(problems).toEqual([expect.stringMatching(/^2 of 100 frames to test on.*take them out/)]);
    expect(remarks).toEqual([expect.stringMatching(/^1 frame to train on repeats/)]);
  });
});
