import { writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { registerDataCheck } from '../../../src/cli/data/command-data-check.js';
import { registerDataConvert } from '../../../src/cli/data/command-data-convert.js';
import { registerDataInfo } from '../../../src/cli/data/command-data-info.js';
import { registerEmbed } from '../../../src/cli/model/command-embed.js';
import { registerEos } from '../../../src/cli/simulate/command-eos.js';
import { registerMd } from '../../../src/cli/simulate/command-md.js';
import { registerRelax } from '../../../src/cli/simulate/command-relax.js';
import { registerSinglepoint } from '../../../src/cli/simulate/command-singlepoint.js';
import { useFolder } from '../../helpers/folder.js';
import { runCommand } from '../../helpers/run-command.js';

const block = (name: string, ...rows: string[]) =>
  `data_${name}\n_cell_length_a 3.6\n_cell_length_b 3.6\n_cell_length_c 3.6\n_space_group_name_H-M_alt 'F m -3 m'\n` +
  `loop_\n_atom_site_label\n_atom_site_fract_x\n_atom_site_fract_y\n_atom_site_fract_z\n_atom_site_occupancy\n${rows.join('\n')}\n`;
const pure = block('pure', 'Cu1 0 0 0 1');
const alloy = block('alloy', 'Cu1 0 0 0 0.75', 'Au1 0 0 0 0.25');
const broken = block('broken', 'Xx1 0 0 0 1');

const inFolder = useFolder('test', async () => {
  await writeFile(inFolder('mixed.cif'), broken + pure + alloy);
  await writeFile(inFolder('alloy.cif'), alloy);
});

const singlepoint = (...args: string[]) =>
  runCommand(registerSinglepoint, ['singlepoint', ...args, '--calculator', 'emt', '--json']);

describe('structures of a CIF with several blocks', () => {
  it('are chosen by number or name, whatever the other blocks are', async () => {
    for (const wanted of ['2', 'pure']) {
      const { stdout } = await singlepoint(`${inFolder('mixed.cif')}@${wanted}`);
      expect(JSON.parse(stdout).results).toMatchObject([{ file: inFolder('mixed.cif'), frame: 2, formula: 'Cu4' }]);
    }
    const md = ['md', inFolder('mixed.cif'), '--frame', '2', '--steps', '1', '--calculator', 'emt'];
    expect((await runCommand(registerMd, [...md, '--trajectory', inFolder('md.extxyz')])).exitCode).toBe(0);
  });

  it('are refused by name as long as no other one is chosen', async () => {
    const { exitCode, stderr } = await singlepoint(inFolder('mixed.cif'));
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/mixed.cif:12: expected a chemical element, found the label "Xx1"/);
    expect(stderr).toContain(`such as ${inFolder('mixed.cif')}@2`);
    for (const [wanted, message] of [
      ['1', /label "Xx1"/],
      ['3', /"Cu1" has occupancy 0.75/],
      ['4', /expected 1 to 3, or one of the names pure, found 4; frames count from 1, and from -1 back/],
      ['copper', /found copper/],
    ] as const) {
      expect((await singlepoint(`${inFolder('mixed.cif')}@${wanted}`)).stderr).toMatch(message);
    }
    const eos = ['eos', inFolder('mixed.cif'), '--calculator', 'emt'];
    expect((await runCommand(registerEos, eos)).stderr).toMatch(/expected one structure, found 3/);
  });

  it('are told by lamm data info, which names the others', async () => {
    const args = ['info', inFolder('mixed.cif'), '--occupancy', 'majority'];
    const { stdout, stderr, exitCode } = await runCommand(registerDataInfo, args);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/frames +2\n/);
    expect(stderr).toMatch(/block "alloy": majority chose.*Au1 \(Au 0.25\)/);
    expect(stderr).toMatch(/refused: .*mixed.cif:12: expected a chemical element/);
    const { stdout: json } = await runCommand(registerDataInfo, [...args, '--json', '--full']);
    expect(JSON.parse(json)).toMatchObject({ frames: [{}, {}], refused: [expect.stringContaining('Xx1')] });
  });

  it('are left out of lamm data convert on request only', async () => {
    const convert = ['convert', inFolder('mixed.cif'), '--out', inFolder('out.extxyz'), '--json'];
    expect((await runCommand(registerDataConvert, convert)).exitCode).toBe(2);
    const { stdout } = await runCommand(registerDataConvert, [...convert, '--skip-refused']);
    expect(JSON.parse(stdout)).toMatchObject({
      frames: 1,
      refused: [expect.stringMatching(/Xx1/), expect.stringMatching(/occupancy/)],
    });
  });
});

describe('--occupancy', () => {
  const run: Readonly<Record<string, (...more: string[]) => ReturnType<typeof runCommand>>> = {
    singlepoint: (...more) => singlepoint(inFolder('alloy.cif'), ...more),
    relax: (...more) =>
      runCommand(registerRelax, ['relax', inFolder('alloy.cif'), '-c', 'emt', '--out', inFolder('r.cif'), ...more]),
    eos: (...more) => runCommand(registerEos, ['eos', inFolder('alloy.cif'), '-c', 'emt', ...more]),
    md: (...more) =>
      runCommand(registerMd, [
        ...['md', inFolder('alloy.cif'), '-c', 'emt', '--steps', '1', '--trajectory', inFolder('md.extxyz'), ...more],
      ]),
    'data convert': (...more) =>
      runCommand(registerDataConvert, ['convert', inFolder('alloy.cif'), '--out', inFolder('c.extxyz'), ...more]),
    'data info': (...more) => runCommand(registerDataInfo, ['info', inFolder('alloy.cif'), ...more]),
    embed: (...more) =>
      runCommand(registerEmbed, [
        'embed',
        inFolder('alloy.cif'),
        '--out',
        inFolder('e.json'),
        '--method',
        'pca',
        ...more,
      ]),
    'data check': (...more) => runCommand(registerDataCheck, ['check', inFolder('alloy.cif'), '--unlabelled', ...more]),
  };

  it.each(Object.keys(run))('of %s makes whole atoms of an alloy and tells which', async (name) => {
    const refused = await run[name]();
    expect([refused.exitCode, refused.stderr]).toEqual([2, expect.stringMatching(/"Cu1" has occupancy 0.75/)]);
    const { exitCode, stdout, stderr } = await run[name]('--occupancy', 'majority');
    expect([exitCode, stdout + stderr]).toEqual([
      0,
      expect.stringMatching(/as whole atoms: Cu1 \(Cu 0.75\); left out: Au1/),
    ]);
  });
});
