import { describe, expect, it } from 'vitest';
import { addNoise } from '../../../../pretrain/dataset/sample/denoise.js';
import { createStructure } from '../../../../src/structure/structure.js';

const atomCount = 40;
const positions = Array.from({ length: 3 * atomCount }, (_, index) => 0.37 * index);
const numbers = new Uint8Array(atomCount).fill(6);
const molecule = createStructure({ numbers, positions });
const key = { seed: 1, epoch: 2, sample: 3 };
const centred = { sigma: 0.04, labels: 'centred' } as const;
const standard = { sigma: 0.04, labels: 'standard' } as const;

const meanAlong = (values: Float64Array, axis: number) =>
  values.filter((_, index) => index % 3 === axis).reduce((sum, value) => sum + value, 0) / (values.length / 3);

describe('addNoise', () => {
  it.each([centred, standard])('labels the way back to the clean positions in units of sigma (%o)', (options) => {
    const { structure, labels } = addNoise(molecule, key, options);
    for (const [index, x] of positions.entries()) {
      expect(structure.positions[index] + options.sigma * labels[index]).toBeCloseTo(x, 12);
      expect(structure.positions[index]).not.toBe(x);
    }
  });

  it('has no mean when centred, and differs from the standard noise by that mean alone', () => {
    const [without, withMean] = [addNoise(molecule, key, centred).labels, addNoise(molecule, key, standard).labels];
    for (const axis of [0, 1, 2]) {
      expect(meanAlong(without, axis)).toBeCloseTo(0, 14);
      const mean = meanAlong(withMean, axis);
      expect(Math.abs(mean)).toBeGreaterThan(1e-3);
      for (let index = axis; index < labelsCount; index += 3)
        expect(withMean[index] - without[index]).toBeCloseTo(mean, 12);
    }
  });
  const labelsCount = 3 * atomCount;

  it('has the standard deviation sigma', () => {
    let squares = 0;
    const samples = 400;
    for (let sample = 0; sample < samples; sample++) {
      const { structure } = addNoise(molecule, { ...key, sample }, { sigma: 0.1, labels: 'standard' });
      for (const [index, x] of positions.entries()) squares += (structure.positions[index] - x) ** 2;
    }
    // The variance of 48,000 numbers has a relative deviation of sqrt(2 / 48000) = 0.0065.
    expect(Math.abs(squares / (samples * 3 * atomCount) / 0.01 - 1)).toBeLessThan(4 * 0.0065);
  });

  it('is the same for the same seed, epoch and sample, and another for another of each', () => {
    const noisy = (change: object) => addNoise(molecule, { ...key, ...change }, centred).structure.positions;
    expect(noisy({})).toEqual(noisy({}));
    for (const change of [{ seed: 2 }, { epoch: 3 }, { sample: 2 }, { epoch: 3, sample: 2 }]) {
      expect(noisy(change)).not.toEqual(noisy({}));
    }
  });

  it('moves and centres only what is free, coordinate by coordinate, and masks atoms that are fixed', () => {
    const fixed = new Uint8Array(3 * atomCount);
    fixed.fill(1, 0, 30); // ten atoms
    fixed[32] = 1; // and one of the others along z
    const slab = createStructure({ numbers, positions, fixed });
    const { structure, labels, free } = addNoise(slab, key, centred);
    for (const [index, isFixed] of fixed.entries()) {
      if (isFixed) expect([structure.positions[index], labels[index]]).toEqual([positions[index], 0]);
      else expect(labels[index]).not.toBe(0);
    }
    for (const axis of [0, 1, 2]) expect(meanAlong(labels, axis)).toBeCloseTo(0, 14);
    expect([...free]).toEqual(Array.from({ length: atomCount }, (_, atom) => Number(atom >= 10)));
  });

  it('leaves a single atom where it is when centred', () => {
    const atom = createStructure({ symbols: ['Ar'], positions: [1, 2, 3] });
    const { structure, labels } = addNoise(atom, key, centred);
    expect([...structure.positions, ...labels]).toEqual([1, 2, 3, 0, 0, 0]);
  });

  it('drops the labels of the clean structure and leaves it as it is', () => {
    const labelled = createStructure({ symbols: ['Ar', 'Ar'], positions: [0, 0, 0, 4, 0, 0], labels: { energy: -1 } });
    expect(addNoise(labelled, key, centred).structure.labels).toEqual({});
    expect([...labelled.positions]).toEqual([0, 0, 0, 4, 0, 0]);
  });

  it.each([0, -0.1, Number.NaN])('refuses the noise %s', (sigma) => {
    expect(() => addNoise(molecule, key, { ...centred, sigma })).toThrow(/expected a noise of more than 0 A/);
  });
});
