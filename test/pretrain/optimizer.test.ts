import { describe, expect, it } from 'vitest';
import { updateAverage } from '../../pretrain/average.js';
import { clipGlobalNorm } from '../../pretrain/clip.js';
import { adamWStep, createAdamW } from '../../pretrain/optimizer.js';
import { learningRateAt } from '../../pretrain/schedule.js';

const options = {
  learningRate: 0.1,
  weightDecay: 0,
  betas: [0.9, 0.999] as const,
  epsilon: 1e-8,
  decayMask: Uint8Array.of(1, 1),
};

describe('adamWStep', () => {
  it('moves every parameter by the learning rate against the sign of a gradient that stays the same', () => {
    const state = createAdamW(2, { amsgrad: false });
    const parameters = Float32Array.of(1, -2);
    for (let step = 0; step < 10; step++)
      adamWStep(state, { parameters, gradients: Float32Array.of(1e-3, -50) }, options);
    expect(parameters[0]).toBeCloseTo(1 - 10 * 0.1, 4);
    expect(parameters[1]).toBeCloseTo(-2 + 10 * 0.1, 4);
  });

  it('follows the equations of the paper over changing gradients', () => {
    const gradients = [0.3, -0.1, 0.02, 0.5];
    const state = createAdamW(1, { amsgrad: false });
    const parameters = Float32Array.of(0.7);
    let [m, v, theta] = [0, 0, 0.7];
    for (const [index, g] of gradients.entries()) {
      adamWStep(
        state,
        { parameters, gradients: Float32Array.of(g) },
        { ...options, weightDecay: 0.2, decayMask: Uint8Array.of(1) },
      );
      const t = index + 1;
      m = 0.9 * m + 0.1 * g;
      v = 0.999 * v + 0.001 * g * g;
      const adam = m / (1 - 0.9 ** t) / (Math.sqrt(v / (1 - 0.999 ** t)) + 1e-8);
      theta = theta - 0.1 * adam - 0.1 * 0.2 * theta;
    }
    expect(parameters[0]).toBeCloseTo(theta, 6);
  });

  it('decays only the parameters of the mask, apart from the gradient', () => {
    const state = createAdamW(2, { amsgrad: false });
    const parameters = Float32Array.of(2, 2);
    adamWStep(
      state,
      { parameters, gradients: new Float32Array(2) },
      { ...options, weightDecay: 0.5, decayMask: Uint8Array.of(1, 0) },
    );
    expect([...parameters]).toEqual([Math.fround(2 * (1 - 0.1 * 0.5)), 2]);
  });

  it('with AMSGrad never takes a longer step after a large gradient has been seen', () => {
    const run = (amsgrad: boolean) => {
      const state = createAdamW(1, { amsgrad });
      const parameters = Float32Array.of(0);
      const step = (gradient: number) =>
        adamWStep(
          state,
          { parameters, gradients: Float32Array.of(gradient) },
          { ...options, betas: [0, 0.5], decayMask: Uint8Array.of(0) },
        );
      step(100);
      for (let index = 0; index < 20; index++) step(0.001);
      const before = parameters[0];
      step(0.001);
      return Math.abs(parameters[0] - before);
    };
    // Without, v falls from 5000 to 0.002; with, the step stays 0.1 g / sqrt(5000), here a difference of single-precision numbers.
    expect(run(true) / (0.1 * (0.001 / Math.sqrt(5000)))).toBeCloseTo(1, 1);
    expect(run(false)).toBeGreaterThan(100 * run(true));
  });
});

describe('clipGlobalNorm', () => {
  it('scales a longer vector to the norm and returns what it was', () => {
    const gradients = Float32Array.of(3, 0, -4);
    expect(clipGlobalNorm(gradients, 1)).toBe(5);
    expect([...gradients]).toEqual([Math.fround(3 * 0.2), 0, Math.fround(-4 * 0.2)]);
  });

  it('leaves a shorter vector as it is', () => {
    const gradients = Float32Array.of(3, 4);
    clipGlobalNorm(gradients, 5);
    expect([...gradients]).toEqual([3, 4]);
  });
});

describe('learningRateAt', () => {
  const schedule = {
    learningRate: 2,
    schedule: 'cosine',
    warmupSteps: 100,
    warmupFrom: 0.2,
    decayTo: 0.1,
    totalSteps: 1100,
  } as const;

  it('rises from the given fraction, peaks after the warm-up and ends at the given fraction', () => {
    expect(learningRateAt(0, schedule)).toBeCloseTo(0.4, 12);
    expect(learningRateAt(50, schedule)).toBeCloseTo(1.2, 12);
    expect(learningRateAt(100, schedule)).toBeCloseTo(2, 12);
    expect(learningRateAt(600, schedule)).toBeCloseTo(1.1, 12);
    expect(learningRateAt(1100, schedule)).toBeCloseTo(0.2, 12);
    expect(learningRateAt(5000, schedule)).toBeCloseTo(0.2, 12);
  });

  it('stays at the peak when constant', () => {
    expect(learningRateAt(999, { ...schedule, schedule: 'constant' })).toBe(2);
  });
});

describe('updateAverage', () => {
  it('approaches fixed parameters with the factor decay once warm', () => {
    const average = Float32Array.of(1);
    for (let step = 0; step < 3; step++) updateAverage(average, Float32Array.of(0), { decay: 0.5, stepCount: 1000 });
    expect(average[0]).toBe(0.125);
  });

  it('forgets the start quickly', () => {
    const average = Float32Array.of(1);
    updateAverage(average, Float32Array.of(0), { decay: 0.999, stepCount: 1 });
    expect(average[0]).toBeCloseTo(2 / 11, 6);
  });
});
