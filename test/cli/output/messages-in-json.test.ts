import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Command } from 'commander';
import { expect, it } from 'vitest';
import { registerDataCheck } from '../../../src/cli/data/command-data-check.js';
import { registerDataConvert } from '../../../src/cli/data/command-data-convert.js';
import { registerDataInfo } from '../../../src/cli/data/command-data-info.js';
import { failureAsJson } from '../../../src/cli/output/failures.js';
import { LammError } from '../../../src/errors.js';
import { failedRow } from '../../../src/tasks/screen/row.js';
import { runCommand } from '../../helpers/run-command.js';

const folder = mkdtempSync(join(tmpdir(), 'lamm-messages-'));
const shared = join(folder, 'shared.cif');
const block = (name: string, occupancy: number) => `data_${name}
_cell_length_a 4\n_cell_length_b 4\n_cell_length_c 4
_cell_angle_alpha 90\n_cell_angle_beta 90\n_cell_angle_gamma 90
loop_\n_atom_site_label\n_atom_site_fract_x\n_atom_site_fract_y\n_atom_site_fract_z\n_atom_site_occupancy
Cu 0 0 0 ${occupancy}
`;
writeFileSync(shared, block('a', 0.5) + block('b', 1));

const commands: Readonly<Record<string, { register: (command: Command) => void; args?: readonly string[] }>> = {
  info: { register: registerDataInfo },
  check: { register: registerDataCheck },
  convert: { register: registerDataConvert, args: ['--skip-refused', '--out', join(folder, 'o.extxyz')] },
};

it.each(Object.entries(commands))(
  'lamm data %s --json names settings as the command line does',
  async (name, command) => {
    const { stdout } = await runCommand(command.register, [name, shared, '--json', ...(command.args ?? [])]);
    expect(stdout).toMatch(/(?:--occupancy majority|occupancy: majority)/);
    expect(stdout).not.toContain('`');
  },
);

it('does not put names of settings into quotes of code where a structure failed', () => {
  const message = 'head md17 learned from molecules; `head` names another';
  expect(failureAsJson({ error: { code: 'structure', message } }).error?.message).not.toContain('`');
  expect(failureAsJson({})).toEqual({});
  const row = failedRow('a@1', 'candidate', new LammError('structure', '`occupancy: majority` chooses one'));
  expect(row.error).toBe('occupancy: majority chooses one');
});
