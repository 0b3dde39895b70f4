import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { applyConfigFile, configOption } from '../../../src/cli/input/config-file.js';
import { parseNatural } from '../../../src/cli/input/shared-options.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lamm-config-'));
});
afterEach(() => rm(folder, { recursive: true }));

/** Runs a small command with `yaml` as its config file and gives the options that its action sees. */
async function optionsOf(yaml: string, ...args: string[]): Promise<object> {
  const file = join(folder, 'run.yaml');
  await writeFile(file, yaml);
  let seen: object = {};
  const command = new Command('run')
    .exitOverride()
    .option('--timestep <time>', 'a quantity', '1 fs')
    .option('--steps <count>', 'a count', parseNatural)
    .option('--save-every <count>', 'a count', parseNatural)
    .option('--json')
    .option('--model-path <path...>')
    .addOption(configOption)
    .hook('preAction', (_, actionCommand) => applyConfigFile(actionCommand))
    .action((options: object) => {
      seen = { ...options };
    });
  await command.parseAsync(['--config', file, ...args], { from: 'user' });
  const { config: _, ...rest } = seen as { config: string };
  return rest;
}

describe('--config FILE.yaml', () => {
  it('sets options by their kebab-case or camelCase names, with the types of the command line', async () => {
    expect(await optionsOf('timestep: 2 fs\nsave-every: 10\n')).toEqual({ timestep: '2 fs', saveEvery: 10 });
    expect(await optionsOf('saveEvery: 10\njson: true\nmodelPath: [a, b]\n')).toEqual({
      timestep: '1 fs',
      saveEvery: 10,
      json: true,
      modelPath: ['a', 'b'],
    });
  });

  it('reads a bare number where the option is a text', async () => {
    expect(await optionsOf('timestep: 2')).toEqual({ timestep: '2' });
  });

  it('lets the command line win', async () => {
    expect(await optionsOf('steps: 10\ntimestep: 2 fs', '--steps', '20')).toEqual({ steps: 20, timestep: '2 fs' });
  });

  it('is nothing when the file is empty', async () => {
    expect(await optionsOf('# nothing\n')).toEqual({ timestep: '1 fs' });
  });

  it.each([
    ['steps: 10\ntime-step: 2 fs', /run\.yaml:2: unknown key "time-step"; did you mean "timestep"\?/],
    ['\n\nsavevery: 2', /run\.yaml:3: unknown key "savevery"; did you mean "save-every"\?/],
    ['config: other.yaml', /run\.yaml:1: unknown key "config"/],
    ['steps: many', /run\.yaml:1: steps: expected a whole number of at least 0/],
    ['steps: [1, 2]', /run\.yaml:1: steps: expected one value, found \[1,2\]/],
    ['json: perhaps', /run\.yaml:1: json: expected true or false, found "perhaps"/],
    ['steps: 1\nsteps: 2', /run\.yaml:2: the YAML cannot be read/],
    ['just text', /run\.yaml:1: expected "key: value" lines/],
  ])('refuses %j with file, line and remedy', async (yaml, message) => {
    await expect(optionsOf(yaml)).rejects.toThrow(
      expect.objectContaining({ code: 'usage', message: expect.stringMatching(message) }),
    );
  });

  it('names a config file that cannot be read', async () => {
    await expect(optionsOf('', '--config', join(folder, 'absent.yaml'))).rejects.toThrow(
      expect.objectContaining({ code: 'file-not-found', message: expect.stringContaining('absent.yaml') }),
    );
  });
});
