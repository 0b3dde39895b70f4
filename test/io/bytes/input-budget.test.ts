import { expect, it } from 'vitest';
import { InputBudget } from '../../../src/io/bytes/input-budget.js';

it('grants what is in proportion to the input, and says what was too much and what to do', () => {
  const budget = new InputBudget('a.gz', 1000);
  budget.unpack(2 ** 25);
  budget.unpack(50_000);
  expect(() => budget.unpack(1, 'the arrays')).toThrow(
    /^a\.gz: the arrays would take more than 33 MB, far more than an input of 1000 bytes should; unpack the file first/,
  );
  budget.take(1);
  expect(() => budget.unpack(49)).not.toThrow();
});

it('counts what is held, but not what is only asked for', () => {
  const budget = new InputBudget(undefined, 0);
  for (let time = 0; time < 3; time++) {
    budget.allow(2 ** 26, 'a row');
    budget.expect(2 ** 25, 'an array');
  }
  budget.hold(2 ** 25, 'words');
  expect(() => budget.allow(2 ** 25 + 1, 'a row')).toThrow(/a row would take more than 64 MB/);
  expect(() => budget.hold(2 ** 26, 'words')).toThrow(/words would take more than 64 MB/);
});
