import type { AtomicSystem } from '../structure/structure.js';
import { escape } from './svg.js';
import { cellOfView, drawCellScript, formatFrame, inScript, libraryRemedy, type ViewFrame } from './trajectory-view.js';

/** Structures that a click on what stands for them shows in space. */
export interface StructureGallery {
  readonly structures: readonly ViewFrame[];
  /** The program text of 3Dmol.js; without it there is a remark in place of the panel. */
  readonly library?: string;
}

export const galleryStyle = `
[data-shows] { cursor: pointer; }
tr[data-shows]:hover, tr[data-shows]:focus { background: #eef4fa; outline: none; }
tr.shown { background: #dbe8f4; }
#panel { position: fixed; right: 16px; bottom: 16px; width: min(460px, 90vw); background: white; border: 1px solid #999;
  box-shadow: 0 2px 14px #0004; padding: 6px 10px 10px; z-index: 2; }
#panel[hidden] { display: none; }
#panel p { margin: 0 2em 6px 0; overflow-wrap: anywhere; }
#panel button { position: absolute; top: 4px; right: 6px; border: 0; background: none; font-size: 20px; cursor: pointer; }
#structure { position: relative; width: 100%; height: 340px; }
`;

/**
 * A panel that shows one of the structures at a time, as HTML with its scripts inside; it opens by a click on any
 * element with `data-shows`.
 */
export function structureGalleryHtml({ structures, library }: StructureGallery): string {
  if (library === undefined) {
    return `<p class="remark" id="view-missing">To look at structures the page needs 3Dmol.js: run <code>${escape(libraryRemedy)}</code>, remove <code>summary.json</code> beside this page, and give the same command again.</p>`;
  }
  const data = structures.map(({ system, label }) => ({
    ...{ label, xyz: formatFrame(system), cell: cellOfView(system) },
    sticks: !isPeriodic(system),
  }));
  return [
    '<aside id="panel" hidden><button type="button" aria-label="close">&#215;</button><p></p><div id="structure"></div></aside>',
    `<script>${inScript(library)}</script>`,
    `<script type="application/json" id="structures">${inScript(JSON.stringify(data))}</script>`,
    `<script>${script}</script>`,
  ].join('\n');
}

function isPeriodic({ pbc }: AtomicSystem): boolean {
  return pbc.includes(true);
}

// It runs in the reader's browser: plain JavaScript, only what every browser has.
const script = `
(() => {
  const structures = JSON.parse(document.getElementById('structures').textContent);
  const panel = document.getElementById('panel');
  const [close, label] = [panel.querySelector('button'), panel.querySelector('p')];
  ${drawCellScript}
  let view;
  const show = (index) => {
    const { xyz, cell, sticks, label: text } = structures[index];
    panel.hidden = false;
    view ??= $3Dmol.createViewer(document.getElementById('structure'), { backgroundColor: 'white' });
    view.removeAllModels();
    view.removeAllShapes();
    view.addModel(xyz, 'xyz');
    const balls = { scale: sticks ? 0.3 : 0.4, colorscheme: 'Jmol' };
    view.setStyle({}, sticks ? { sphere: balls, stick: { radius: 0.12, colorscheme: 'Jmol' } } : { sphere: balls });
    drawCell(view, cell);
    view.setView([0, 0, 0, 0, 0, 0, 0, 1]);
    view.rotate(-25, 'y');
    view.rotate(15, 'x');
    view.zoomTo();
    view.zoom(1.3);
    view.render();
    label.textContent = text;
    for (const row of document.querySelectorAll('tr.shown')) row.classList.remove('shown');
    for (const row of document.querySelectorAll('tr[data-shows="' + index + '"]')) row.classList.add('shown');
    document.documentElement.dataset.shown = index;
  };
  const shown = ({ target }) => target.closest('[data-shows]')?.dataset.shows;
  const open = (event) => { const index = shown(event); if (index !== undefined) show(Number(index)); };
  addEventListener('click', open);
  addEventListener('keydown', (event) => { if (event.key === 'Enter') open(event); if (event.key === 'Escape') panel.hidden = true; });
  close.addEventListener('click', () => { panel.hidden = true; });
})();
`;
