import { describe, expect, it } from 'vitest';
import { learningRateAt, type PlateauState, type Schedule, watchPlateau } from '../../../pretrain/step/schedule.js';

const cosine: Schedule = {
  learningRate: 2,
  schedule: 'cosine',
  warmupSteps: 100,
  warmupFrom: 0.2,
  decayTo: 0.1,
  cosineEnd: 1100,
  plateau: { factor: 0.8, patience: 3 },
};

describe('learningRateAt', () => {
  it('rises from the given fraction, peaks after the warm-up and ends at the given fraction', () => {
    expect(learningRateAt(0, cosine)).toBeCloseTo(0.4, 12);
    expect(learningRateAt(50, cosine)).toBeCloseTo(1.2, 12);
    expect(learningRateAt(100, cosine)).toBeCloseTo(2, 12);
    expect(learningRateAt(600, cosine)).toBeCloseTo(1.1, 12);
    expect(learningRateAt(1100, cosine)).toBeCloseTo(0.2, 12);
    expect(learningRateAt(5000, cosine)).toBeCloseTo(0.2, 12);
  });

  it('stays at the peak when constant', () => {
    expect(learningRateAt(999, { ...cosine, schedule: 'constant' })).toBe(2);
  });

  it('falls by the factor with every reduction, from the peak or from the end of the cosine', () => {
    expect(learningRateAt(999, { ...cosine, schedule: 'plateau' }, 2)).toBeCloseTo(2 * 0.64, 12);
    expect(learningRateAt(1100, { ...cosine, schedule: 'cosine-plateau' }, 2)).toBeCloseTo(0.2 * 0.64, 12);
  });
});

describe('watchPlateau', () => {
  /** Reductions after each of the validations that follow one another; `improved` says which were better. */
  const reductions = (schedule: Schedule, improved: readonly boolean[], firstStep = 2000) => {
    let state: PlateauState = { reductions: 0, waited: 0 };
    return improved.map((better, index) => {
      state = watchPlateau(state, schedule, { step: firstStep + index, improved: better });
      return state.reductions;
    });
  };
  const [yes, no] = [true, false];

  it('lowers the rate with the fourth validation in a row that is not better, when it has patience for three', () => {
    const plateau = { ...cosine, schedule: 'plateau' } as const;
    expect(reductions(plateau, [no, no, no, no, no, no, no, no])).toEqual([0, 0, 0, 1, 1, 1, 1, 2]);
    expect(reductions(plateau, [no, no, no, yes, no, no, no, no])).toEqual([0, 0, 0, 0, 0, 0, 0, 1]);
  });

  it('begins to count after the warm-up, or after the cosine', () => {
    const impatient = { ...cosine, plateau: { factor: 0.5, patience: 0 } };
    expect(reductions({ ...impatient, schedule: 'plateau' }, [no, no], 99)).toEqual([0, 1]);
    expect(reductions({ ...impatient, schedule: 'cosine-plateau' }, [no, no], 1099)).toEqual([0, 1]);
    for (const schedule of ['cosine', 'constant'] as const) {
      expect(reductions({ ...impatient, schedule }, [no, no])).toEqual([0, 0]);
    }
  });
});
