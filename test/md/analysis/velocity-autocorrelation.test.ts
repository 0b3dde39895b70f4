import { describe, expect, it } from 'vitest';
import { createVelocityCorrelation } from '../../../md/analysis/velocity-autocorrelation.js';
import { createRandom } from '../../../src/random.js';
import { frameOf } from './frames.js';

/** Oscillators of the given frequencies in THz, one an atom, sampled every 2 fs. */
function oscillators(
  frequenciesTHz: readonly number[],
  { frames, symbols, window }: { frames: number; symbols?: readonly string[]; window?: number },
) {
  const random = createRandom(2);
  const phases = frequenciesTHz.map(() => 2 * Math.PI * random.uniform());
  const meter = createVelocityCorrelation({ window });
  for (let frame = 0; frame < frames; frame++) {
    const timeFs = 2 * frame;
    const velocities = new Float64Array(3 * frequenciesTHz.length);
    frequenciesTHz.forEach((frequency, atom) => {
      velocities[3 * atom] = Math.cos(2 * Math.PI * frequency * timeFs * 1e-3 + phases[atom]);
    });
    meter.add(frameOf(new Float64Array(velocities.length), { timeFs, velocities, symbols }));
  }
  return meter.result();
}

const peakOf = ({ frequenciesTHz, intensities }: { frequenciesTHz: Float64Array; intensities: Float64Array }) =>
  frequenciesTHz[intensities.indexOf(Math.max(...intensities))];

describe('the velocity autocorrelation', () => {
  it('of a harmonic oscillator is its cosine, and its spectrum peaks at its frequency', () => {
    const frequency = 7.3;
    const { lagsFs, elements } = oscillators([frequency], { frames: 20_000, window: 500 });
    lagsFs.forEach((lag, k) =>
      expect(elements[0].values[k]).toBeCloseTo(Math.cos(2 * Math.PI * frequency * lag * 1e-3), 2),
    );
    const { spectrum } = elements[0];
    expect(spectrum.resolutionTHz).toBeCloseTo(1, 12);
    const step = spectrum.frequenciesTHz[1];
    expect(Math.abs(peakOf(spectrum) - frequency)).toBeLessThanOrEqual(step);
    expect(spectrum.frequenciesTHz.at(-1)).toBeCloseTo(250, 10);
  });

  it('has a spectrum whose integral is 1', () => {
    const { spectrum } = oscillators([3, 11], { frames: 400 }).elements[0];
    const step = spectrum.frequenciesTHz[1];
    const ends = spectrum.intensities[0] + (spectrum.intensities.at(-1) ?? 0);
    expect(step * (spectrum.intensities.reduce((sum, value) => sum + value, 0) - ends / 2)).toBeCloseTo(1, 12);
  });

  it('tells elements apart, and weighs them by their kinetic energy', () => {
    const { elements } = oscillators([20, 5], { frames: 4000, symbols: ['H', 'Pb'] });
    expect(elements.map(({ element, spectrum }) => [element, Math.round(peakOf(spectrum))])).toEqual([
      ['all', 5],
      ['H', 20],
      ['Pb', 5],
    ]);
  });

  it('uses no lag longer than half of the trajectory', () => {
    expect(oscillators([1], { frames: 11 }).lagsFs).toHaveLength(6);
  });

  it('refuses frames without velocities and windows of nothing', () => {
    expect(() => createVelocityCorrelation().add(frameOf([0, 0, 0]))).toThrow(/needs velocities/);
    expect(() => createVelocityCorrelation({ window: 1 })).toThrow(expect.objectContaining({ code: 'usage' }));
  });
});
