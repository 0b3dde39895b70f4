import { describe, expect, it } from 'vitest';
import { type AnalysisOptions, createAnalysis } from '../../../md/analysis/analysis.js';
import type { Frame } from '../../../md/analysis/frame.js';
import { frameOf } from './frames.js';

const codesOf = (options: AnalysisOptions, frames: readonly Frame[]) => {
  const analysis = createAnalysis(options);
  for (const frame of frames) analysis.add(frame);
  return analysis.result().notices.map(({ code }) => code);
};

/** Frames of one atom that swings at a frequency. */
function swinging(frequencyTHz: number, { every, symbol = 'Cu' }: { every: number; symbol?: string }): Frame[] {
  return Array.from({ length: 200 }, (_, frame) => {
    const timeFs = frame * every;
    const velocities = Float64Array.of(Math.cos(2 * Math.PI * frequencyTHz * timeFs * 1e-3), 0, 0);
    return frameOf([0, 0, 0], { timeFs, velocities, symbols: [symbol] });
  });
}

/** Frames of two atoms; the first moves by `move` A a frame, put back into a cube of 10 A if so wished. */
function moving(move: number, { frames = 50, wrapped = false, both = false } = {}): Frame[] {
  return Array.from({ length: frames }, (_, frame) => {
    const x = move * frame;
    const place = wrapped ? x % 10 : x;
    return frameOf([place, 0, 0, both ? place : 5, 5, 5], { length: 10, timeFs: frame });
  });
}

describe('notices', () => {
  it.each([
    ['often enough for hydrogen', 'H', 110, 2, []],
    ['too seldom for hydrogen, whatever the spectrum shows', 'H', 5, 6, ['coarse-sampling']],
    ['often enough for copper', 'Cu', 7, 20, []],
    ['too seldom for copper', 'Cu', 7, 60, ['coarse-sampling']],
    ['often by its mass, but with all weight at the end of the spectrum', 'Cu', 16, 30, ['coarse-sampling']],
  ])('say when velocities come %s', (_, symbol, frequency, every, expected) => {
    expect(codesOf({ vacf: {} }, swinging(frequency, { every, symbol }))).toEqual(expected);
  });

  it('say when g(r) goes beyond half of the cell', () => {
    const frames = [frameOf([0, 0, 0, 4, 0, 0], { length: 10 })];
    expect(codesOf({ rdf: { cutoff: 5 } }, frames)).toEqual([]);
    expect(codesOf({ rdf: { cutoff: 5.1 } }, frames)).toEqual(['beyond-half-cell']);
  });

  it('measure a skewed cell between its faces', () => {
    const skewed = {
      ...frameOf([0, 0, 0, 2, 0, 0], { length: 10 }),
      cell: Float64Array.of(10, 0, 0, 8, 6, 0, 0, 0, 10),
    };
    expect(codesOf({ rdf: { cutoff: 2.9 } }, [skewed])).toEqual([]);
    expect(codesOf({ rdf: { cutoff: 3.1 } }, [skewed])).toEqual(['beyond-half-cell']);
  });

  it('say when no two atoms are near enough for g(r)', () => {
    expect(codesOf({ rdf: { cutoff: 5 } }, moving(0))).toEqual(['no-pairs']);
  });

  it('say when frames are few', () => {
    expect(codesOf({ msd: {} }, moving(0, { frames: 29 }))).toEqual(['few-frames', 'no-diffusion']);
    expect(codesOf({ msd: {} }, moving(0, { frames: 30 }))).toEqual(['no-diffusion']);
  });

  it('say when atoms have not left their places', () => {
    const apart = (move: number) => moving(move).map((frame) => ({ ...frame, pbc: [false, false, false] as const }));
    expect(codesOf({ msd: {} }, apart(0.05))).toContain('no-diffusion');
    expect(codesOf({ msd: {} }, apart(0.2))).not.toContain('no-diffusion');
  });

  it('say when the centre of mass drifts, but not when the cell grows', () => {
    expect(codesOf({ msd: {} }, moving(0.01, { both: true }))).toEqual(['no-diffusion', 'center-of-mass-drift']);
    const growing = moving(0).map((frame, i) => {
      const scale = 1 + i / 100;
      const { positions, cell } = frame;
      return { ...frame, positions: positions.map((x) => scale * x), cell: cell.map((x) => scale * x) };
    });
    expect(codesOf({ msd: {} }, growing)).not.toContain('center-of-mass-drift');
  });

  it('say when wrapped positions are taken as they stand, or images cannot be told', () => {
    const drift = 'center-of-mass-drift';
    expect(codesOf({ msd: {} }, moving(1, { wrapped: true }))).toEqual([drift]);
    expect(codesOf({ msd: { unwrap: false } }, moving(1, { wrapped: true }))).toContain('wrapped-positions');
    expect(codesOf({ msd: { unwrap: false } }, moving(1))).toEqual([drift]);
    expect(codesOf({ msd: {} }, moving(4, { wrapped: true }))).toEqual([drift, 'long-moves']);
  });
});
