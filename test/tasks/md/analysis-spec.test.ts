import { describe, expect, it } from 'vitest';
import { describeAnalysis, parseAnalysisSpec, requestOf } from '../../../src/tasks/md/analysis-spec.js';

const request = (text: string, more: { every?: number; isPeriodic?: boolean } = {}) =>
  requestOf(parseAnalysisSpec(text), { isPeriodic: true, ...more });

describe('--analyze', () => {
  it('takes names with commas between, each with settings of its own', async () => {
    expect(await request('rdf,msd')).toEqual({ rdf: {}, msd: {} });
    expect(await request('rdf:every=50,cutoff=0.6nm,bin-width=0.1, msd ,vacf:every=2,window=400')).toEqual({
      rdf: { every: 50, cutoff: expect.closeTo(6, 12), binWidth: 0.1 },
      msd: {},
      vacf: { every: 2, window: 400 },
    });
  });

  it('takes everything that the structure allows as "all"', async () => {
    expect(await request('all,vacf:every=3')).toEqual({ rdf: {}, msd: {}, vacf: { every: 3 }, thermo: {} });
    expect(Object.keys(await request('all', { isPeriodic: false }))).toEqual(['msd', 'vacf', 'thermo']);
    expect(Object.keys(await request('all,rdf', { isPeriodic: false }))).toContain('rdf'); // and is refused by name
  });

  it('gives the common interval to those that have none of their own', async () => {
    expect(await request('msd,vacf:every=3', { every: 20 })).toEqual({ msd: { every: 20 }, vacf: { every: 3 } });
  });

  it('may be given several times', async () => {
    const spec = parseAnalysisSpec('vacf:every=3', parseAnalysisSpec('msd'));
    expect(await requestOf(spec, { isPeriodic: true })).toEqual({ msd: {}, vacf: { every: 3 } });
  });

  it.each([
    ['rfd', /did you mean "rdf"/],
    ['', /expected names such as/],
    ['msd,msd', /"msd" is given twice/],
    ['msd:every=5,every=6', /`analyze` msd: "every" is given twice/],
    ['every=2', /expected names such as/],
    ['msd:cutoff=3', /`analyze` msd: expected every=\.\.\., found "cutoff=3"/],
    ['rdf:cutoff', /expected every=\.\.\. or cutoff=\.\.\. or bin-width=\.\.\./],
    ['vacf:every=', /found "every="/],
    ['all:every=3', /found "all"/],
  ])('refuses "%s"', (text, message) => {
    expect(() => parseAnalysisSpec(text)).toThrow(
      expect.objectContaining({ code: 'usage', message: expect.stringMatching(message) }),
    );
  });

  it.each([
    ['vacf:every=0', /vacf: every: expected a whole number/],
    ['rdf:cutoff=3fs', /rdf: cutoff: /],
  ])('refuses the value of "%s"', async (text, message) => {
    await expect(request(text)).rejects.toThrow(message);
  });

  it('is described for people', () => {
    expect(describeAnalysis({ vacf: { every: 1 }, rdf: { every: 100 } })).toBe('rdf every 100 steps, vacf every step');
  });
});
