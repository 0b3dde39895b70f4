import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { assertEffective, checkSettings } from '../../src/settings/check-settings.js';
import { expectedOf, helpOf } from '../../src/settings/describe.js';
import { flagOf, metaOf, setting, withoutDefaults } from '../../src/settings/setting.js';
import { spellSettings } from '../../src/settings/spell.js';

const positive = z.number().positive();
const schema = z.strictObject({
  steps: setting(z.int().nonnegative(), { help: 'number of steps' }),
  timestepFs: setting(positive.default(1), { flag: 'timestep', quantity: 'time', help: 'length of a step' }),
  frictionPerFs: setting(positive.max(2).default(0.01), {
    quantity: 'rate',
    help: 'friction',
    usedBy: { bath: ['langevin', 'brownian'] },
  }),
  pressureGPa: setting(z.number().default(0), { quantity: 'pressure', help: 'pressure' }),
  bath: setting(z.enum(['langevin', 'brownian', 'none']).default('none'), { help: 'heat bath' }),
  seed: setting(z.int().optional(), { help: 'seed', otherwise: 'one by the clock' }),
  scale: setting(positive.optional(), { help: 'scale' }),
  verbose: setting(z.boolean().default(false), { help: 'says more' }),
});

const words = {
  steps: 'a whole number of at least 0',
  timestepFs: 'a time above 0 fs',
  frictionPerFs: 'a rate above 0 1/fs and of at most 2 1/fs',
  pressureGPa: 'a pressure in GPa',
  bath: 'one of langevin, brownian, none',
  seed: 'a whole number',
  scale: 'a number above 0',
  verbose: 'true or false',
} satisfies Record<keyof typeof schema.shape, string>;

describe('a setting', () => {
  it.each(Object.entries(words))('says in words what %s expects', (key, expected) => {
    expect(expectedOf(schema.shape[key as keyof typeof words])).toBe(expected);
  });

  it.each<[key: keyof typeof words, help: string]>([
    ['steps', 'number of steps; it has no default'],
    ['timestepFs', 'length of a step (default: 1 fs)'],
    ['frictionPerFs', 'friction (default: 0.01 /fs)'],
    ['bath', 'heat bath (default: none)'],
    ['seed', 'seed (default: one by the clock)'],
    ['scale', 'scale'],
    ['verbose', 'says more'],
  ])('says in its help what holds when %s is left out', (key, help) => {
    expect(helpOf(schema.shape[key])).toBe(help);
  });

  it('has a name for people', () => {
    expect(flagOf('timestepFs', metaOf(schema.shape.timestepFs))).toBe('timestep');
    expect(flagOf('frictionPerFs', metaOf(schema.shape.frictionPerFs))).toBe('friction-per-fs');
  });

  it('shares what it says with no other of the same kind', () => {
    const first = setting(positive, { help: 'first' });
    const second = setting(positive, { help: 'second' });
    expect([metaOf(first).help, metaOf(second).help]).toEqual(['first', 'second']);
  });
});

describe('checkSettings', () => {
  it('fills in defaults', () => {
    expect(checkSettings(schema, { steps: 3, seed: undefined })).toEqual({
      ...{ steps: 3, timestepFs: 1, frictionPerFs: 0.01, pressureGPa: 0, bath: 'none', verbose: false },
      seed: undefined,
    });
  });

  it.each([
    [{}, '`steps`: expected a whole number of at least 0, found nothing'],
    [{ steps: 1.5 }, '`steps`: expected a whole number of at least 0, found 1.5'],
    [{ steps: 1, timestepFs: 0 }, '`timestepFs`: expected a time above 0 fs, found 0'],
    [{ steps: 1, timestepFs: Number.NaN }, '`timestepFs`: expected a time above 0 fs, found NaN'],
    [{ steps: 1, bath: 'Nose' }, '`bath`: expected one of langevin, brownian, none, found "Nose"'],
    [{ steps: 1, timestep: 2 }, 'unknown setting "timestep"; did you mean `timestepFs`?'],
  ])('refuses %j', (values, message) => {
    expect(() => checkSettings(schema, values)).toThrow(expect.objectContaining({ code: 'usage', message }));
  });

  it('gives what was expected and found as data too', () => {
    const expected = { quantity: 'timestepFs', expected: 'a time above 0 fs', actual: '-1' };
    expect(() => checkSettings(schema, { steps: 1, timestepFs: -1 })).toThrow(
      expect.objectContaining({ details: expected }),
    );
  });
});

describe('assertEffective', () => {
  it('refuses what was given though nothing looks at it, and says what would', () => {
    const message = '`frictionPerFs` has no effect with `bath: none`; leave it out, or choose langevin, brownian';
    expect(() => assertEffective(schema, { frictionPerFs: 1 }, { bath: 'none' })).toThrow(
      expect.objectContaining({ code: 'usage', message }),
    );
  });

  it('names a choice that is still open, without a value for it', () => {
    const message = '`frictionPerFs` has no effect without `bath`; leave it out, or choose langevin, brownian';
    expect(() => assertEffective(schema, { frictionPerFs: 1 }, { bath: undefined })).toThrow(
      expect.objectContaining({ code: 'usage', message }),
    );
  });

  it('takes what is looked at, and what was not given', () => {
    assertEffective(schema, { frictionPerFs: 1 }, { bath: 'brownian' });
    assertEffective(schema, { frictionPerFs: undefined, steps: 3 }, { bath: 'none' });
  });
});

it('settings without defaults leave nothing to be filled in', () => {
  const resolved = withoutDefaults(schema);
  const all = checkSettings(schema, { steps: 3 });
  expect(resolved.parse(all)).toEqual(all);
  for (const key of ['timestepFs', 'bath', 'verbose'] as const) {
    const { [key]: _, ...others } = all;
    expect(resolved.safeParse(others).success).toBe(false);
  }
});

describe('spellSettings', () => {
  const names = new Map([
    ['timestepFs', '--timestep'],
    ['ema: false', '--no-ema'],
  ]);
  const spell = (text: string) => spellSettings(text, (setting) => names.get(setting));

  it.each([
    ['`timestepFs`: expected 1', '--timestep: expected 1'],
    ['leave out `timestepFs: 2`, or not', 'leave out --timestep 2, or not'],
    ['`ema: false` takes the last', '--no-ema takes the last'],
    ['`unknown` and `unknown: 3`', 'unknown and unknown: 3'],
    ['the timestepFs of `a file.xyz`', 'the timestepFs of `a file.xyz`'],
  ])('spells %j', (text, spelled) => {
    expect(spell(text)).toBe(spelled);
  });
});
