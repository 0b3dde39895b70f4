import { describe, expect, it } from 'vitest';
import { assertSameOptions } from '../../src/journal/same-run.js';

const run = { file: 'run.json', what: 'screening', remedy: 'choose another folder' };

describe('assertSameOptions', () => {
  it('lets pass what is the same, or is not asked for', () => {
    const recorded = { fmax: 0.05, calculator: { calculator: 'lj' } };
    expect(() => assertSameOptions({ ...recorded, fmax: undefined }, recorded, run)).not.toThrow();
  });

  it.each([
    [{ fmax: 0.1 }, { fmax: 0.05 }, '`fmax` = 0.05, now 0.1 is asked for; choose another folder'],
    [{ fmax: 0.1 }, {}, '`fmax` = its default, now 0.1 is asked for'],
    [{ atoms: [1, 2] }, { atoms: [1] }, '`atoms` = [1], now [1,2] is asked for'],
    [
      { calculator: { calculator: 'emt' } },
      { calculator: { calculator: 'lj' } },
      '`calculator` = lj, now emt is asked',
    ],
    [
      { calculator: { calculator: 'lamm-s', model: 'a' } },
      { calculator: { calculator: 'lamm-s' } },
      '`model` = its default, now a is asked for',
    ],
    [
      { calculator: { calculator: 'lamm-s' } },
      { calculator: { calculator: 'lamm-s', head: 'pbe' } },
      '`head` = pbe, now its default is asked for',
    ],
  ])('names the one option of %j that was another in %j', (asked, recorded, message) => {
    expect(() => assertSameOptions(asked, recorded, run)).toThrow(`the screening was started with ${message}`);
  });
});
