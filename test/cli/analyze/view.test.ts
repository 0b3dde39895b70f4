import { appendFile, readFile, writeFile } from 'node:fs/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { registerView } from '../../../src/cli/analyze/command-analyze.js';
import { loadViewerLibrary } from '../../../src/tasks/analysis/viewer-library.js';
import { findBrowser, renderPage } from '../../helpers/browser.js';
import { reportTitles, useCopperMd } from '../../helpers/copper-md.js';
import { runCommand } from '../../helpers/run-command.js';

const { inFolder, run: md } = useCopperMd('block');
beforeAll(() => md('run', '--steps', '60', '--trajectory-every', '2', '--log-every', '1'));

describe('lamm view', () => {
  it('writes one page with a table and a picture of each analysis', async () => {
    const out = inFolder('page.html');
    expect(await runCommand(registerView, ['view', inFolder('run.extxyz'), '--out', out])).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining(`written to ${out}`),
    });
    const page = await readFile(out, 'utf8');
    for (const title of reportTitles) expect(page).toContain(`>${title}</text>`);
    expect(page.match(/<svg/g)).toHaveLength(reportTitles.length);
    expect(page).toMatch(/<td>temperature<\/td><td>\d+/);
  });

  it('shows one molecule without a table and remarks about motion', async () => {
    await writeFile(inFolder('water.xyz'), '3\n\nO 0 0 0\nH 0.96 0 0\nH -0.24 0.93 0\n');
    const out = inFolder('water.html');
    const { stdout, stderr } = await runCommand(registerView, ['view', inFolder('water.xyz'), '--out', out]);
    expect(stdout).toBe(`${inFolder('water.xyz')}: 1 frame of 3 atoms\nwritten to ${out}\n`);
    expect(stderr).not.toContain('displacement');
    const page = await readFile(out, 'utf8');
    expect(page).not.toMatch(/<table>|<svg/);
    expect(page).toContain('id="view"');
  });

  it('shows a CIF with shared sites with `--occupancy majority`, and tells what it chose', async () => {
    const loops = ['_cell_length_a 4', '_cell_length_b 4', '_cell_length_c 4', '_cell_angle_alpha 90'];
    const sites = ['Cu1 Cu 0 0 0 0.75', 'Ni1 Ni 0 0 0 0.25', 'Al1 Al 0.5 0.5 0.5 1'].join('\n');
    const tags = ['label', 'type_symbol', 'fract_x', 'fract_y', 'fract_z', 'occupancy'];
    const table = `loop_\n${tags.map((tag) => `_atom_site_${tag}`).join('\n')}\n${sites}\n`;
    const angles = '_cell_angle_beta 90\n_cell_angle_gamma 90\n_space_group_name_H-M_alt "P 1"';
    await writeFile(inFolder('shared.cif'), `data_shared\n${loops.join('\n')}\n${angles}\n${table}`);
    const view = (...args: string[]) => runCommand(registerView, ['view', inFolder('shared.cif'), ...args, '--rdf']);
    expect(await view('--out', inFolder('refused.html'))).toMatchObject({
      exitCode: 2,
      stderr: expect.stringMatching(/shared\.cif.*--occupancy majority/s),
    });
    const shown = await view('--occupancy', 'majority', '--out', inFolder('shared.html'));
    expect(shown).toMatchObject({ exitCode: 0, stderr: expect.stringMatching(/shared\.cif: .*Cu/) });
    expect(await readFile(inFolder('shared.html'), 'utf8')).toContain('1 frame of 2 atoms');
  });

  it('is shown by a real browser without an error, pictures drawn', async ({ skip }) => {
    const browser = findBrowser();
    if (browser === undefined) return skip('no Chromium was found');
    const out = inFolder('shown.html');
    await runCommand(registerView, ['view', inFolder('run.extxyz'), '--out', out]);
    const measure = `document.documentElement.dataset.drawn =
      [...document.querySelectorAll('polyline')].filter((line) => line.getBoundingClientRect().width > 100).length;`;
    await appendFile(out, `<script>${measure}</script>`);
    const shown = await renderPage(browser, out);
    expect(shown).toContain('data-errors="0"');
    expect(Number(/data-drawn="(\d+)"/.exec(shown)?.[1])).toBeGreaterThanOrEqual(reportTitles.length);
  });

  it('has a view in space that a real browser draws and plays', async ({ skip }) => {
    const browser = findBrowser();
    if (browser === undefined) return skip('no Chromium was found');
    if (loadViewerLibrary() === undefined) return skip('the package 3dmol is not installed');
    const out = inFolder('space.html');
    await runCommand(registerView, ['view', inFolder('run.extxyz'), '--out', out]);
    const play = `addEventListener('load', () => {
      const slider = document.getElementById('frame');
      slider.value = slider.max;
      slider.dispatchEvent(new Event('input'));
    });`;
    await appendFile(out, `<script>${play}</script>`);
    const shown = await renderPage(browser, out);
    expect(shown).toContain('data-errors="0"');
    expect(shown).toContain('data-frame="30"');
    expect(shown).toMatch(/<output id="label">0\.06 ps</);
    expect(shown).toMatch(/<div id="view"[^>]*>.*<canvas/s);
  });
});
