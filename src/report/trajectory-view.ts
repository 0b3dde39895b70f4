import { chemicalSymbols } from '../elements.js';
import { inverse3, rowTimesMatrix3 } from '../linalg/matrix3.js';
import { completeCell } from '../structure/cell.js';
import type { AtomicSystem } from '../structure/structure.js';
import { escape } from './svg.js';

/** A frame of the view with the text that stands beside it. */
export interface ViewFrame {
  readonly system: AtomicSystem;
  readonly label: string;
}

export interface TrajectoryView {
  readonly frames: readonly ViewFrame[];
  /** The program text of 3Dmol.js; without it there is a remark in place of the view. */
  readonly library?: string;
}

/** How to come by the library. */
export const libraryRemedy = 'npm install 3dmol';

/** A view of the atoms in space that can be turned and played, as HTML with its scripts inside. */
export function trajectoryViewHtml({ frames, library }: TrajectoryView): string {
  if (library === undefined) {
    return `<p class="remark" id="view-missing">The view of the trajectory needs 3Dmol.js: run <code>${escape(libraryRemedy)}</code> and make this report again.</p>`;
  }
  const isPeriodic = frames.some(({ system }) => system.pbc.includes(true));
  const data = {
    xyz: frames.map(({ system }) => formatFrame(system)).join(''),
    cells: frames.map(({ system }) => cellOfView(system)),
    labels: frames.map(({ label }) => label),
    sticks: !isPeriodic,
  };
  return [
    '<div id="view"></div>',
    '<p id="controls"><button id="play" type="button">Play</button>',
    `<input id="frame" type="range" min="0" max="${frames.length - 1}" value="0" aria-label="frame"> <output id="label"></output></p>`,
    `<script>${inScript(library)}</script>`,
    `<script type="application/json" id="trajectory">${inScript(JSON.stringify(data))}</script>`,
    `<script>${viewer}</script>`,
  ].join('\n');
}

/** The lattice vectors that are drawn, [9]; none of what is not periodic. */
export function cellOfView({ cell, pbc }: AtomicSystem): number[] {
  return pbc.includes(true) ? Array.from(completeCell(cell), round) : [];
}

/** Atoms within their cell, as they are looked at. */
export function formatFrame({ numbers, positions, cell, pbc }: AtomicSystem): string {
  const full = pbc.includes(true) ? completeCell(cell) : undefined;
  const inverse = full && inverse3(full);
  const rows = Array.from(numbers, (number, atom) => {
    let position = positions.subarray(3 * atom, 3 * atom + 3);
    if (full && inverse) {
      const shares = rowTimesMatrix3(position, inverse);
      position = rowTimesMatrix3(
        shares.map((share, axis) => (pbc[axis] ? share - Math.floor(share + 1e-6) : share)),
        full,
      );
    }
    return `${chemicalSymbols[number]} ${Array.from(position, round).join(' ')}\n`;
  });
  return `${numbers.length}\n\n${rows.join('')}`;
}

function round(value: number): number {
  return Number(value.toFixed(3));
}

/** Text that cannot end the script element that it stands in. */
export function inScript(content: string): string {
  return content.replace(/<(?=\/script|!--)/gi, '\\u003c');
}

/** A function `drawCell(view, cell)` for the reader's browser. */
export const drawCellScript = `
  const corner = (cell, i, j, k) =>
    ({ x: i * cell[0] + j * cell[3] + k * cell[6], y: i * cell[1] + j * cell[4] + k * cell[7], z: i * cell[2] + j * cell[5] + k * cell[8] });
  const edges = [[0, 1], [0, 2], [0, 4], [1, 3], [1, 5], [2, 3], [2, 6], [3, 7], [4, 5], [4, 6], [5, 7], [6, 7]];
  const drawCell = (view, cell) => {
    if (cell.length === 0) return;
    for (const [a, b] of edges) {
      const [start, end] = [a, b].map((n) => corner(cell, n & 1, (n >> 1) & 1, n >> 2));
      view.addLine({ start, end, color: 'gray' });
    }
  };
`;

// It runs in the reader's browser: plain JavaScript, only what every browser has.
const viewer = `
(() => {
  const { xyz, cells, labels, sticks } = JSON.parse(document.getElementById('trajectory').textContent);
  const [slider, button, output] = ['frame', 'play', 'label'].map((id) => document.getElementById(id));
  const view = $3Dmol.createViewer(document.getElementById('view'), { backgroundColor: 'white' });
  const model = view.addModelsAsFrames(xyz, 'xyz');
  const balls = { scale: sticks ? 0.3 : 0.4, colorscheme: 'Jmol' };
  view.setStyle({}, sticks ? { sphere: balls, stick: { radius: 0.12, colorscheme: 'Jmol' } } : { sphere: balls });
  ${drawCellScript}
  const show = async (index) => {
    await view.setFrame(index);
    view.removeAllShapes();
    drawCell(view, cells[index]);
    view.render();
    slider.value = index;
    output.textContent = labels[index];
    document.documentElement.dataset.frame = index;
  };
  let timer;
  const stop = () => { clearInterval(timer); timer = undefined; button.textContent = 'Play'; };
  button.addEventListener('click', () => {
    if (timer !== undefined) return stop();
    button.textContent = 'Pause';
    timer = setInterval(() => show((Number(slider.value) + 1) % labels.length), 60);
  });
  slider.addEventListener('input', () => { stop(); show(Number(slider.value)); });
  show(0).then(() => { view.rotate(-25, 'y'); view.rotate(15, 'x'); view.zoomTo(); view.zoom(1.25); view.render(); });
})();
`;
