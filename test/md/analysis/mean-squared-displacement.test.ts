import { describe, expect, it } from 'vitest';
import { createDisplacementMeter } from '../../../md/analysis/mean-squared-displacement.js';
import { createRandom } from '../../../src/random.js';
import { frameOf } from './frames.js';

/** Displacements of `atomCount` walkers with steps of 0.1 A in each direction every 2 fs: D = 0.01/(2 * 2) A^2/fs = 2.5e-4 cm^2/s. */
function randomWalk({ atomCount, frames, seed }: { atomCount: number; frames: number; seed: number }) {
  const random = createRandom(seed);
  const positions = new Float64Array(3 * atomCount);
  const meter = createDisplacementMeter({ removeDrift: false });
  for (let frame = 0; frame < frames; frame++) {
    meter.add(frameOf(positions, { timeFs: 2 * frame }));
    for (let i = 0; i < positions.length; i++) positions[i] += 0.1 * random.normal();
  }
  return meter.result();
}
const walkersDiffusion = 2.5e-4;

describe('the mean squared displacement', () => {
  it('of ballistic motion is (v t)^2 at every lag, through the borders of a cell', () => {
    const meter = createDisplacementMeter({ removeDrift: false });
    const velocities = [0.01, 0.02, -0.03, 0.04, 0, 0];
    const length = 7;
    for (let frame = 0; frame <= 300; frame++) {
      const timeFs = 5 * frame;
      const wrapped = velocities.map((velocity) => (((velocity * timeFs) % length) + length) % length);
      meter.add(frameOf(wrapped, { length, timeFs }));
    }
    const { lagsFs, elements } = meter.result();
    const meanSquare = (0.01 ** 2 + 0.02 ** 2 + 0.03 ** 2 + 0.04 ** 2) / 2;
    expect(lagsFs.at(-1)).toBeLessThanOrEqual(750);
    expect(lagsFs.slice(0, 18)).toEqual(
      Float64Array.from([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 18, 20], (k) => 5 * k),
    );
    lagsFs.forEach((lag, i) => expect(elements[0].values[i] / (meanSquare * lag ** 2)).toBeCloseTo(1, 10));
  });

  it('of a random walk is 6 D t, and so is the fit, within their errors', () => {
    const { lagsFs, elements } = randomWalk({ atomCount: 64, frames: 2000, seed: 4 });
    const [{ values, errors, diffusion }] = elements;
    lagsFs.forEach((lag, i) => {
      expect(Math.abs(values[i] - 0.015 * lag)).toBeLessThan(4 * errors[i]);
      expect(errors[i]).toBeLessThan(0.15 * values[i]);
    });
    expect(Math.abs((diffusion?.coefficient ?? 0) - walkersDiffusion)).toBeLessThan(3 * (diffusion?.error ?? 0));
    expect(diffusion?.error).toBeLessThan(0.1 * walkersDiffusion);
  });

  it('gives diffusion coefficients whose error covers the truth in two of three runs', () => {
    const runs = 150;
    let covered = 0;
    for (let seed = 0; seed < runs; seed++) {
      const { diffusion } = randomWalk({ atomCount: 20, frames: 200, seed }).elements[0];
      if (Math.abs((diffusion?.coefficient ?? 0) - walkersDiffusion) < (diffusion?.error ?? 0)) covered++;
    }
    expect(Math.abs(covered / runs - 0.67)).toBeLessThan(4 * Math.sqrt((0.67 * 0.33) / runs));
  });

  it('leaves out the drift of the whole system, unless it is asked for', () => {
    const [still, drifting] = [true, false].map((removeDrift) => {
      const meter = createDisplacementMeter({ removeDrift });
      for (let frame = 0; frame < 9; frame++) meter.add(frameOf([frame, 0, 0, frame + 1, 2, 3], { timeFs: frame }));
      return meter.result().elements[0].values;
    });
    still.forEach((value) => expect(value).toBeCloseTo(0, 20));
    expect(Array.from(drifting)).toEqual([1, 4, 9, 16]);
  });

  it('tells elements apart', () => {
    const meter = createDisplacementMeter({ removeDrift: false });
    for (let frame = 0; frame < 9; frame++)
      meter.add(frameOf([frame, 0, 0, 0, 0, 0], { timeFs: frame, symbols: ['Li', 'O'] }));
    expect(meter.result().elements.map(({ element, values }) => [element, values[1]])).toEqual([
      ['all', 2],
      ['Li', 4],
      ['O', 0],
    ]);
  });

  it('refuses frames at uneven intervals, and a fit that ends before it begins', () => {
    const meter = createDisplacementMeter();
    for (const timeFs of [0, 10, 20]) meter.add(frameOf([0, 0, 0], { timeFs }));
    expect(() => meter.add(frameOf([0, 0, 0], { timeFs: 40 }))).toThrow(/frame 4 at 30 fs, found it at 40 fs/);
    expect(() => meter.add(frameOf([0, 0, 0], { timeFs: 20 }))).toThrow(/missing or doubled/);
    expect(() => meter.result({ fitFromFs: 20, fitToFs: 10 })).toThrow(expect.objectContaining({ code: 'usage' }));
  });
});
