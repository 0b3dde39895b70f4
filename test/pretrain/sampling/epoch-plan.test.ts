import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addStep, batchesOf, createEpochPlanner, type EpochPart } from '../../../pretrain/sampling/epoch-plan.js';
import { createRandom } from '../../../src/random.js';
import { trainingOptions } from '../../helpers/linear-training.js';

const random = createRandom(4);
const atoms = Uint32Array.from({ length: 97 }, () => 1 + random.integer(random.uniform() < 0.2 ? 90 : 12));
const sizes = { atoms, edges: atoms.map((count) => 7 * count + random.integer(20)) };
const mixture = { counts: [80, 17], temperature: 2 };

const settings = {
  'batches by structures': { batch: { structures: 3 } },
  'batches up to a number of edges': { batch: { edges: 400 } },
  none: { batch: { structures: 3 }, balance: { strategy: 'none' } },
  greedy: { batch: { structures: 3 }, balance: { strategy: 'greedy', cost: 'edges' } },
  lamm: { batch: { structures: 3 }, balance: { strategy: 'lamm', subsets: 2 } },
  'lamm by microseconds': { batch: { structures: 2 }, balance: { strategy: 'lamm', cost: { perAtom: 9, perEdge: 2 } } },
  budget: { batch: { atoms: 60 }, balance: { strategy: 'budget' } },
};

type Settings = Readonly<Record<string, unknown>>;

function plannerOf(settings: Settings, { ranks, accumulate = 1 }: { ranks: number; accumulate?: number }) {
  return createEpochPlanner({
    options: trainingOptions({ ...settings, accumulate, length: '1 epoch' }),
    sizes,
    mixture,
    ranks,
  });
}

/** Samples of the next `count` steps of all ranks, and the parts of the epoch after them. */
function train(
  settings: Settings,
  ranks: number,
  { epoch, parts, count }: { epoch: number; parts: readonly EpochPart[]; count: number },
) {
  const planner = plannerOf(settings, { ranks });
  const { plan, position } = planner.rest(epoch, parts);
  const end = Math.min(plan.stepCount, position + count);
  const samples: number[] = [];
  let after = parts;
  for (let step = position; step < end; step++) {
    for (let rank = 0; rank < ranks; rank++) {
      samples.push(...batchesOf(plan, step, { rank, size: ranks }).flatMap((batch) => [...batch]));
    }
    after = addStep(after, planner.batchesPerStep);
  }
  return { samples, parts: after };
}

describe.each(Object.entries(settings))('an epoch with %s', (_, settings) => {
  const wholeEpoch = (epoch: number) =>
    train(settings, 1, { epoch, parts: [], count: Number.POSITIVE_INFINITY }).samples.toSorted((a, b) => a - b);

  it('has every sample of the mixture, whatever the number of ranks, and counts its steps right', () => {
    const counts = new Map<number, number>();
    for (const sample of wholeEpoch(2)) counts.set(sample, (counts.get(sample) ?? 0) + 1);
    expect([...counts.keys()]).toEqual([...atoms.keys()]);
    expect(wholeEpoch(2)).toHaveLength(80 + Math.round(Math.sqrt(80 * 17)));
    for (const ranks of [2, 5]) {
      const planner = plannerOf(settings, { ranks });
      const { samples } = train(settings, ranks, { epoch: 2, parts: [], count: Number.POSITIVE_INFINITY });
      expect(samples.toSorted((a, b) => a - b)).toEqual(wholeEpoch(2));
      expect(planner.countSteps(2)).toBe(planner.rest(2, []).plan.stepCount);
    }
  });

  it('trains every sample exactly as often when the number of ranks changes in between, as often as it may', () => {
    const run = fc.record({ ranks: fc.integer({ min: 1, max: 4 }), count: fc.integer({ min: 1, max: 6 }) });
    fc.assert(
      fc.property(fc.array(run, { maxLength: 5 }), fc.nat(9), (runs, epoch) => {
        let parts: readonly EpochPart[] = [];
        const samples: number[] = [];
        for (const { ranks, count } of [...runs, { ranks: 3, count: Number.POSITIVE_INFINITY }]) {
          const done = train(settings, ranks, { epoch, parts, count });
          samples.push(...done.samples);
          ({ parts } = done);
        }
        expect(samples.toSorted((a, b) => a - b)).toEqual(wholeEpoch(epoch));
      }),
      { numRuns: 30 },
    );
  });

  it('goes on with the same plan when the number of ranks is the same', () => {
    const first = train(settings, 2, { epoch: 1, parts: [], count: 4 });
    const second = train(settings, 2, { epoch: 1, parts: first.parts, count: Number.POSITIVE_INFINITY });
    const whole = train(settings, 2, { epoch: 1, parts: [], count: Number.POSITIVE_INFINITY });
    expect([...first.samples, ...second.samples]).toEqual(whole.samples);
  });

  it('has the same batches on one rank that accumulates as on several that do not', () => {
    const [several, one] = [plannerOf(settings, { ranks: 3 }), plannerOf(settings, { ranks: 1, accumulate: 3 })];
    expect(one.rest(1, [])).toEqual(several.rest(1, []));
    const { plan } = one.rest(1, []);
    const own = [0, 1, 2].map((rank) => batchesOf(plan, 2, { rank, size: 3 })[0]);
    expect(batchesOf(plan, 2, { rank: 0, size: 1 })).toEqual(own);
  });
});
