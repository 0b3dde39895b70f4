import { countOf } from '../../../src/count-of.js';
import { geometryNumber } from '../load/split.js';
import { createNumberList } from '../sample/number-list.js';
import { describeOrigin, type Sample } from '../sample/sample.js';

/** Up to this share of the frames to test on may have been trained on: their errors hardly change those of all. */
const toleratedShare = 0.01;

type Role = 'training' | 'validation' | 'test';

/**
 * Finds geometries that occur more than once, for samples that come one by one: first those to train on, then the
 * others. Eight bytes are held for each; `prefix` stands in front of every sentence.
 */
export function createGeometryTally(prefix: string) {
  const trained = createNumberList(Float64Array);
  let sorted: Float64Array | undefined;
  const shared = { validation: { count: 0, of: 0, example: '' }, test: { count: 0, of: 0, example: '' } };

  function add(role: Role, sample: Sample): void {
    const geometry = geometryNumber(sample.structure);
    if (role === 'training') {
      trained.push(geometry);
      return;
    }
    shared[role].of++;
    sorted ??= trained.view().sort();
    if (!includesSorted(sorted, geometry)) return;
    shared[role].example ||= describeOrigin(sample.origin);
    shared[role].count++;
  }

  function finish(): { readonly problems: string[]; readonly remarks: string[] } {
    sorted ??= trained.view().sort();
    const repeats = countRepeats(sorted);
    const { validation, test } = shared;
    const describe = ({ count, of, example }: typeof test, role: string) =>
      `${prefix}${count} of ${countOf(of, 'frame')} to ${role} ${count === 1 ? 'has' : 'have'} the geometry of a frame to train on, ${example} first`;
    const known = test.count > 0 ? [`${describe(test, 'test on')}: errors on them say nothing`] : [];
    const isMuch = test.count > toleratedShare * test.of;
    return {
      problems: isMuch ? known.map((text) => `${text}; take them out of one of the two files`) : [],
      remarks: [
        ...(repeats > 0
          ? [
              `${prefix}${countOf(repeats, 'frame')} to train on ${repeats === 1 ? 'repeats' : 'repeat'} the geometry of another one`,
            ]
          : []),
        ...(validation.count > 0 ? [describe(validation, 'validate on')] : []),
        ...(isMuch ? [] : known),
      ],
    };
  }

  return { add, finish };
}

function includesSorted(values: Float64Array, value: number): boolean {
  let [low, high] = [0, values.length];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (values[middle] < value) low = middle + 1;
    else high = middle;
  }
  return values[low] === value;
}

function countRepeats(sorted: Float64Array): number {
  let count = 0;
  for (let index = 1; index < sorted.length; index++) if (sorted[index] === sorted[index - 1]) count++;
  return count;
}
