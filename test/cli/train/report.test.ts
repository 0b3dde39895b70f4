import { appendFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { registerReport } from '../../../src/cli/train/command-report.js';
import { writeReportBeside } from '../../../src/tasks/train/runs.js';
import { findBrowser, renderPage } from '../../helpers/browser.js';
import { runCommand } from '../../helpers/run-command.js';

let folder = '';
const inFolder = (name: string) => join(folder, name);
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lamm-'));
  await writeRun('first', 1);
  await writeRun('second', 2);
  await mkdir(inFolder('other'));
  await writeRun('other/first', 3);
});
afterAll(() => rm(folder, { recursive: true }));

/** A training of 200 steps in two epochs whose errors are `factor` / step, on two subsets. */
async function writeRun(name: string, factor: number): Promise<void> {
  const lines: object[] = [];
  for (let step = 1; step <= 200; step++) {
    const epoch = Math.floor(step / 100);
    const loss = factor / step;
    const figures = { learningRate: 1e-3, loss, energyLoss: loss, forceLoss: loss, stressLoss: 0, gradientNorm: 1 };
    const cost = { structures: 4, atoms: 40, seconds: 9, graphsSeconds: 2, computeSeconds: 6, communicationSeconds: 1 };
    lines.push({ kind: 'training', step, epoch, ...figures, ...cost });
    if (step % 50 !== 0) continue;
    const errors = { energyMaeMeVPerAtom: 1000 * loss, forceMaeMeVPerA: 2000 * loss };
    const files = { 'metals: m.xyz': errors, 'oxides: o.xyz': { energyMaeMeVPerAtom: step === 100 ? 1 : 5 } };
    lines.push({ kind: 'validation', step, epoch, loss, improved: true, ...errors, files });
  }
  await mkdir(inFolder(name), { recursive: true });
  await writeFile(inFolder(`${name}/metrics.jsonl`), lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
}

const titles = [
  'Loss',
  'Training: energy loss',
  'Training: forces loss',
  'Validation: energy MAE by subset',
  'Validation: force MAE by subset',
  'Gradient norm',
  'Learning rate',
  'Pace',
  'Share of time',
];

describe('lamm report', () => {
  it('writes one page with the curves against steps, epochs and hours, and prints the best errors', async () => {
    const out = inFolder('page.html');
    const { exitCode, stdout } = await runCommand(registerReport, ['report', inFolder('first'), '--out', out]);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/first +200 +2\.00 +0\.500 +800 +8,000 +4 /);
    expect(stdout).toMatch(/oxides +1\.000 +100 /);
    expect(stdout).toMatch(/metals +5\.000 +200 +10\.00 +200/);
    const page = await readFile(out, 'utf8');
    for (const title of titles) expect(page.match(new RegExp(`>${title}</text>`, 'g'))).toHaveLength(4);
    expect(page.match(/type="radio"/g)).toHaveLength(4);
    expect(page).not.toMatch(/\s(src|href)=|https?:\/\/(?!www\.w3\.org)/);
  });

  it('lays several trainings over each other, with names of their own', async () => {
    const out = inFolder('compared.html');
    const runs = [inFolder('first'), inFolder('other/first'), `slow=${inFolder('second/metrics.jsonl')}`];
    const { stdout } = await runCommand(registerReport, ['report', ...runs, '--out', out]);
    for (const name of ['other/first', 'slow']) expect(stdout).toMatch(new RegExp(`^metals +${name}`, 'm'));
    const page = await readFile(out, 'utf8');
    expect(page).toContain('>Validation: energy MAE, metals</text>');
    expect(page.match(/>slow<\/text>/g)?.length).toBeGreaterThan(4);
    expect(page.match(/type="radio"/g)).toHaveLength(5);
    const views = page.split('<div class="plots">');
    expect(views.at(-1)).toMatch(/>400<\/text>.*>step, of trainings one after another<\/text>/s); // of 600 steps
    for (const view of views.slice(0, -1)) expect(view).not.toContain('>400</text>');
  });

  it('--json prints the data and writes no page', async () => {
    const { stdout, exitCode } = await runCommand(registerReport, ['report', inFolder('first'), '--json']);
    const { runs, page } = JSON.parse(stdout);
    expect([exitCode, page, runs[0].training.length, runs[0].validation.length]).toEqual([0, undefined, 200, 4]);
    expect(runs[0]).toMatchObject({ name: 'first', summary: { steps: 200, epochs: 2, hours: 0.5, atoms: 8000 } });
    expect(runs[0].best.at(-1)).toEqual({
      subset: 'oxides: o.xyz',
      errors: { energyMaeMeVPerAtom: { value: 1, step: 100 } },
    });
  });

  it('shows the errors of the model at the end of a training', async () => {
    await writeRun('over', 1);
    const result = (set: string, measured: number, count: number) => ({
      ...{ kind: 'result', step: 200, parametersOfStep: 150, set, measured, count, loss: 0.5 },
      ...{ energyMaeMeVPerAtom: 12.34, energyRmseMeVPerAtom: 23.45, forceMaeMeVPerA: 34.56, forceRmseMeVPerA: 45.67 },
    });
    const lines = [result('train', 256, 1000), result('test', 77, 77)].map((line) => `${JSON.stringify(line)}\n`);
    await appendFile(inFolder('over/metrics.jsonl'), lines.join(''));
    const out = inFolder('over.html');
    const { stdout } = await runCommand(registerReport, ['report', inFolder('over'), '--out', out]);
    expect(stdout).toMatch(/^train +256 of 1,000 +150 +12\.34 +23\.45 +34\.56 +45\.67$/m);
    expect(stdout).toMatch(/^test +77 +150 +12\.34 /m);
    expect(await readFile(out, 'utf8')).toMatch(/<h2>Errors of the model<\/h2>.*<td>test<\/td><td>77<\/td>/s);
    const json = await runCommand(registerReport, ['report', inFolder('over'), '--json']);
    expect(JSON.parse(json.stdout).runs[0].results).toMatchObject([{ set: 'train' }, { set: 'test', measured: 77 }]);
    expect(
      (await runCommand(registerReport, ['report', inFolder('first'), '--out', inFolder('n.html')])).stdout,
    ).not.toContain('measured on');
  });

  it('says that the last line of a killed training is cut', async () => {
    await writeRun('killed', 1);
    await appendFile(inFolder('killed/metrics.jsonl'), '{"kind":"training","st');
    const { exitCode, stderr } = await runCommand(registerReport, ['report', inFolder('killed'), '--json']);
    expect(exitCode).toBe(0);
    expect(stderr).toContain('killed: the last line is cut');
  });

  it('refuses a folder without metrics and one without records, by name, and a page that exists', async () => {
    await mkdir(inFolder('empty'));
    const missing = await runCommand(registerReport, ['report', inFolder('first'), inFolder('empty'), '--json']);
    expect(missing).toMatchObject({ exitCode: 2, stderr: expect.stringContaining(inFolder('empty')) });
    await writeFile(inFolder('empty/metrics.jsonl'), '');
    const none = await runCommand(registerReport, ['report', inFolder('empty'), '--json']);
    expect(none).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('first steps') });
    await writeFile(inFolder('taken.html'), '');
    const taken = await runCommand(registerReport, ['report', inFolder('first'), '--out', inFolder('taken.html')]);
    expect(taken).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('--force') });
  });

  it('stands beside a training that is over, unless nothing was logged', async () => {
    await writeRun('done', 1);
    expect(await writeReportBeside(inFolder('done'))).toBe(inFolder('done/report.html'));
    expect(await readFile(inFolder('done/report.html'), 'utf8')).toContain('<h1>done</h1>');
    await mkdir(inFolder('silent'));
    expect(await writeReportBeside(inFolder('silent'))).toBeUndefined();
    await writeFile(inFolder('silent/metrics.jsonl'), '');
    expect(await writeReportBeside(inFolder('silent'))).toBeUndefined();
  });

  it('is shown by a real browser without an error, one view at a time', async ({ skip }) => {
    const browser = findBrowser();
    if (browser === undefined) return skip('no Chromium was found');
    const out = inFolder('shown.html');
    await runCommand(registerReport, ['report', inFolder('first'), '--out', out]);
    const measure = `const count = () => [...document.querySelectorAll('.views svg')].filter((svg) => svg.getBoundingClientRect().width > 100).length;
      const buttons = [...document.querySelectorAll('input')];
      document.documentElement.dataset.shown = buttons.map((button) => { button.click(); return count(); }).join();`;
    await appendFile(out, `<script>${measure}</script>`);
    const shown = await renderPage(browser, out);
    expect(shown).toContain('data-errors="0"');
    expect(shown).toContain(`data-shown="${new Array(4).fill(titles.length).join()}"`);
  });
});
