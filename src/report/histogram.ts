import { element, picture, text, ticksTo } from './svg.js';

export interface HistogramPanel {
  readonly title: string;
  readonly values: Float64Array;
}

export interface HistogramOptions {
  /** What the values are, below the common axis. */
  readonly label: string;
  readonly bins?: number;
}

const frame = { left: 20, right: 20, top: 10, bottom: 40, width: 640, titleHeight: 22, barHeight: 80, gap: 14 };

/** Histograms one below the other over one axis from 0 to the largest value, as SVG; a line marks each mean. */
export function histogramSvg(panels: readonly HistogramPanel[], { label, bins = 80 }: HistogramOptions): string {
  const end = Math.max(1e-9, ...panels.map(({ values }) => values.reduce((most, value) => Math.max(most, value), 0)));
  const panelHeight = frame.titleHeight + frame.barHeight + frame.gap;
  const height = frame.top + panels.length * panelHeight + frame.bottom;
  const x = (value: number) => frame.left + (value / end) * (frame.width - frame.left - frame.right);
  const drawn = panels.map((panel, index) => drawPanel(panel, { x, end, bins, top: frame.top + index * panelHeight }));
  return picture(frame.width, height, ...drawn, drawAxis(x, { end, label, top: height - frame.bottom }));
}

interface PanelPlace {
  readonly x: (value: number) => number;
  readonly end: number;
  readonly bins: number;
  readonly top: number;
}

function drawPanel({ title, values }: HistogramPanel, { x, end, bins, top }: PanelPlace): string {
  const counts = new Float64Array(bins);
  for (const value of values) counts[Math.min(bins - 1, Math.floor((value / end) * bins))]++;
  const highest = Math.max(1, ...counts);
  const base = top + frame.titleHeight + frame.barHeight;
  const width = x(end / bins) - x(0);
  const bars = [...counts].flatMap((count, bin) => {
    const height = (count / highest) * frame.barHeight;
    if (count === 0) return [];
    return [element('rect', { x: x((bin * end) / bins), y: base - height, width, height, fill: '#4477aa' })];
  });
  const mean = x(values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length));
  const mark = { x1: mean, x2: mean, y1: base - frame.barHeight, y2: base, stroke: '#cc3311' };
  const line = { x1: x(0), x2: x(end), y1: base, y2: base, stroke: 'black' };
  return element(
    'g',
    {},
    text(title, { x: frame.left, y: top + 15 }),
    ...bars,
    element('line', mark),
    element('line', line),
  );
}

function drawAxis(
  x: (value: number) => number,
  { end, label, top }: { readonly end: number; readonly label: string; readonly top: number },
): string {
  const ticks = ticksTo(end).map((value) => text(String(value), { x: x(value), y: top + 5, 'text-anchor': 'middle' }));
  return element('g', {}, ...ticks, text(label, { x: x(end / 2), y: top + 25, 'text-anchor': 'middle' }));
}
