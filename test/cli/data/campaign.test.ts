import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { dataSchema } from '../../../pretrain/config/data-config.js';
import { prepareData } from '../../../pretrain/dataset/prepare-data.js';
import { registerDataCheck } from '../../../src/cli/data/command-data-check.js';
import { registerDataConvert } from '../../../src/cli/data/command-data-convert.js';
import { registerDataInfo } from '../../../src/cli/data/command-data-info.js';
import { registerDataSplit } from '../../../src/cli/data/command-data-split.js';
import { formatDataSummary } from '../../../src/cli/data/format-data-summary.js';
import { readStructures } from '../../../src/io/read-structures.js';
import { useFolder } from '../../helpers/folder.js';
import { runCommand } from '../../helpers/run-command.js';

const fixture = (name: string) => readFile(new URL(`../../fixtures/io/${name}`, import.meta.url), 'utf8');

/** Outputs of pw.x: finished ones, and one whose first cycle is still going on. */
const inFolder = useFolder('test', async () => {
  const whole = await fixture('qe/handmade__water_two_steps.pwo');
  for (const name of ['a', 'b', 'd']) {
    await mkdir(inFolder(`runs/${name}`), { recursive: true });
    await writeFile(
      inFolder(`runs/${name}/scf.pwo`),
      whole.replaceAll(/(\( +-?0\.1)[45]/g, `$1${name.charCodeAt(0) % 10}`),
    );
  }
  await mkdir(inFolder('runs/c'));
  await writeFile(inFolder('runs/c/scf.pwo'), whole.slice(0, whole.search(/^!/m)));
});

const all = () => ['a', 'b', 'c', 'd'].map((name) => inFolder(`runs/${name}/scf.pwo`));
const commands = {
  info: registerDataInfo,
  check: registerDataCheck,
  convert: registerDataConvert,
  split: registerDataSplit,
};
const run = (name: keyof typeof commands, ...args: string[]) => runCommand(commands[name], [name, ...args]);

describe.each(['info', 'check', 'convert', 'split'] as const)('lamm data %s of a campaign', (name) => {
  const out = () => (name === 'convert' || name === 'split' ? ['--out', inFolder('out.extxyz')] : []);

  it('skips the run that is still going on, counts it and names it once', async () => {
    const { exitCode, stderr } = await run(name, ...all(), ...out());
    expect(exitCode).toBe(0);
    expect(stderr).toContain('1 of 4 files could not be read and are skipped:\n');
    expect(stderr.match(/runs\/c\/scf\.pwo/g)).toHaveLength(1);
    expect(stderr).toMatch(/skipped: .*runs\/c\/scf\.pwo:\d+: expected a converged total energy/);
    if (name === 'convert') expect(await readStructures(inFolder('out.extxyz'))).toHaveLength(6);
  });

  it('refuses everything with --strict, and when it is the only file', async () => {
    for (const args of [[...all(), '--strict'], [all()[2]]]) {
      const { exitCode, stderr } = await run(name, ...args, ...out());
      expect(exitCode).toBe(2);
      expect(stderr).toMatch(/runs\/c\/scf\.pwo:\d+: expected a converged total energy/);
    }
    await expect(readStructures(inFolder('out.extxyz'))).rejects.toThrow();
  });

  it('takes a folder for the files in it and its subfolders', async () => {
    const { exitCode, stderr } = await run(name, inFolder('runs'), ...out());
    expect(exitCode).toBe(0);
    expect(stderr).toContain('1 of 4 files could not be read');
    await mkdir(inFolder('empty'));
    await writeFile(inFolder('empty/notes.txt'), 'nothing');
    const empty = await run(name, inFolder('empty'), ...out(), ...(out().length > 0 ? ['--force'] : []));
    expect([empty.exitCode, empty.stderr]).toEqual([
      2,
      expect.stringContaining('expected files of structures in this folder'),
    ]);
  });

  it('refuses a file that is not there, which is no matter of its content', async () => {
    const { exitCode, stderr } = await run(name, ...all(), inFolder('absent.pwo'), ...out());
    expect(exitCode).toBe(2);
    expect(stderr).toContain('absent.pwo');
  });
});

describe('a folder of runs', () => {
  it('gives each run once, from what holds the most of it', async () => {
    await mkdir(inFolder('vasp'));
    await writeFile(inFolder('vasp/vasprun.xml'), await fixture('vasp/handmade__water_two_steps_vasprun.xml'));
    await writeFile(inFolder('vasp/OUTCAR'), await fixture('vasp/handmade__water_two_steps_OUTCAR'));
    await writeFile(inFolder('vasp/CONTCAR'), await fixture('poscar/handmade__scale_cartesian.poscar'));
    await writeFile(inFolder('vasp/INCAR'), 'NELM = 60\n');
    await writeFile(inFolder('vasp/h2.out'), await fixture('cp2k/handmade__hydrogen.out'));
    const { stdout } = await run('info', inFolder('vasp'), '--json');
    const files: { readonly file: string; readonly format: string }[] = JSON.parse(stdout);
    expect(files.map(({ format }) => format)).toEqual(['cp2k-out', 'vasprun']);
  });
});

describe('the data of a training', () => {
  const frame = (symbol: string, energy: number, edge = 3) =>
    `1\nLattice="${edge} 0 0 0 ${edge} 0 0 0 ${edge}" Properties=species:S:1:pos:R:3 energy=${energy}\n${symbol} 0 0 0\n`;
  const prepare = (settings: object) =>
    prepareData(dataSchema.parse(settings), { directory: inFolder('.'), energyReduction: 'per-atom' });

  it('leave out the files of a role that cannot be read, and say which', async () => {
    const data = await prepare({ train: [inFolder('runs')] });
    expect(data.training).toHaveLength(6);
    expect(data.files.filter(({ skipped }) => skipped !== undefined).map(({ name }) => name)).toEqual(['c/scf.pwo']);
    expect(formatDataSummary(data)).toMatch(/1 of 4 files could not be read\nskipped: .*c\/scf\.pwo:\d+/);
    await expect(prepare({ train: [inFolder('runs')], strict: true })).rejects.toThrow(/c\/scf\.pwo:\d+/);
    await expect(prepare({ train: [inFolder('runs/c/scf.pwo')] })).rejects.toThrow(/c\/scf\.pwo:\d+/);
    await expect(prepare({ train: all(), validation: [all()[2]] })).rejects.toThrow(/c\/scf\.pwo:\d+/);
  });

  it('leave out frames to test on with an element that no training frame holds, and say how many', async () => {
    await writeFile(inFolder('train.xyz'), frame('Cu', -3) + frame('Cu', -3.1, 3.1));
    await writeFile(inFolder('test.xyz'), frame('Cu', -3.05, 2.9) + frame('Ag', -2) + frame('Cu', -3.06, 2.8));
    const settings = { train: [inFolder('train.xyz')], test: [inFolder('test.xyz')] };
    const data = await prepare(settings);
    expect(data.test).toHaveLength(2);
    expect(data.files[1].leftOut).toEqual([
      { reason: 'an element that no training frame holds', count: 1, frames: [2] },
    ]);
    expect(formatDataSummary(data)).toContain('1 frame, an element that no training frame holds (frame 2)');
    await expect(prepare({ ...settings, strict: true })).rejects.toThrow(/frame 2 holds Ag/);
  });
});

describe('data of a hundred files', () => {
  it('are told in one screen, and what is the same of many once', async () => {
    const rows = 'Cu 0 0 0 0 0 1\nCu 1.8 1.8 0 0 0 -1\n';
    const files = Array.from({ length: 100 }, (_, index) => inFolder(`frame-${index}.xyz`));
    for (const [index, file] of files.entries()) {
      const cell = `Lattice="3.6 0 0 0 3.6 0 0 0 ${3.6 + index / 1000}"`;
      await writeFile(
        file,
        `2\n${cell} Properties=species:S:1:pos:R:3:force:R:3 energy=${-7 - index / 1000} tag=1\n${rows}`,
      );
    }
    for (const text of [await run('check', ...files), await run('info', ...files)].map(({ stderr }) => stderr))
      expect(text.trim().split('\n').length).toBeLessThan(5);
    const { stdout, exitCode } = await run('check', ...files);
    expect(exitCode).toBe(0);
    expect(stdout.trim().split('\n').length).toBeLessThan(24);
    expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThan(140);
    expect(stdout).toMatch(/all 100 files +100 +2 +100 +100 +0 +0/);
    expect(stdout).toMatch(/100 files \(.*, \.\.\.\): the column force is read as forces in eV\/A/);
  });
});

describe('FILE@NUMBER and FILE@NAME', () => {
  const block = (name: string, symbol: string) =>
    `data_${name}\n_cell_length_a 5\n_cell_length_b 5\n_cell_length_c 5\n_cell_angle_alpha 90\n_cell_angle_beta 90\n_cell_angle_gamma 90\n_space_group_name_H-M_alt 'P 1'\nloop_\n_atom_site_label\n_atom_site_fract_x\n_atom_site_fract_y\n_atom_site_fract_z\n${symbol}1 0 0 0\n`;
  const put = async () => {
    await writeFile(inFolder('cod.cif'), block('1000041', 'Na') + block('1000042', 'Qq') + block('1000043', 'Cu'));
    return inFolder('cod.cif');
  };

  it.each([
    ['1', 'Na'],
    ['3', 'Cu'],
    ['-1', 'Cu'],
    ['1000043', 'Cu'],
    ['1000041', 'Na'],
  ])(
    'choose a frame wherever structures are read, by name where the number is too large: @%s',
    async (choice, element) => {
      const path = `${await put()}@${choice}`;
      expect((await readStructures(path)).map(({ numbers }) => numbers[0])).toEqual([element === 'Na' ? 11 : 29]);
      expect((await run('info', path)).stdout).toMatch(new RegExp(`elements +${element}\n`));
      const { stdout } = await run('check', path, '--unlabelled', '--json');
      expect(JSON.parse(stdout).files[0].summary.elements).toEqual([element]);
      await run('convert', path, '--out', inFolder('one.cif'));
      expect((await readStructures(inFolder('one.cif'))).map(({ numbers }) => numbers[0])).toEqual([
        element === 'Na' ? 11 : 29,
      ]);
    },
  );

  it.each([
    ['2', /_atom_site|expected a chemical element/],
    ['1000042', /expected 1 to 3, or one of the names/],
    ['7', /expected 1 to 3.* found 7/],
    ['phase', /expected 1 to 3/],
  ])('say why a frame cannot be had: @%s', async (choice, message) => {
    const path = `${await put()}@${choice}`;
    await expect(readStructures(path)).rejects.toThrow(message);
    expect((await run('info', path)).exitCode).toBe(2);
  });

  it('is the name of a file where there is such a file', async () => {
    await writeFile(inFolder('cod.cif@3'), block('x', 'Fe'));
    await put();
    expect((await readStructures(inFolder('cod.cif@3'), { format: 'cif' }))[0].numbers[0]).toBe(26);
  });
});
