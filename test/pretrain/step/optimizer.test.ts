import { describe, expect, it } from 'vitest';
import { updateAverage } from '../../../pretrain/step/average.js';
import { clipGlobalNorm } from '../../../pretrain/step/clip.js';
import { adamWStep, createAdamW } from '../../../pretrain/step/optimizer.js';

const options = {
  learningRate: 0.1,
  weightDecay: 0,
  betas: [0.9, 0.999] as const,
  epsilon: 1e-8,
  groups: [{ offset: 0, size: 2, decay: true }],
};
const single = (decay: boolean) => [{ offset: 0, size: 1, decay }];

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
        { ...options, weightDecay: 0.2, groups: single(true) },
      );
      const t = index + 1;
      m = 0.9 * m + 0.1 * g;
      v = 0.999 * v + 0.001 * g * g;
      const adam = m / (1 - 0.9 ** t) / (Math.sqrt(v / (1 - 0.999 ** t)) + 1e-8);
      theta = theta - 0.1 * adam - 0.1 * 0.2 * theta;
    }
    expect(parameters[0]).toBeCloseTo(theta, 6);
  });

  it('decays only the groups that are to, apart from the gradient', () => {
    const state = createAdamW(2, { amsgrad: false });
    const parameters = Float32Array.of(2, 2);
    adamWStep(
      state,
      { parameters, gradients: new Float32Array(2) },
      { ...options, weightDecay: 0.5, groups: [...single(true), { offset: 1, size: 1, decay: false }] },
    );
    expect([...parameters]).toEqual([Math.fround(2 * (1 - 0.1 * 0.5)), 2]);
  });

  it('takes the factor of a group as one on the learning rate, for the decay too', () => {
    const run = (learningRate: number, rateFactor?: number) => {
      const state = createAdamW(1, { amsgrad: false });
      const parameters = Float32Array.of(3);
      const groups = [{ offset: 0, size: 1, decay: true, rateFactor }];
      for (const gradient of [0.3, -0.1, 0.2]) {
        const gradients = Float32Array.of(gradient);
        adamWStep(state, { parameters, gradients }, { ...options, learningRate, weightDecay: 0.1, groups });
      }
      return parameters[0];
    };
    expect(run(0.1, 0.25)).toBe(run(0.025));
    expect(run(0.1, 0.25)).not.toBe(run(0.1));
  });

  it('with AMSGrad never takes a longer step after a large gradient has been seen', () => {
    const run = (amsgrad: boolean) => {
      const state = createAdamW(1, { amsgrad });
      const parameters = Float32Array.of(0);
      const step = (gradient: number) =>
        adamWStep(
          state,
          { parameters, gradients: Float32Array.of(gradient) },
          { ...options, betas: [0, 0.5], groups: single(false) },
        );
      step(100);
      for (let index = 0; index < 20; index++) step(0.001);
      const before = parameters[0];
      step(0.001);
      return Math.abs(parameters[0] - before);
    };
    // Without, v falls from 5000 to 0.002; with, the step stays 0.1 g / sqrt(5000), here a difference of
    // single-precision numbers.
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
