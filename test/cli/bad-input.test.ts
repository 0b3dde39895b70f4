import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCli } from '../helpers/cli.js';

const copperFrame = (lattice: string, ...atoms: string[]) =>
  `${atoms.length}\nLattice="${lattice}" Properties=species:S:1:pos:R:3 pbc="T T T"\n${atoms.join('\n')}\n`;
const box = '3.6 0 0 0 3.6 0 0 0 3.6';

const inputs: Readonly<Record<string, string>> = {
  'copper.extxyz': copperFrame(box, 'Cu 0 0 0', 'Cu 0 1.8 1.8', 'Cu 1.8 0 1.8', 'Cu 1.8 1.8 0'),
  'flat-cell.extxyz': copperFrame('3.6 0 0 0 3.6 0 3.6 3.6 0', 'Cu 0 0 0'),
  'nan.extxyz': copperFrame(box, 'Cu 0 0 0', 'Cu 0 NaN 1.8'),
  'unknown-element.extxyz': copperFrame(box, 'Cu 0 0 0', 'Qq 0 1.8 1.8'),
  'coincident.extxyz': copperFrame(box, 'Cu 0 0 0', 'Cu 0 0 3.6'),
  'truncated.extxyz': copperFrame(box, 'Cu 0 0 0', 'Cu 0 1.8 1.8').split('\n').slice(0, 3).join('\n'),
  'uranium.extxyz': copperFrame(box, 'U 0 0 0'),
  'nothing.extxyz': '',
  'occupied.cif':
    'data_x\n_cell_length_a 4\n_cell_length_b 4\n_cell_length_c 4\n_cell_angle_alpha 90\n_cell_angle_beta 90\n_cell_angle_gamma 90\n' +
    "_space_group_name_H-M_alt 'P 1'\nloop_\n_atom_site_label\n_atom_site_fract_x\n_atom_site_fract_y\n_atom_site_fract_z\n" +
    '_atom_site_occupancy\nFe1 0 0 0 0.5\nNi1 0 0 0 0.5\n',
  'noise.cif': 'this is not a CIF at all\n',
  'typo.yaml': 'fmax: 0.01\nmax-step: 10\n',
};

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'lamm-bad-input-'));
  for (const [name, text] of Object.entries(inputs)) writeFileSync(join(folder, name), text);
  mkdirSync(join(folder, 'a-folder'));
  writeFileSync(join(folder, 'taken.extxyz'), 'precious');
});
afterAll(() => rmSync(folder, { recursive: true }));

const emt = ['--calculator', 'emt'];

describe('bad input gets one clear line, exit code 2 and no output', () => {
  it.each<[what: string, args: string[], line: RegExp]>([
    ['a file that is not there', ['relax', 'absent.cif', ...emt], /absent\.cif: /],
    ['a folder instead of a file', ['relax', 'a-folder', ...emt], /a-folder/],
    ['an empty file', ['relax', 'nothing.extxyz', ...emt], /nothing\.extxyz/],
    ['a truncated file', ['relax', 'truncated.extxyz', ...emt], /truncated\.extxyz:\d+: /],
    ['a file of another kind', ['relax', 'noise.cif', ...emt], /noise\.cif:\d+: /],
    ['a partial occupancy', ['relax', 'occupied.cif', ...emt], /occupied\.cif:\d+: .*(Fe1|Ni1)/],
    [
      'an option that does not exist',
      ['relax', 'copper.extxyz', '--fmaxx', '1'],
      /unknown option '--fmaxx' \(Did you mean --fmax\?\)/,
    ],
    ['a command that does not exist', ['relaxx', 'copper.extxyz'], /unknown command 'relaxx' \(Did you mean relax\?\)/],
    ['no file', ['relax'], /missing required argument 'files'/],
    [
      'a value of another dimension',
      ['relax', 'copper.extxyz', ...emt, '--fmax', '2 fs'],
      /--fmax: expected a force such as "0.01 eV\/A"/,
    ],
    ['a choice that does not exist', ['relax', 'copper.extxyz', '--optimizer', 'newton'], /Allowed choices are/],
    ['a calculator that does not exist', ['relax', 'copper.extxyz', '--calculator', 'emtt'], /did you mean "emt"\?/],
    [
      'a key that a calculator does not have',
      ['relax', 'copper.extxyz', '--calculator', 'lj:sigmaa=1'],
      /did you mean "sigma"\?/,
    ],
    [
      'a key that a command does not have',
      ['relax', 'copper.extxyz', ...emt, '--config', 'typo.yaml'],
      /typo\.yaml:2: .*"max-steps"/,
    ],
    ['a cell without volume', ['relax', 'flat-cell.extxyz', ...emt], /flat-cell\.extxyz.*volume/],
    ['a position that is not a number', ['relax', 'nan.extxyz', ...emt], /nan\.extxyz.*NaN/],
    ['an unknown element', ['relax', 'unknown-element.extxyz', ...emt], /unknown-element\.extxyz.*"Qq"/],
    ['an element that the calculator does not know', ['relax', 'uranium.extxyz', ...emt], /U/],
    ['atoms at one place', ['relax', 'coincident.extxyz', ...emt], /atoms 1 and 2|same place|coincid/i],
    [
      'an output in a folder that is not there',
      ['relax', 'copper.extxyz', ...emt, '--out', 'absent/out.cif'],
      /absent\/out\.cif: the folder for the output does not exist/,
    ],
    ['an output that is a folder', ['relax', 'copper.extxyz', ...emt, '--out', 'a-folder', '--force'], /a-folder/],
    ['an output of no known format', ['relax', 'copper.extxyz', ...emt, '--out', 'out.doc'], /out\.doc/],
    ['an output that exists', ['relax', 'copper.extxyz', ...emt, '--out', 'taken.extxyz'], /taken\.extxyz.*--force/],
    ['a number of steps below zero', ['md', 'copper.extxyz', ...emt, '--steps', '-5'], /steps/],
    ['a missing option', ['md', 'copper.extxyz', ...emt], /--steps/],
    [
      'a head for a calculator without any',
      ['singlepoint', 'copper.extxyz', ...emt, '--head', 'pbe'],
      /--head.*no heads/,
    ],
  ])('%s', async (_, args, line) => {
    const before = readdirSync(folder).sort();
    const { exitCode, stdout, stderr } = await runCli(args, { cwd: folder });
    expect(stderr).toMatch(/^error: [^\n]+\n$/);
    expect(stderr).toMatch(line);
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(readdirSync(folder).sort()).toEqual(before);
    expect(readFileSync(join(folder, 'taken.extxyz'), 'utf8')).toBe('precious');
  });

  it('is an object with code, file and line on stdout when --json is given', async () => {
    const { exitCode, stdout, stderr } = await runCli(['relax', 'truncated.extxyz', ...emt, '--json'], { cwd: folder });
    expect(exitCode).toBe(2);
    expect(JSON.parse(stdout)).toEqual({
      error: {
        code: 'format',
        message: stderr.replace(/^error: /, '').trim(),
        file: 'truncated.extxyz',
        line: expect.any(Number),
      },
    });
  });
});
