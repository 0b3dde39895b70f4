import { type ChildProcess, spawn } from 'node:child_process';
import { appendFile, readFile, rm, stat } from 'node:fs/promises';
import { setTimeout } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { registerAnalyze } from '../../../src/cli/analyze/command-analyze.js';
import { registerMd } from '../../../src/cli/simulate/command-md.js';
import { writeStructures } from '../../../src/io/write-structures.js';
import { createRandom } from '../../../src/random.js';
import { createStructure } from '../../../src/structure/structure.js';
import { loadViewerLibrary } from '../../../src/tasks/analysis/viewer-library.js';
import { findBrowser, renderPage } from '../../helpers/browser.js';
import { reportTitles, useCopperMd } from '../../helpers/copper-md.js';
import { useProgram } from '../../helpers/folder.js';
import { runCommand } from '../../helpers/run-command.js';

const { inFolder, argsOf, run: md, filesOf } = useCopperMd('block');
const json = async (name: string) => JSON.parse(await readFile(inFolder(`${name}-analysis.json`), 'utf8'));
const results = (name: string) => filesOf(name, ['.extxyz', '.csv', '.checkpoint', '-analysis.json', '-analysis.csv']);

/** The largest difference of two lists of numbers, as a share of the largest value. */
function relativeDifference(a: readonly number[], b: readonly number[]): number {
  expect(a.length).toBe(b.length);
  const scale = Math.max(...b.map(Math.abs));
  return Math.max(...a.map((value, i) => Math.abs(value - b[i]))) / scale;
}

describe('lamm md --analyze', () => {
  it('comes to the same as lamm analyze of a trajectory of every step', async () => {
    const analyses = 'rdf:every=1,cutoff=6,msd:every=1,vacf:every=1,window=60,thermo:every=1';
    const run = await md(
      'each',
      '--steps',
      '150',
      '--timestep',
      '2fs',
      '--trajectory-every',
      '1',
      '--log-every',
      '1',
      '--analyze',
      analyses,
    );
    expect(run).toMatchObject({
      exitCode: 0,
      stderr: expect.stringContaining('analysing rdf every step, msd every step'),
    });
    const file = inFolder('each.extxyz');
    const analyze = async (...more: string[]) => {
      const args = ['analyze', file, '--cutoff', '6', '--window', '60', '--json', ...more];
      return JSON.parse((await runCommand(registerAnalyze, args)).stdout);
    };
    const withoutStart = await analyze('--from', '2fs'); // as g(r) is
    const [running, afterwards] = [await json('each'), { ...(await analyze()), rdf: withoutStart.rdf }];
    expect(running).toMatchObject({ steps: 150, atomCount: 4, timestepFs: 2, every: { rdf: 1, vacf: 1 } });
    // The trajectory has eight decimals.
    for (const select of [
      (result: typeof running) => result.rdf.pairs[0].g,
      (result: typeof running) => result.msd.elements[0].values,
      (result: typeof running) => [result.msd.elements[0].diffusion.coefficient],
      (result: typeof running) => result.vacf.elements[0].values,
      (result: typeof running) => result.vacf.elements[0].spectrum.intensities,
      (result: typeof running) => result.thermo.potentialEnergy.values,
    ])
      expect(relativeDifference(select(running), select(afterwards))).toBeLessThan(1e-6);
    expect(running.notices).toEqual(afterwards.notices);
    expect(running.notices.map(({ code }: { code: string }) => code)).toEqual(['beyond-half-cell', 'no-diffusion']);
    const rows = (await readFile(inFolder('each-analysis.csv'), 'utf8')).trim().split('\n');
    expect(rows[0]).toBe('analysis,series,x,x_unit,value,error,unit');
    expect(new Set(rows.slice(1).map((row) => row.split(',')[0]))).toEqual(
      new Set(['thermo', 'rdf', 'neighbors', 'msd', 'vacf', 'spectrum']),
    );
  });

  it('prints the results as a table, or says with --json where they are', async () => {
    const { stdout } = await md('table', '--steps', '40', '--analyze', 'all', '--analyze-every', '2');
    expect(stdout).toMatch(/^analysis {5}.*table-analysis\.json, .*table-analysis\.csv$/m);
    expect(stdout).toMatch(/^temperature +\d+ +\d+ +K$/m);
    expect(stdout).toMatch(/^temperature +21 samples: too few/m);
    const second = await md('json', '--steps', '4', '--analyze', 'msd:every=1', '--json');
    expect(JSON.parse(second.stdout)).toMatchObject({ analysis: inFolder('json-analysis.json') });
    expect(second.stderr).toMatch(/^notice: the mean squared displacement is of 5 frames only/m);
  });

  it('takes its settings from --config too', async () => {
    await appendFile(inFolder('md.yaml'), 'steps: 4\nanalyze: msd:every=1,thermo\nanalyze-every: 2\n');
    expect(await md('config', '--config', inFolder('md.yaml'))).toMatchObject({ exitCode: 0 });
    expect((await json('config')).every).toEqual({ msd: 1, thermo: 2 });
  });

  it('leaves out g(r) of a molecule, but refuses it by name', async () => {
    await writeStructures(inFolder('two.extxyz'), [
      createStructure({ symbols: ['Cu', 'Cu'], positions: [0, 0, 0, 2.3, 0, 0] }),
    ]);
    const dimer = (what: string) =>
      runCommand(registerMd, [
        ...argsOf('dimer', '--steps', '2', '--analyze', what).map((arg) => arg.replace('cu.extxyz', 'two.extxyz')),
        '--force',
      ]);
    expect(await dimer('all')).toMatchObject({ exitCode: 0 });
    expect(Object.keys((await json('dimer')).every)).toEqual(['msd', 'vacf', 'thermo']);
    expect(await dimer('rdf')).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('leave rdf out of --analyze'),
    });
  });

  it('refuses to overwrite results, and an interval of nothing', async () => {
    await md('taken', '--steps', '2', '--analyze', 'msd');
    for (const end of ['.extxyz', '.csv', '.checkpoint']) await rm(inFolder(`taken${end}`));
    expect(await md('taken', '--steps', '2', '--analyze', 'msd')).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('taken-analysis.json'),
    });
    expect(await md('nothing', '--steps', '2', '--analyze-every', '5')).toMatchObject({ exitCode: 2 });
    expect(await md('nothing', '--steps', '2', '--report', 'x.html', '--viewer', 'nowhere.js')).toMatchObject({
      exitCode: 2,
    });
  });

  it('goes on with what was begun, and with nothing else', async () => {
    await md('whole', '--steps', '30', '--analyze', 'msd:every=2');
    await md('parts', '--steps', '20', '--analyze', 'msd:every=2');
    expect(await md('parts', '--steps', '30', '--resume', '--analyze', 'msd:every=3')).toMatchObject({
      exitCode: 2,
      stderr: expect.stringMatching(/msd:every = 2, now 3 is asked for/),
    });
    expect(await md('parts', '--steps', '30', '--resume', '--analyze', 'msd,rdf')).toMatchObject({
      exitCode: 2,
      stderr: expect.stringMatching(/analyze = msd, now msd,rdf is asked for/),
    });
    expect(await md('parts', '--steps', '30', '--resume', '--analyze', 'msd')).toMatchObject({ exitCode: 0 });
    expect(await results('parts')).toEqual(await results('whole'));
  });
});

