import { readFile, writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { createRandom } from '../../../src/random.js';
import { formatReport } from '../../../src/report/page.js';
import { createStructure, type Structure } from '../../../src/structure/structure.js';
import { loadViewerLibrary } from '../../../src/tasks/analysis/viewer-library.js';
import { createPageTally } from '../../../src/tasks/screen/page.js';
import { createBest, rankRows } from '../../../src/tasks/screen/ranking.js';
import { compositionOf, type ScreenRow } from '../../../src/tasks/screen/row.js';
import { findBrowser, renderPage } from '../../helpers/browser.js';
import { useFolder } from '../../helpers/folder.js';

const inFolder = useFolder('test');

/** Crystals of up to four of some elements, and rows of them. */
function candidates(
  count: number,
  elements: number,
): {
  readonly rows: readonly ScreenRow[];
  readonly structures: ReadonlyMap<string, Structure>;
} {
  const random = createRandom(3);
  const symbols = ['Al', 'Cu', 'Fe', 'Li', 'Mg', 'O'].slice(0, elements);
  const structures = new Map<string, Structure>();
  const rows = Array.from({ length: count }, (_, index): ScreenRow => {
    const chosen =
      index < symbols.length
        ? Array(4).fill(symbols[index])
        : Array.from({ length: 4 }, () => symbols[random.integer(elements)]);
    const positions = [0, 0, 0, 0, 2, 2, 2, 0, 2, 2, 2, 0];
    const structure = createStructure({ symbols: chosen, positions, cell: [4, 0, 0, 0, 4, 0, 0, 0, 4] });
    const id = `/data/set ${index % 7}/candidates-${index}.extxyz@1`;
    if (index < 400) structures.set(id, structure);
    const energyPerAtom = random.normal();
    return {
      ...{ id, role: 'candidate', formula: chosen.join(''), atoms: 4, composition: compositionOf(structure.numbers) },
      ...{ energy: 4 * energyPerAtom, energyPerAtom, fmax: random.uniform(), pressureGPa: 10 * random.normal() },
      ...{ volumePerAtom: 16, density: 5, spaceGroup: '123 P 4/m m m', prototype: 'ABC2_tP4_123_a_d_e', seconds: 1 },
    };
  });
  return { rows, structures };
}

async function pageOf(count: number, { elements = 6, library }: { elements?: number; library?: string } = {}) {
  const { rows, structures } = candidates(count, elements);
  async function* each() {
    yield rows;
  }
  const { ranks, systems } = await rankRows(each());
  const tally = createPageTally(systems);
  const best = createBest(500);
  for (const [index, row] of rows.entries()) {
    const ranked = { ...row, ...ranks[index] };
    tally.add(ranked);
    best.add(ranked, 0);
  }
  const shown = best.rows().map(({ row }) => row);
  return formatReport(tally.report({ title: 'Screening', remarks: [], best: shown, structures, library }));
}

describe('the page of a screening', () => {
  it('is hardly larger for 100,000 structures than for some thousands, and holds the best', async () => {
    const [some, many] = [await pageOf(10_000, { elements: 3 }), await pageOf(100_000, { elements: 3 })];
    expect(many.length).toBeLessThan(1.1 * some.length);
    expect(many.length).toBeLessThan(4_000_000);
    expect(many.match(/<tr/g)).toHaveLength(501);
    expect(many.includes('nearest to the hull')).toBe(true);
  });

  it('draws hulls of two and of three elements with their lines, and leaves out empty columns', async () => {
    const page = await pageOf(2000);
    const titles = [...page.matchAll(/font-weight="bold">((?:[A-Z][a-z]?-)+[A-Z][a-z]?)</g)];
    expect(titles.map(([, title]) => title.split('-').length)).toEqual([2, 2, 2, 2, 2, 2, 3, 3, 3, 3]);
    expect(page.match(/<polyline/g)).toHaveLength(6);
    expect(page.includes('models differ')).toBe(false);
    expect(page.includes('Structures lie in /data/')).toBe(true);
    expect(page.match(/<td>set \d\/candidates-/g)).toHaveLength(500);
  });

  it('draws how far candidates lie from the hull where that differs', async () => {
    expect(await pageOf(40, { elements: 1 })).toContain('Distance from the hull of 40 candidates');
    expect(await pageOf(1, { elements: 1 })).not.toContain('Distance from the hull');
  });

  it('shows a structure when its row is clicked, sorted or not', async ({ skip }) => {
    const browser = findBrowser();
    if (browser === undefined) return skip('no Chromium was found');
    if (loadViewerLibrary() === undefined) return skip('the package 3dmol is not installed');
    await writeFile(inFolder('page.html'), await pageOf(60, { library: loadViewerLibrary() }));
    const click = `<script>addEventListener('load', () => {
      [...document.querySelectorAll('th')].find(({ textContent }) => textContent.startsWith('fmax')).click();
      const row = document.querySelectorAll('tr')[7];
      row.querySelector('td').click();
      document.documentElement.dataset.clicked = row.dataset.shows;
    });</script>`;
    await writeFile(inFolder('page.html'), (await readFile(inFolder('page.html'), 'utf8')) + click);
    const shown = await renderPage(browser, inFolder('page.html'));
    const [, errors] = /data-errors="(\d+)"/.exec(shown) ?? [];
    const [, clicked] = /data-clicked="(\d+)"/.exec(shown) ?? [];
    const [, index] = /data-shown="(\d+)"/.exec(shown) ?? [];
    expect([errors, index]).toEqual(['0', clicked]);
    expect(/<aside id="panel">.*<canvas/s.test(shown)).toBe(true);
    const fmax = [...shown.matchAll(/<tr [^>]*>(?:<td>[^<]*<\/td>){6}<td>([\d.]+)<\/td>/g)].map(([, value]) =>
      Number(value),
    );
    expect(fmax).toHaveLength(60);
    expect(fmax).toEqual([...fmax].sort((a, b) => a - b));
  });
});
