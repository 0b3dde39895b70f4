import { describe, expect, it } from 'vitest';
import { createThreadChoice, type ThreadChoice } from '../../../../src/models/painn/fused/thread-choice.js';

/** Time of all evaluations, each of which takes what `timeOf` says, and how many of them were shared. */
function evaluate(choice: ThreadChoice, count: number, timeOf: (isShared: boolean) => number) {
  let [total, shared] = [0, 0];
  for (let evaluation = 0; evaluation < count; evaluation++) {
    const isShared = choice.next();
    choice.report(isShared, timeOf(isShared));
    total += timeOf(isShared);
    shared += isShared ? 1 : 0;
  }
  return { total, shared };
}

const quiet = (isShared: boolean) => (isShared ? 0.55 : 1);
const busy = (isShared: boolean) => (isShared ? 2 : 1);

describe('the choice of threads', () => {
  it('shares on a quiet machine', () => {
    const { total, shared } = evaluate(createThreadChoice(), 1000, quiet);
    expect(shared).toBeGreaterThan(950);
    expect(total).toBeLessThan(1.03 * 0.55 * 1000);
  });

  it('takes one thread on a busy machine: hardly slower than if it had never tried', () => {
    const { total, shared } = evaluate(createThreadChoice(), 1000, busy);
    expect(shared).toBeLessThan(50);
    expect(total).toBeLessThan(1.05 * 1000);
  });

  it('changes its mind when the machine does, both ways', () => {
    const choice = createThreadChoice();
    evaluate(choice, 200, busy);
    evaluate(choice, 200, quiet);
    expect(evaluate(choice, 200, quiet).shared).toBeGreaterThan(180);
    evaluate(choice, 200, busy);
    expect(evaluate(choice, 200, busy).shared).toBeLessThan(20);
  });

  it('soon shares though threads are slow when they begin', () => {
    let begun = 0;
    const warming = (isShared: boolean) => (isShared && ++begun <= 8 ? 3 : quiet(isShared)); // asked twice for each
    expect(evaluate(createThreadChoice(), 60, warming).shared).toBeGreaterThan(30);
  });

  it('is not misled by a single slow evaluation', () => {
    const choice = createThreadChoice();
    let evaluation = 0;
    const mostlyQuiet = (isShared: boolean) => (++evaluation % 50 === 7 ? 10 : quiet(isShared));
    expect(evaluate(choice, 1000, mostlyQuiet).shared).toBeGreaterThan(900);
  });
});
