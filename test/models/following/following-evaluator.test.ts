import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type FollowingEvaluator,
  followsSystems,
  openFollowingEvaluator,
} from '../../../src/models/following/following-evaluator.js';
import { openEvaluator } from '../../../src/models/open-evaluator.js';
import { createListEvaluator, type SystemsEvaluator } from '../../../src/models/systems-evaluator.js';
import { neighborList } from '../../../src/neighbors/neighbor-list.js';
import type { AtomicSystem } from '../../../src/structure/structure.js';
import { createStructure } from '../../../src/structure/structure.js';
import { largestDifference } from '../../helpers/compare.js';
import { tinyPainn } from '../../helpers/tiny-painn.js';

const model = tinyPainn();
const skin = 0.7;
const crystal: AtomicSystem = createStructure({
  symbols: ['Cu', 'O', 'Cu'],
  positions: [0, 0, 0, 1.8, 0.2, 0, 0.3, 1.9, 0.4],
  cell: [4.3, 0, 0, 0.4, 3.9, 0, 0, 0.3, 4.05],
});
const { positions, cell, numbers } = crystal;
const followed = { ...crystal, reference: { positions, cell } };
const moves = positions.map((_, at) => 0.15 * Math.sin(3 * at + 1));
const moved = { ...followed, positions: positions.map((x, at) => x + moves[at]) };
const strain = Float64Array.of(1.02, 0, 0, 0.01, 1.04, 0, -0.01, 0, 0.97);
const strained = {
  ...followed,
  cell: multiply(cell, strain),
  positions: multiply(positions, strain).map((x, at) => x + 0.3 * moves[at]),
};
const alone = createStructure({ symbols: ['Cu'], positions: [1, 2, 3] });

let following: FollowingEvaluator;
let listing: SystemsEvaluator;
beforeAll(async () => {
  const runtime = { device: 'cpu', threads: 1 } as const;
  const { evaluator } = await openFollowingEvaluator(model, { wanted: { head: 0, features: true }, skin, runtime });
  if (evaluator === undefined) throw new Error('the CPU is there');
  following = evaluator;
  const onnx = await openEvaluator(model, 0, { engine: 'onnx', threads: 1, features: true });
  listing = createListEvaluator(model, onnx, { skin });
});
afterAll(async () => {
  await following[Symbol.asyncDispose]();
  await listing[Symbol.asyncDispose]();
});

/** Rows times a matrix, [N x 3] [3 x 3]. */
function multiply(rows: Float64Array, matrix: Float64Array): Float64Array {
  return rows.map((_, at) => {
    const row = rows.subarray(at - (at % 3), at - (at % 3) + 3);
    return row.reduce((sum, component, k) => sum + component * matrix[3 * k + (at % 3)], 0);
  });
}

describe('an evaluator that follows systems', () => {
  it.each([
    ['where it was listed', [followed]],
    ['that moved since', [moved]],
    ['that was strained since', [strained]],
    ['without a reference', [crystal]],
    ['without neighbours', [alone]],
    ['beside others', [moved, alone, strained, crystal]],
    ['far from its reference', [{ ...moved, positions: positions.map((x, at) => x + 4 * moves[at]) }]],
    ['of another size than its reference', [{ ...moved, reference: { positions: positions.slice(3), cell } }]],
  ])('says of a system %s what lists made anew say', async (_, systems) => {
    const [ours, theirs] = [await following.evaluate(systems), await listing.evaluate(systems)];
    // Sums of some 50 single-precision terms of order 1, in another order.
    expect(largestDifference(ours.energies, theirs.energies)).toBeLessThan(2e-6);
    expect(largestDifference(ours.forces, theirs.forces)).toBeLessThan(2e-6);
    expect(largestDifference(ours.strainDerivatives ?? [], theirs.strainDerivatives ?? [Number.NaN])).toBeLessThan(
      1e-5,
    );
    expect(largestDifference(ours.features ?? [], theirs.features ?? [Number.NaN])).toBeLessThan(2e-6);
    expect(ours.repulsions).toEqual(theirs.repulsions);
  });

  it('was tried with pairs that came within the cutoff, and pairs that left it', () => {
    const pairsOf = (system: AtomicSystem) => {
      const { edgeCount, senders, receivers, shifts } = neighborList(system, model.config.cutoff);
      return Array.from({ length: edgeCount }, (_, edge) =>
        [receivers[edge], senders[edge], ...shifts.subarray(3 * edge, 3 * edge + 3)].join(),
      );
    };
    const [before, after] = [new Set(pairsOf(followed)), new Set([moved, strained].flatMap(pairsOf))];
    expect([...after].some((pair) => !before.has(pair))).toBe(true);
    expect([...before].some((pair) => !pairsOf(strained).includes(pair))).toBe(true);
  });

  it('gives the same bits whatever it was asked before, and for calls that overlap', async () => {
    const first = await following.evaluate([moved]);
    await following.evaluate([followed]);
    await following.evaluate([strained, moved]);
    expect(await following.evaluate([moved])).toEqual(first);
    const [again, other, last] = await Promise.all([moved, strained, moved].map((each) => following.evaluate([each])));
    expect([again, last]).toEqual([first, first]);
    expect(other).toEqual(await following.evaluate([strained]));
  });

  it('refuses atoms that moved into one place, and goes on', async () => {
    const crashed = { ...followed, positions: positions.slice() };
    const near = { ...crystal, positions: positions.map((x, at) => (at < 3 ? positions[at + 3] - 0.1 : x)) };
    crashed.positions.set(near.positions.subarray(3, 6));
    const reference = { positions: near.positions, cell };
    await expect(following.evaluate([{ ...crashed, reference }])).rejects.toThrow(
      /atoms 1 and 2 are in the same place/,
    );
    expect((await following.evaluate([moved])).energies).toHaveLength(numbers.length);
  });
});

it('is for smooth models without a limit of neighbours, on a device that keeps arrays', () => {
  const device = 'webgpu';
  const { config } = model;
  expect(followsSystems(config, { device })).toBe(true);
  expect(followsSystems(config, {})).toBe(false);
  expect(followsSystems(config, { device: 'cuda' })).toBe(false);
  expect(followsSystems(config, { device, engine: 'tfjs' })).toBe(false);
  expect(followsSystems(config, { device, engine: 'fused' })).toBe(false);
  expect(followsSystems(config, { device, precision: 'float64' })).toBe(false);
  expect(followsSystems(tinyPainn({ smooth: false }).config, { device })).toBe(false);
  expect(followsSystems(tinyPainn({ maxNeighbors: 20 }).config, { device })).toBe(false);
});
