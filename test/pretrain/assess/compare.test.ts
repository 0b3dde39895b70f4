import { describe, expect, it } from 'vitest';
import { compareSubsets, compareVariants, stepsTo } from '../../../pretrain/assess/compare.js';
import { type Metrics, parseMetrics } from '../../../pretrain/assess/metrics-file.js';

/** Metrics of a training whose error falls as `errors`, validated every 10 steps, of `pace` structures a second. */
function runOf(errors: readonly number[], pace = 1): Metrics {
  const lines = errors.flatMap((forceMaeMeVPerA, index) => {
    const step = 10 * (index + 1);
    const losses = { loss: 1, energyLoss: 1, forceLoss: 1, stressLoss: 0, gradientNorm: 1, learningRate: 1 };
    const subsets = { a: { forceMaeMeVPerA }, b: { forceMaeMeVPerA: 2 * forceMaeMeVPerA, energyRmseMeV: 1 } };
    return [
      { kind: 'training', step, epoch: 0, ...losses, structures: 4 * pace, atoms: 40 * pace, seconds: 4 },
      {
        kind: 'validation',
        step,
        epoch: 0,
        loss: forceMaeMeVPerA ** 2,
        improved: true,
        forceMaeMeVPerA,
        files: {},
        subsets,
      },
    ];
  });
  return parseMetrics(lines.map((line) => JSON.stringify(line)).join('\n'));
}

const variants = [
  { name: 'slow', runs: [runOf([8, 4, 2]), runOf([9, 5, 3])] },
  { name: 'fast', runs: [runOf([3, 1, 0.5], 3), runOf([6, 3, 2], 3)] },
  { name: 'poor', runs: [runOf([9, 8, 7]), runOf([9, 4, 3])] },
];

describe('compareVariants', () => {
  it('compares the smallest errors of trainings of the same seed', () => {
    const [slow, fast] = compareVariants(variants, { measure: 'forceMaeMeVPerA' });
    expect(slow).toMatchObject({ name: 'slow', values: [2, 3], gain: { mean: 1, halfWidth: 0 } });
    expect(fast).toMatchObject({ values: [0.5, 2], gain: { mean: (2 / 0.5 + 3 / 2) / 2 } });
    expect(fast.gain.halfWidth).toBeCloseTo(12.706 * 1.25, 10); // half the distance of two values is their standard error
  });

  it('compares the steps to where the first variant ends', () => {
    const [slow, fast, poor] = compareVariants(variants, { measure: 'forceMaeMeVPerA' });
    expect(slow.speedUp).toMatchObject({ steps: [30, 30], ratio: { mean: 1 }, reached: 2 });
    expect(fast.speedUp?.steps).toEqual([15, 20]); // 2 lies half-way from 3 to 1
    expect(fast.speedUp?.ratio.mean).toBeCloseTo((30 / 15 + 30 / 20) / 2, 10);
    expect(poor.speedUp).toMatchObject({ steps: [Number.POSITIVE_INFINITY, 30], reached: 1 });
  });

  it('takes the errors of one subset, or paces', () => {
    const [slow] = compareVariants(variants, { measure: 'forceMaeMeVPerA', subset: 'b' });
    expect(slow.values).toEqual([4, 6]);
    const [, fast] = compareVariants(variants, { measure: 'atomsPerSecond' });
    expect(fast).toMatchObject({ values: [30, 30], gain: { mean: 3, halfWidth: 0 } });
    expect(fast.speedUp).toBeUndefined();
  });

  it('refuses what was not measured and names what was', () => {
    expect(() => compareVariants(variants, { measure: 'stress' })).toThrow(
      /"stress".*loss, forceMaeMeVPerA; subsets: a, b/,
    );
    expect(() => compareVariants(variants, { measure: 'loss', subset: 'c' })).toThrow(/subset "c"/);
  });
});

it('compareSubsets lists the mean absolute errors of every subset', () => {
  const rows = compareSubsets(variants);
  expect(rows.map(({ subset, measure }) => [subset, measure])).toEqual([
    ['a', 'forceMaeMeVPerA'],
    ['b', 'forceMaeMeVPerA'],
  ]);
  expect(rows[1].estimates.map(({ mean }) => mean)).toEqual([5, 2.5, 10]);
});

it('stepsTo finds the first crossing', () => {
  expect(stepsTo({ steps: [10, 20, 30, 40], values: [5, 2, 4, 1] }, 3)).toBeCloseTo(10 + (10 * 2) / 3, 12);
  expect(stepsTo({ steps: [10], values: [5] }, 5)).toBe(10);
  expect(stepsTo({ steps: [10, 20], values: [5, 4] }, 3)).toBe(Number.POSITIVE_INFINITY);
});
