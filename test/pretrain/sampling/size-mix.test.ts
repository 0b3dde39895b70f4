import { describe, expect, it } from 'vitest';
import { mixedSizes } from '../../../pretrain/sampling/epoch-sizes.js';
import { parseSizeMix } from '../../../pretrain/sampling/size-mix.js';

describe('parseSizeMix', () => {
  it.each([
    ['- { name: a, samples: 5 }', /0\.atoms: expected object/],
    ['- { name: a, samples: 5, atoms: { mean: 9, deviation: 1, min: 1, max: 5 } }', /expected min <= mean <= max/],
    ['- { name: a, samples: 5, atoms: { mean: 3, deviation: 4, min: 1, max: 5 } }', /expected a deviation that fits/],
    ['[', /the YAML cannot be read/],
  ])('refuses %s', (text, message) => {
    expect(() => parseSizeMix(text, { file: 'mix.yaml' })).toThrow(message);
  });

  it('draws sizes with the mean, deviation and bounds that are asked for', () => {
    const mix = parseSizeMix('- { name: a, samples: 5, atoms: { mean: 160, deviation: 64, min: 20, max: 300 } }');
    const { atoms } = mixedSizes(mix, { draws: 40_000, temperature: 1, seed: 2 });
    const mean = atoms.reduce((sum, count) => sum + count, 0) / atoms.length;
    const variance = atoms.reduce((sum, count) => sum + (count - mean) ** 2, 0) / atoms.length;
    expect(Math.abs(mean - 160)).toBeLessThan((4 * 64) / 200); // four standard errors
    expect(Math.sqrt(variance)).toBeCloseTo(64, -0.5);
    expect(Math.min(...atoms)).toBeGreaterThanOrEqual(20);
    expect(Math.max(...atoms)).toBeLessThanOrEqual(300);
  });
});
