import { describe, expect, it } from 'vitest';
import { bestErrors, clocksOf, runningMean } from '../../../pretrain/assess/learning-curves.js';
import type { Metrics, TrainingRecord, ValidationRecord } from '../../../pretrain/assess/metrics-file.js';

const record = (step: number, epoch: number, seconds = 1800): TrainingRecord => ({
  step,
  epoch,
  seconds,
  learningRate: 1,
  loss: 1,
  energyLoss: 1,
  forceLoss: 1,
  stressLoss: 0,
  atomEnergyLoss: 0,
  gradientNorm: 1,
  structures: 1,
  atoms: 1,
  parts: {},
});
const validated = (step: number, epoch: number, errors: object = {}): ValidationRecord => ({
  step,
  epoch,
  loss: 1,
  improved: true,
  total: {},
  subsets: {},
  ...errors,
});
const metricsOf = (training: TrainingRecord[], validation: ValidationRecord[] = []): Metrics => ({
  training,
  validation,
  results: [],
  remarks: [],
});

describe('the clocks of a training', () => {
  it('count hours of its records, evenly between them and on at the mean pace', () => {
    const { hours, steps } = clocksOf(metricsOf([record(10, 0), record(20, 0, 3600)]));
    expect([0, 5, 10, 15, 20, 30].map(hours)).toEqual([0, 0.25, 0.5, 1, 1.5, 2.25]);
    expect(steps(17)).toBe(17);
  });

  it('count parts of epochs from the steps at which they ended', () => {
    const { epochs } = clocksOf(
      metricsOf([record(10, 0), record(20, 1), record(40, 1)], [validated(16, 1), validated(36, 2)]),
    );
    expect([0, 8, 16, 26, 36, 45].map((step) => epochs?.(step))).toEqual([0, 0.5, 1, 1.5, 2, 2.5]);
  });

  it('do not count epochs before one is over', () => {
    expect(clocksOf(metricsOf([record(10, 0)])).epochs).toBeUndefined();
  });
});

describe('the best errors', () => {
  it('are those of each subset and of all, with their steps, whatever is missing', () => {
    const best = bestErrors([
      validated(1, 0, { loss: 3, total: { e: 2 }, subsets: { a: { e: 5, f: Number.NaN } } }),
      validated(2, 0, { loss: 1, total: { e: 4 }, subsets: { a: { e: 4, f: 7 }, b: { f: 1 } } }),
      validated(3, 0, { loss: 2, total: { e: 2 }, subsets: { a: { e: 6, f: 8 }, b: { f: 3 } } }),
    ]);
    expect(best).toEqual([
      { errors: { loss: { value: 1, step: 2 }, e: { value: 2, step: 1 } } },
      { subset: 'a', errors: { e: { value: 4, step: 2 }, f: { value: 7, step: 2 } } },
      { subset: 'b', errors: { f: { value: 1, step: 2 } } },
    ]);
    expect(bestErrors([])).toEqual([]);
  });
});

describe('a running mean', () => {
  it('keeps a straight line straight to its ends, and passes over what is no number', () => {
    const line = Array.from({ length: 9 }, (_, index) => 2 * index);
    expect(runningMean(line, 5)).toEqual(line);
    expect(runningMean([1, Number.NaN, 3, 4, 8], 3)).toEqual([1, 2, 3.5, 5, 8]);
  });
});
