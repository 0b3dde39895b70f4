import { galleryStyle, type StructureGallery, structureGalleryHtml } from './structure-gallery.js';
import { escape } from './svg.js';
import { type TrajectoryView, trajectoryViewHtml } from './trajectory-view.js';

/** A table; its first row is the head. */
export type Table = readonly (readonly string[])[];

/** What a report shows, from top to bottom. */
export interface Report {
  readonly title: string;
  /** Sentences under the title. */
  readonly remarks: readonly string[];
  readonly table?: Table;
  readonly view?: TrajectoryView;
  /** What rows and points show that say so. */
  readonly gallery?: StructureGallery;
  /** Pictures as SVG. */
  readonly plots: readonly string[];
  readonly sections?: readonly ReportSection[];
}

/** A part of a report under a heading of its own. */
export interface ReportSection {
  readonly heading: string;
  readonly remarks?: readonly string[];
  readonly table?: Table;
  /** Whether a click on the head of a column sorts the table by it. */
  readonly isSortable?: boolean;
  /** Number of the structure in the gallery that a click on a row shows, of each row below the head. */
  readonly shows?: readonly (number | undefined)[];
  readonly plots?: readonly string[];
  /** Whether two pictures stand side by side even where that makes them smaller. */
  readonly isPaired?: boolean;
  /** Pictures drawn in several ways, of which the reader sees one: at most five. */
  readonly views?: readonly PlotView[];
}

export interface PlotView {
  readonly name: string;
  readonly plots: readonly string[];
}

const style = `
body { font: 15px/1.5 system-ui, sans-serif; max-width: 1340px; margin: 2em auto; padding: 0 1em; color: #222; background: white; }
table { border-collapse: collapse; margin: 1em 0; }
th, td { padding: 0.2em 1em 0.2em 0; text-align: left; border-bottom: 1px solid #ddd; font-variant-numeric: tabular-nums; }
#plots, .plots { display: flex; flex-wrap: wrap; gap: 12px; align-items: flex-start; }
.views > .plots { display: none; margin-top: 8px; }
${[1, 2, 3, 4, 5].map((n) => `.views > input:nth-of-type(${n}):checked ~ .plots:nth-of-type(${n})`).join(', ')} { display: flex; }
.views > label { margin-right: 1.2em; }
h2 { margin-top: 1.6em; }
.wide { overflow-x: auto; }
.sortable { font-size: 13px; }
.sortable th { cursor: pointer; vertical-align: bottom; }
.sortable th, .sortable td { padding-right: 0.8em; }
.sortable td { white-space: nowrap; }
.sortable th[data-sorted=up]::after { content: ' \\2191'; }
.sortable th[data-sorted=down]::after { content: ' \\2193'; }
.paired > svg { width: calc(50% - 7px); box-sizing: border-box; }
svg { max-width: 100%; height: auto; border: 1px solid #eee; }
#view { position: relative; box-sizing: border-box; overflow: hidden; width: 100%; height: 460px; border: 1px solid #ccc; }
#frame { width: min(24em, 50%); vertical-align: middle; }
.remark { color: #555; }
`;

/** Counts what goes wrong in the page on its root element, where a test finds it. */
const watch = `
document.documentElement.dataset.errors = '0';
addEventListener('error', ({ message }) => {
  const root = document.documentElement.dataset;
  root.errors = Number(root.errors) + 1;
  root.firstError ??= message;
});
`;

/** Sorts a table by the column whose head is clicked, numbers as numbers; a second click turns it around. */
const sort = `
addEventListener('click', ({ target }) => {
  const table = target.closest('table.sortable');
  if (table === null || target.tagName !== 'TH') return;
  const column = target.cellIndex;
  const turn = target.dataset.sorted === 'up' ? -1 : 1;
  for (const head of table.rows[0].cells) delete head.dataset.sorted;
  target.dataset.sorted = turn === 1 ? 'up' : 'down';
  const valueOf = ({ cells }) => cells[column].textContent.replace(/,(?=\\d{3}(?!\\d))/g, '');
  const compare = (a, b) => a === '' || b === '' ? (a === '') - (b === '') :
    turn * (Number.isNaN(a - b) ? (a < b ? -1 : a > b ? 1 : 0) : a - b);
  const rows = [...table.rows].slice(1).sort((a, b) => compare(valueOf(a), valueOf(b)));
  table.tBodies[0].append(...rows);
});
`;

/** Nothing is loaded from anywhere: the page is the same in ten years and says nothing to anybody. */
const policy = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data: blob:";

/** A report as one HTML page that needs no other file. */
export function formatReport({ title, remarks, table, view, gallery, plots, sections = [] }: Report): string {
  return [
    '<!doctype html>',
    '<html lang="en">',
    `<head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="${escape(policy)}">`,
    `<title>${escape(title)}</title><style>${style}${gallery ? galleryStyle : ''}</style><script>${watch}</script>${sections.some(({ isSortable }) => isSortable) ? `<script>${sort}</script>` : ''}</head>`,
    `<body><h1>${escape(title)}</h1>`,
    ...remarks.map((remark) => `<p class="remark">${escape(remark)}</p>`),
    table ? formatTable(table) : '',
    view ? trajectoryViewHtml(view) : '',
    gallery ? structureGalleryHtml(gallery) : '',
    `<div id="plots">${plots.join('')}</div>`,
    ...sections.map(formatSection),
    '</body></html>\n',
  ].join('\n');
}

function formatSection(section: ReportSection, index: number): string {
  const { heading, remarks = [], table, plots, isPaired, views } = section;
  return [
    `<section><h2>${escape(heading)}</h2>`,
    ...remarks.map((remark) => `<p class="remark">${escape(remark)}</p>`),
    table ? formatTable(table, section) : '',
    plots ? `<div class="plots${isPaired ? ' paired' : ''}">${plots.join('')}</div>` : '',
    views ? formatViews(views, `views-${index}`) : '',
    '</section>',
  ].join('\n');
}

/** Buttons that choose among groups of pictures, without a script. */
function formatViews(views: readonly PlotView[], group: string): string {
  const buttons = views.map(({ name }, index) => {
    const id = `${group}-${index}`;
    const checked = index === 0 ? ' checked' : '';
    return `<input type="radio" name="${group}" id="${id}"${checked}><label for="${id}">${escape(name)}</label>`;
  });
  const groups = views.map(({ plots }) => `<div class="plots">${plots.join('')}</div>`);
  return `<div class="views">${buttons.join('')}${groups.join('')}</div>`;
}

function formatTable(
  [head, ...rows]: Table,
  { isSortable = false, shows = [] }: Pick<ReportSection, 'isSortable' | 'shows'> = {},
): string {
  const row = (cells: readonly string[], tag: 'th' | 'td', attributes = '') =>
    `<tr${attributes}>${cells.map((cell) => `<${tag}>${escape(cell)}</${tag}>`).join('')}</tr>`;
  const body = rows.map((cells, index) => {
    const shown = shows[index];
    return row(cells, 'td', shown === undefined ? '' : ` data-shows="${shown}" tabindex="0"`);
  });
  const rowsHtml = `${row(head, 'th')}${body.join('')}`;
  return isSortable
    ? `<div class="wide"><table class="sortable">${rowsHtml}</table></div>`
    : `<table>${rowsHtml}</table>`;
}
