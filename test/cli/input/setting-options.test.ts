import { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { addSettings, givenSettings, optionNames } from '../../../src/cli/input/setting-options.js';
import { setting } from '../../../src/settings/setting.js';

const temperature = z.number().nonnegative();
const schema = z.strictObject({
  steps: setting(z.int().positive(), { letter: 'n', help: 'number of steps, of `timestepFs` each' }),
  timestepFs: setting(z.number().positive().default(1), {
    flag: 'timestep',
    quantity: 'time',
    help: 'length of a step',
  }),
  temperatureK: setting(temperature.default(300), {
    ...{ flag: 'temperature', quantity: 'temperature', form: 'T[:T]' },
    help: 'temperature',
  }),
  temperatureEndK: setting(temperature.optional(), { endOf: 'temperatureK', quantity: 'temperature', help: 'its end' }),
  bath: setting(z.enum(['langevin', 'none']).default('none'), { form: 'name', help: 'heat bath' }),
  scale: setting(z.number().optional(), { help: 'scale' }),
  rigid: setting(z.boolean().default(false), { help: 'holds the shape' }),
  pairs: setting(z.array(z.tuple([z.int(), z.int()])).default([]), {
    form: 'a-b',
    help: 'pairs of atoms',
    parse: (text, previous) => [...((previous as unknown[]) ?? []), text.split('-').map(Number)],
  }),
});

const commandOf = () => addSettings(new Command('run').exitOverride().configureOutput({ writeErr: () => {} }), schema);

function givenBy(...args: string[]) {
  const command = commandOf();
  command.parse(args, { from: 'user' });
  return givenSettings(command, schema);
}

describe('options of settings', () => {
  it('have flags, values and help by the schema, other settings spelled as options', () => {
    const rows = commandOf().options.map(({ flags, description }) => [flags, description]);
    expect(rows).toEqual([
      ['-n, --steps <count>', 'number of steps, of --timestep each; it has no default'],
      ['--timestep <time>', 'length of a step (default: 1 fs)'],
      ['--temperature <T[:T]>', 'temperature (default: 300 K)'],
      ['--bath <name>', 'heat bath (default: none)'],
      ['--scale <value>', 'scale'],
      ['--rigid', 'holds the shape'],
      ['--pairs <a-b>', 'pairs of atoms'],
    ]);
  });

  it('give what was asked for in the units of the keys, and nothing else', async () => {
    expect(await givenBy()).toEqual({});
    expect(await givenBy('-n', '3', '--timestep', '0.5 ps', '--scale', '-1e-3', '--rigid')).toEqual({
      ...{ steps: 3, timestepFs: 500, scale: -0.001, rigid: true },
    });
    expect(await givenBy('--temperature', '300:600K')).toEqual({ temperatureK: 300, temperatureEndK: 600 });
    expect(await givenBy('--temperature', '0', '--bath', 'langevin')).toEqual({ temperatureK: 0, bath: 'langevin' });
    expect(await givenBy('--pairs', '1-2', '--pairs', '3-4')).toEqual({
      pairs: [
        [1, 2],
        [3, 4],
      ],
    });
  });

  it('turn off what is on, or left open, by default', async () => {
    const choices = z.strictObject({
      unwrap: setting(z.boolean().default(true), { help: 'follows jumps', no: 'takes positions as they stand' }),
      ema: setting(z.boolean().optional(), { help: 'takes the average', no: 'takes the last', otherwise: 'as found' }),
    });
    const given = (...args: string[]) => {
      const command = addSettings(new Command('run').exitOverride(), choices);
      command.parse(args, { from: 'user' });
      return givenSettings(command, choices);
    };
    const rows = addSettings(new Command('run'), choices).options.map(({ flags, description }) => [flags, description]);
    expect(rows).toEqual([
      ['--no-unwrap', 'takes positions as they stand'],
      ['--ema', 'takes the average (default: as found)'],
      ['--no-ema', 'takes the last'],
    ]);
    expect(await given()).toEqual({});
    expect(await given('--no-unwrap', '--ema')).toEqual({ unwrap: false, ema: true });
    expect(await given('--no-ema')).toEqual({ ema: false });
  });

  it.each([
    [['--steps', '0'], /--steps <count>' argument '0' is invalid. expected a whole number of at least 1/],
    [['--steps', '2.5'], /expected a whole number of at least 1/],
    [['--steps', '0x10'], /expected a whole number of at least 1/],
    [['--scale', ''], /expected a number$/],
    [['--bath', 'nose'], /Allowed choices are langevin, none/],
    [['--timestep', '2 K'], /`timestepFs`: expected a time such as "2 fs"/],
    [['--timestep', '0'], /`timestepFs`: expected a time above 0 fs, found 0/],
    [['--temperature', '1:-2'], /`temperatureEndK`: expected a temperature of at least 0 K, found -2/],
    [['--temperature', '1:2:3'], /`temperatureK`: expected one value, or two as FROM:TO, found "1:2:3"/],
    [['--timestep', '1:2'], /`timestepFs`: expected a time such as/],
  ])('refuse %j', async (args, message) => {
    await expect(async () => givenBy(...args)).rejects.toThrow(message);
  });

  it('are what messages call the settings', () => {
    const program = new Command();
    program.addCommand(commandOf());
    expect(Object.fromEntries(optionNames(program))).toMatchObject({
      ...{ steps: '--steps', timestepFs: '--timestep', temperatureEndK: 'a ramp of --temperature' },
    });
  });
});
