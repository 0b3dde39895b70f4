import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sampleEpoch, temperatureCounts } from '../../../pretrain/sampling/temperature-sampling.js';
import { paperMix } from '../../helpers/paper-mix.js';

describe('temperatureCounts', () => {
  it("reproduces the paper's table at T = 2, in millions", () => {
    const sampled = temperatureCounts(
      paperMix.map(({ samples }) => samples),
      2,
    );
    const table = {
      'OC20 S2EF-Total': 134,
      'OC22 S2EF-Total': 33,
      Transition1x: 36,
      'QM7-X': 24,
      QMugs: 16,
      PubChem3D: 112,
    };
    const found = Object.fromEntries(paperMix.map(({ name }, index) => [name, Math.round(sampled[index] / 1e6)]));
    expect(found).toMatchObject(table);
    const small = { 'OC20 IS2RE': 7.9, 'OC22 IS2RE-Total': 2.5, 'ODAC23 IS2RE': 4.2 };
    for (const [name, millions] of Object.entries(small)) {
      expect(sampled[paperMix.findIndex((subset) => subset.name === name)] / 1e6).toBeCloseTo(millions, 1);
    }
    // The paper has 63: its 29 million are rounded.
    expect(found['ODAC23 S2EF-Total']).toBe(62);
  });

  it('changes nothing at T = 1, makes all subsets equal as T grows, and never drops a sample', () => {
    const counts = fc.array(fc.integer({ min: 0, max: 1e9 }), { minLength: 1, maxLength: 10 });
    fc.assert(
      fc.property(counts, fc.double({ min: 1, max: 100, noNaN: true }), (counts, temperature) => {
        expect(temperatureCounts(counts, 1)).toEqual(counts);
        const largest = Math.max(...counts);
        expect(temperatureCounts(counts, Number.POSITIVE_INFINITY)).toEqual(
          counts.map((count) => (count > 0 ? largest : 0)),
        );
        for (const [index, sampled] of temperatureCounts(counts, temperature).entries()) {
          expect(sampled).toBeGreaterThanOrEqual(counts[index]);
          expect(sampled).toBeLessThanOrEqual(largest);
        }
      }),
    );
  });

  it.each([0.5, -1, Number.NaN])('refuses the temperature %s', (temperature) => {
    expect(() => temperatureCounts([1, 2], temperature)).toThrow(/expected a sampling temperature of at least 1/);
  });
});

describe('sampleEpoch', () => {
  const counts = [100, 7, 0, 30];
  const sampled = temperatureCounts(counts, 2); // 100, 26, 0, 55
  const epoch = (number: number, seed = 1) => sampleEpoch(counts, { temperature: 2, seed, epoch: number });
  const subsetOf = (sample: number) => (sample < 100 ? 0 : sample < 107 ? 1 : 3);

  it('takes exactly the counts, and the samples of a subset equally often within one', () => {
    const order = epoch(0);
    const times = new Map<number, number>();
    for (const sample of order) times.set(sample, (times.get(sample) ?? 0) + 1);
    expect(times.size).toBe(137);
    for (const [sample, count] of times) {
      const subset = subsetOf(sample);
      expect([Math.floor(sampled[subset] / counts[subset]), Math.ceil(sampled[subset] / counts[subset])]).toContain(
        count,
      );
    }
    const found = [0, 1, 2, 3].map((subset) => order.filter((sample) => subsetOf(sample) === subset).length);
    expect(found).toEqual(sampled);
  });

  it('takes them equally often within one over all epochs too', () => {
    const times = new Uint32Array(137);
    for (let number = 0; number < 9; number++) for (const sample of epoch(number)) times[sample]++;
    for (const [first, end] of [
      [0, 100],
      [100, 107],
      [107, 137],
    ]) {
      const own = times.subarray(first, end);
      expect(Math.max(...own) - Math.min(...own)).toBeLessThanOrEqual(1);
    }
  });

  it('spreads repeats: a subset is gone through once before any sample of it comes again', () => {
    const own = [...epoch(3)].filter((sample) => subsetOf(sample) === 1);
    for (let start = 0; start + 7 <= own.length; start += 7) {
      expect(new Set(own.slice(start, start + 7)).size).toBe(7);
    }
  });

  it('mixes subsets: every tenth of the epoch has its share of each', () => {
    const order = sampleEpoch([50_000, 20_000], { temperature: 1, seed: 4, epoch: 0 });
    for (let start = 0; start < 70_000; start += 7000) {
      const share = order.subarray(start, start + 7000).filter((sample) => sample >= 50_000).length;
      expect(Math.abs(share - 2000)).toBeLessThan(5 * Math.sqrt(7000 * (2 / 7) * (5 / 7))); // five standard deviations
    }
  });

  it('is the same for the same seed and epoch and another for another of either', () => {
    expect(epoch(2)).toEqual(epoch(2));
    expect(epoch(2)).not.toEqual(epoch(3));
    expect(epoch(2)).not.toEqual(epoch(2, 2));
  });
});
