import { describe, expect, it } from 'vitest';
import { parseCompareConfig } from '../../../pretrain/config/compare-config.js';

describe('parseCompareConfig', () => {
  it('fills in what is usual', () => {
    const text = 'base: a.yaml\nvariants: { one: [], two: [training.clipNorm=1] }\nout: runs';
    expect(parseCompareConfig(text)).toEqual({
      base: 'a.yaml',
      variants: { one: [], two: ['training.clipNorm=1'] },
      seeds: [1, 2, 3],
      measure: 'loss',
      ranks: 1,
      out: 'runs',
    });
  });

  it.each([
    ['base: a.yaml\nvariants: { one: [] }\nout: runs', /variants: expected at least two/],
    ['base: a.yaml\nvariants: { "../one": [], two: [] }\nout: runs', /names of letters/],
    ['base: a.yaml\nvariants: { one: [], two: [] }', /c.yaml: out/],
    [
      'base: a\nvariants:\n  one: []\n  two:\n    - training.batch={ atoms: 8 }\nout: a',
      /c.yaml:5: variants.two.0: .* in quotes/,
    ],
    ['base: a.yaml\nseed: [1]\nvariants: { one: [], two: [] }\nout: a', /c.yaml:2: unknown key "seed" .* "seeds"\?/],
    ['base: a.yaml\nseeds: [1, -1]\nvariants: { one: [], two: [] }\nout: a', /c.yaml:2: seeds.1: /],
    ['base: a.yaml\nvariants: { one: [, two: [] }\nout: runs', /c.yaml:2: the YAML cannot be read/],
  ])('refuses %j', (text, message) => {
    expect(() => parseCompareConfig(text, { file: 'c.yaml' })).toThrow(message);
  });
});
