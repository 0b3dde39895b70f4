import { readFileSync } from 'node:fs';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { registerAnalyze } from '../../../src/cli/analyze/command-analyze.js';
import { writeStructures } from '../../../src/io/write-structures.js';
import { createStructure } from '../../../src/structure/structure.js';
import { rattledCopper } from '../../helpers/copper.js';
import { useCopperMd } from '../../helpers/copper-md.js';
import { runCommand } from '../../helpers/run-command.js';

const { inFolder, run: md } = useCopperMd('block');
beforeAll(async () => {
  expect(await md('run', '--steps', '300', '--timestep', '2fs', '--trajectory-every', '5')).toMatchObject({
    exitCode: 0,
  });
});

const analyze = (file: string, ...args: string[]) => runCommand(registerAnalyze, ['analyze', inFolder(file), ...args]);

/** Copper that moves by (0.1, 0, 0) A a frame, without times, velocities or (if so wished) a cell. */
function marching({ periodic }: { periodic: boolean }) {
  const { numbers, positions, cell } = rattledCopper(1);
  return [0, 1, 2, 3].map((frame) =>
    createStructure({
      numbers,
      positions: positions.map((value, i) => (i === 0 ? value + 0.1 * frame : value)),
      ...(periodic && { cell }),
    }),
  );
}

describe('lamm analyze', () => {
  it('makes every analysis of a trajectory of lamm md, and takes means from the log beside it', async () => {
    const { stdout, exitCode } = await analyze('run.extxyz', '--json');
    expect(exitCode).toBe(0);
    const { frames, atomCount, lastTimeFs, rdf, msd, vacf, thermo } = JSON.parse(stdout);
    expect({ frames, atomCount, lastTimeFs }).toEqual({ frames: 61, atomCount: 4, lastTimeFs: 600 });
    expect(rdf.pairs[0].g).toHaveLength(160);
    expect(rdf.pairs[0].neighborsOfFirst.at(-1)).toBeGreaterThan(150);
    expect(msd.lagsFs.at(-1)).toBe(300);
    expect(vacf.elements[0].values[0]).toBe(1);
    const log = readFileSync(inFolder('run.csv'), 'utf8').trim().split('\n').slice(1);
    const temperatures = log.map((line) => Number(line.split(',')[2]));
    expect(thermo.temperature).toMatchObject({ samples: 31, unit: 'K' });
    expect(thermo.temperature.mean).toBeCloseTo(temperatures.reduce((sum, value) => sum + value) / 31, 9);
    expect(thermo.density).toMatchObject({ samples: 61, mean: expect.closeTo(8.972, 3) });
  });

  it('makes only what is asked for, says it in a table, and writes all curves as one table of numbers', async () => {
    const { stdout } = await analyze(
      'run.extxyz',
      '--rdf',
      '--thermo',
      '--cutoff',
      '3 A',
      '--csv',
      inFolder('curves.csv'),
    );
    expect(stdout).toMatch(/61 frames of 4 atoms from 0 to 0.6 ps/);
    expect(stdout).toMatch(/^temperature +\d+/m);
    expect(stdout).toMatch(/^drift +-?\d\.\d+ +\d\.\d+ +meV\/atom\/ps/m);
    expect(stdout).not.toMatch(/diffusion|vibrations/);
    const rows = (await readFile(inFolder('curves.csv'), 'utf8'))
      .trim()
      .split('\n')
      .map((line) => line.split(','));
    expect(rows[0]).toEqual(['analysis', 'series', 'x', 'x_unit', 'value', 'error', 'unit']);
    expect(new Set(rows.map(({ length }) => length))).toEqual(new Set([7]));
    expect(rows.filter(([analysis]) => analysis === 'rdf')).toHaveLength(60);
  });

  it('leaves out what comes before --from, and takes every so-manieth frame', async () => {
    const { stdout } = await analyze('run.extxyz', '--from', '0.2 ps', '--every', '4', '--json');
    const { frames, firstTimeFs, thermo } = JSON.parse(stdout);
    expect({ frames, firstTimeFs }).toEqual({ frames: 11, firstTimeFs: 200 });
    expect(thermo.temperature.timesFs[0]).toBe(200);
    expect(await analyze('run.extxyz', '--from', '1 ns')).toMatchObject({
      exitCode: 2,
      stderr: expect.stringMatching(/frames from 1000000 fs on, found 61 earlier/),
    });
  });

  it('takes frames at times below zero too, as other programs count before the production run', async () => {
    const frames = marching({ periodic: true }).map((structure, index) => ({
      ...structure,
      info: { time_fs: 2 * index - 4 },
    }));
    await writeStructures(inFolder('before.extxyz'), frames);
    const { stdout } = await analyze('before.extxyz', '--rdf', '--json');
    expect(JSON.parse(stdout)).toMatchObject({ frames: 4, firstTimeFs: -4 });
  });

  it('leaves out with a remark what the frames do not allow, but refuses it by name', async () => {
    await writeStructures(inFolder('march.extxyz'), marching({ periodic: false }));
    const { stdout, stderr, exitCode } = await analyze('march.extxyz', '--interval', '10 fs', '--json');
    expect(exitCode).toBe(0);
    expect(stderr).toMatch(/no radial distribution: .*\nno velocity autocorrelation: /);
    expect(Object.keys(JSON.parse(stdout))).toEqual(expect.arrayContaining(['msd', 'thermo']));
    for (const [option, message] of [
      ['--rdf', /periodic in all/],
      ['--vacf', /has none/],
    ] as const) {
      expect(await analyze('march.extxyz', '--interval', '10fs', option)).toMatchObject({
        exitCode: 2,
        stderr: expect.stringMatching(message),
      });
    }
  });

  it('asks for the time between frames that do not say it, but not for the radial distribution alone', async () => {
    await writeStructures(inFolder('timeless.extxyz'), marching({ periodic: true }));
    expect(await analyze('timeless.extxyz')).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('--interval 10fs'),
    });
    expect(await analyze('timeless.extxyz', '--rdf')).toMatchObject({ exitCode: 0 });
  });

  it('refuses a damaged log, with its line, and does not overwrite', async () => {
    await writeFile(inFolder('bad.csv'), 'step,time_fs,temperature_K\n0,0,300\n10,20,\n');
    expect(await analyze('run.extxyz', '--log', inFolder('bad.csv'))).toMatchObject({
      exitCode: 2,
      stderr: expect.stringMatching(/bad\.csv:3: expected 3 numbers/),
    });
    await writeFile(inFolder('taken.html'), '');
    const before = await readdir(inFolder('.'));
    expect(await analyze('run.extxyz', '--html', inFolder('taken.html'))).toMatchObject({ exitCode: 2 });
    expect(await readdir(inFolder('.'))).toEqual(before);
  });

  it.each([
    [['--cutoff', '2 fs']],
    [['--every', '0']],
    [['--window', '1']],
    [['--fit-from', '1ns']],
    [['--viewer', 'nowhere.js', '--html', 'x.html']],
  ])('ends with 2 for %o', async (args) => {
    expect(await analyze('run.extxyz', ...args)).toMatchObject({ exitCode: 2 });
  });
});
