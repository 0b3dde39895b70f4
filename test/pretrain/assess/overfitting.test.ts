import { expect, it } from 'vitest';
import { describeOverfitting } from '../../../pretrain/assess/overfitting.js';

const errorsOf = (energy: number, forces: number) => ({
  energy: { mae: energy, rmse: energy, count: 9 },
  forces: { mae: forces, rmse: forces, count: 9 },
});

it('names the quantities whose errors are more than twice those on the training', () => {
  expect(describeOverfitting(errorsOf(1, 1), errorsOf(1.9, 1.5))).toBeUndefined();
  expect(describeOverfitting(errorsOf(1, 1), errorsOf(1.9, 3.2))).toMatch(/^overfitting: .*\(forces 3\.2 times\)/);
  expect(describeOverfitting(errorsOf(0.001, 0.01), errorsOf(0.004, 0.05))).toContain(
    'energy 4.0 times, forces 5.0 times',
  );
  expect(describeOverfitting({}, errorsOf(1, 1))).toBeUndefined();
});
