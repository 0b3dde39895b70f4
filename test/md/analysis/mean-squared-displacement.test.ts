import { describe, expect, it } from 'vitest';
import { createDisplacementMeter } from '../../../md/analysis/mean-squared-displacement.js';
import { createRandom } from '../../../src/random.js';
import { multiplyRows } from '../../../src/structure/cell.js';
import { frameOf } from './frames.js';

/**
 * Displacements of `atomCount` walkers with steps of 0.1 A in each direction every 2 fs: D = 0.01/(2 * 2) A^2/fs =
 * 2.5e-4 cm^2/s.
 */
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

  describe('of a solid whose cell fluctuates', () => {
    const swing = 0.13;
    /**
     * 64 atoms that vibrate by `swing` A about fixed sites of a crystal with edges of 16 A that fluctuate, as those of
     * a barostat.
     */
    function solid(change: (random: () => number) => readonly number[], isWrapped: boolean) {
      const random = createRandom(2);
      const meter = createDisplacementMeter();
      const grid = Array.from({ length: 64 }, (_, i) => [i % 4, Math.floor(i / 4) % 4, Math.floor(i / 16)]).flat();
      for (let frame = 0; frame < 400; frame++) {
        const cell = change(() => random.normal());
        const shares = grid.map((place) => place / 4 + (swing / 16) * random.normal());
        const inside = isWrapped ? shares.map((share) => share - Math.floor(share)) : shares;
        const positions = multiplyRows(Float64Array.from(inside), Float64Array.from(cell));
        meter.add({ ...frameOf(positions, { length: 16, timeFs: 100 * frame }), cell: Float64Array.from(cell) });
      }
      return meter.result();
    }
    const edges = (size: number) => {
      let excess = 0;
      return (random: () => number) => {
        excess = 0.7 * excess + size * random();
        const edge = 16 * (1 + excess);
        return [edge, 0, 0, 0, edge, 0, 0.1 * edge, 0, edge];
      };
    };

    it.each([0.004, 0.02])('is flat, wrapped or not, and shows no diffusion: fluctuation %f', (size) => {
      const [wrapped, continuous] = [true, false].map((isWrapped) => solid(edges(size), isWrapped));
      const [{ values, errors, diffusion }] = wrapped.elements;
      // <|u(t) - u(0)|^2> of independent places in a cell sheared by a tenth, less what the centre of mass takes with
      // it
      const expected = 6 * swing ** 2 * (1 + 0.01 / 3) * (63 / 64);
      values.forEach((value, lag) => expect(Math.abs(value - expected)).toBeLessThan(4 * errors[lag]));
      errors.forEach((error) => expect(error).toBeLessThan(0.05 * expected));
      expect(Math.abs(diffusion?.coefficient ?? 1)).toBeLessThan(4 * (diffusion?.error ?? 0));
      expect(diffusion?.error).toBeLessThan(2e-8);
      values.forEach((value, lag) => expect(value).toBeCloseTo(continuous.elements[0].values[lag], 9));
      expect(continuous.jumps).toBe(0);
    });
  });

  it('takes no growth of the cell for a jump of atoms that have gone far', () => {
    const meter = createDisplacementMeter({ removeDrift: false });
    for (let frame = 0; frame < 9; frame++) {
      const length = 10 * (1 + 0.01 * (frame % 2));
      meter.add(frameOf([60.3 * length, 0, 0, 0, 0, 0], { length, timeFs: frame }));
    }
    expect(meter.result()).toMatchObject({ jumps: 0 });
    expect(meter.result().elements[0].values.every((value) => value < 1e-20)).toBe(true);
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