describe('lamm md --analyze as a process', () => {
  const program = useProgram('helpers/md-process.ts');
  const settings = '--steps 400 --ensemble langevin --checkpoint-every 20 --trajectory-every 50'.split(' ');
  const analyses = ['--analyze', 'rdf:every=20,cutoff=5,msd:every=5,vacf:every=2,window=30,thermo:every=3'];
  const start = (name: string, ...more: string[]) =>
    spawn(process.execPath, [program(), ...argsOf(name, ...settings, ...more)], { stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = (child: ChildProcess) =>
    new Promise((resolve) => child.once('close', (code, signal) => resolve(signal ?? code)));
  const sizeOf = async (name: string) => (await stat(inFolder(`${name}.csv`)).catch(() => undefined))?.size ?? 0;

  it('gives bit-identical results when it is killed at random moments and resumed', async () => {
    expect(await ended(start('unkilled', ...analyses))).toBe(0);
    const random = createRandom(9);
    const ends: unknown[] = [];
    let child = start('killed', ...analyses);
    for (let death = 0; death < 4; death++) {
      const end = ended(child);
      const before = await sizeOf('killed');
      while (child.exitCode === null && (await sizeOf('killed')) === before) await setTimeout(2);
      await setTimeout(60 * random.uniform());
      child.kill('SIGKILL');
      ends.push(await end);
      child = start('killed', '--resume');
    }
    expect(await ended(child)).toBe(0);
    expect(ends.filter((end) => end === 'SIGKILL').length).toBeGreaterThan(0);
    expect(await results('killed')).toEqual(await results('unkilled'));
  });
});

describe('lamm md --report', () => {
  it('analyses everything, and writes a page that a real browser shows without an error', async ({ skip }) => {
    const page = inFolder('report.html');
    const run = await md(
      'report',
      '--steps',
      '80',
      '--trajectory-every',
      '4',
      '--analyze-every',
      '2',
      '--report',
      page,
    );
    expect(run).toMatchObject({ exitCode: 0, stdout: expect.stringContaining(`report       ${page}`) });
    const text = await readFile(page, 'utf8');
    for (const title of reportTitles) expect(text).toContain(`>${title}</text>`);
    expect(text).toContain('80 steps of 1 fs, nve, 4 atoms with emt');
    expect(text).toContain('notice: no two atoms are within 1.8 A');
    const browser = findBrowser();
    if (browser === undefined) return skip('no Chromium was found');
    const measure = `addEventListener('load', () => { document.documentElement.dataset.drawn =
      [...document.querySelectorAll('polyline')].filter((line) => line.getBoundingClientRect().width > 100).length; });`;
    await appendFile(page, `<script>${measure}</script>`);
    const shown = await renderPage(browser, page);
    expect(shown).toContain('data-errors="0"');
    expect(Number(/data-drawn="(\d+)"/.exec(shown)?.[1])).toBeGreaterThanOrEqual(reportTitles.length);
    if (loadViewerLibrary() === undefined) return skip('the package 3dmol is not installed');
    expect(shown).toMatch(/<div id="view"[^>]*>.*<canvas/s);
    expect(shown).toMatch(/<input id="frame"[^>]* max="20"/);
  });

  it('is made from the log when a simulation without analyses is resumed', async () => {
    await md('late', '--steps', '30');
    const page = inFolder('late.html');
    expect(await md('late', '--steps', '60', '--resume', '--report', page)).toMatchObject({ exitCode: 0 });
    const text = await readFile(page, 'utf8');
    for (const title of reportTitles.slice(0, 4)) expect(text).toContain(`>${title}</text>`);
    expect(text).not.toContain('>Radial distribution</text>');
  });
});
