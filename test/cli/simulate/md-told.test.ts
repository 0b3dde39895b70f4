import { rm } from 'node:fs/promises';
import { describe, expect, it, vi } from 'vitest';
import { registerMd } from '../../../src/cli/simulate/command-md.js';
import { readStructures } from '../../../src/io/read-structures.js';
import { writeStructures } from '../../../src/io/write-structures.js';
import { rattledCopper } from '../../helpers/copper.js';
import { useFolder } from '../../helpers/folder.js';
import { runCommand } from '../../helpers/run-command.js';

vi.setConfig({ testTimeout: 600_000 }); // on a busy machine

const inFolder = useFolder('test', async () => {
  const plane = { kind: 'plane', atoms: [0], normal: [0, 0, 1] } as const;
  const line = { kind: 'line', atoms: [1, 2], direction: [1, 0, 0] } as const;
  await writeStructures(inFolder('copper.extxyz'), [rattledCopper(2)]);
  await writeStructures(inFolder('held.extxyz'), [{ ...rattledCopper(1), constraints: [plane, line] }]);
});

const md = (name: string, ...args: string[]) =>
  runCommand(registerMd, ['md', inFolder(name), '-c', 'emt', '--trajectory', inFolder('run.extxyz'), ...args]);

describe('lamm md tells', () => {
  it('what it simulates, by what and how, before the first step', async () => {
    const barostat = ['--ensemble', 'npt-rescale', '--temperature', '300K:600K', '--pressure', '1GPa'];
    const { stderr } = await md('copper.extxyz', '--steps', '2', ...barostat);
    expect(stderr.split('\n')[0]).toBe(
      'simulating Cu32, 32 atoms: 2 steps of 1 fs, npt-rescale, 300 to 600 K, 1 GPa; emt',
    );
  });

  it('which file it can do nothing with', async () => {
    const copper = rattledCopper(1);
    await writeStructures(inFolder('iron.extxyz'), [{ ...copper, numbers: copper.numbers.map(() => 26) }]);
    await writeStructures(inFolder('same.extxyz'), [{ ...copper, positions: copper.positions.map(() => 1) }]);
    for (const name of ['iron.extxyz', 'same.extxyz']) {
      const { stderr, exitCode } = await md(name, '--steps', '2');
      expect(exitCode).toBe(2);
      expect(stderr).toContain(`error: ${inFolder(name)}: `);
    }
  });

  it.each([
    ['nvt', /nvt may be langevin, bussi or nose-hoover/],
    ['NPT', /NPT may be npt-rescale or npt-mtk/],
    ['nosehoover', /did you mean nose-hoover\?/],
  ])('what may be meant by --ensemble %s', async (ensemble, message) => {
    expect(await md('copper.extxyz', '--steps', '2', '--ensemble', ensemble)).toMatchObject({
      exitCode: 2,
      stderr: expect.stringMatching(message),
    });
  });

  it('that a report is a page, and which option names a file that is there', async () => {
    const refused = await md('copper.extxyz', '--steps', '2', '--report', inFolder('page.pdf'));
    expect(refused).toMatchObject({ exitCode: 2, stderr: expect.stringMatching(/--report: .* end in \.html/) });
    await md('copper.extxyz', '--steps', '2');
    const again = await md('copper.extxyz', '--steps', '2', '--out', inFolder('last.extxyz'));
    expect(again).toMatchObject({
      exitCode: 2,
      stderr: expect.stringMatching(/run\.extxyz: .* --trajectory, .*--force/),
    });
  });
});

describe('lamm md --resume', () => {
  it('writes the page and the last structure that were asked for at the beginning', async () => {
    const [report, out] = [inFolder('page.html'), inFolder('last.extxyz')];
    await md('copper.extxyz', '--steps', '5', '--report', report, '--out', out);
    for (const path of [report, out]) await rm(path);
    const { stdout, exitCode } = await md('copper.extxyz', '--steps', '8', '--resume');
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/last frame +\S*last\.extxyz\nreport +\S*page\.html/);
    expect((await readStructures(out))[0].info.step).toBe(8);
    const other = await md('copper.extxyz', '--steps', '9', '--resume', '--report', inFolder('other.html'));
    expect(other.stdout).toContain('other.html');
    expect((await md('copper.extxyz', '--steps', '10', '--resume')).stdout).toContain('other.html');
  });
});

describe('a trajectory of lamm md', () => {
  it('keeps the planes and lines that atoms are held to', async () => {
    expect((await md('held.extxyz', '--steps', '20', '--trajectory-every', '10')).exitCode).toBe(0);
    const frames = await readStructures(inFolder('run.extxyz'));
    expect(frames).toHaveLength(3);
    for (const { constraints, positions } of frames) {
      expect(constraints).toEqual([
        { kind: 'plane', atoms: [0], normal: [0, 0, 1] },
        { kind: 'line', atoms: [1, 2], direction: [1, 0, 0] },
      ]);
      expect(positions[2]).toBeCloseTo(frames[0].positions[2], 8);
    }
    expect(Math.abs(frames[2].positions[0] - frames[0].positions[0])).toBeGreaterThan(1e-3);
  });
});
