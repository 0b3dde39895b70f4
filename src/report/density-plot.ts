import { drawAxes } from './axis.js';
import { colorBetween } from './palette.js';
import { drawDiagonal, type ScatterOptions, squareArea, squareAxes } from './scatter-plot.js';
import { element, picture, text } from './svg.js';

const cells = 105;
const bar = { width: 14, height: 200, gap: 16, room: 74 };

/**
 * How many points lie in each cell of a square of equal axes, with the line where both are equal, as SVG; darker for
 * more, on a logarithmic scale.
 */
export function densityPlot(
  points: { readonly x: ArrayLike<number>; readonly y: ArrayLike<number> },
  options: Pick<ScatterOptions, 'title' | 'xLabel' | 'yLabel'>,
): string {
  const { left, top, width, height } = squareArea;
  const axes = squareAxes([points], true);
  const side = width / cells;
  const counts = new Float64Array(cells * cells);
  for (let i = 0; i < points.x.length; i++) {
    const column = Math.floor((axes.x.place(points.x[i]) - left) / side);
    const row = Math.floor((axes.y.place(points.y[i]) - top) / side);
    if (column >= 0 && column < cells && row >= 0 && row < cells) counts[row * cells + column]++;
  }
  const most = counts.reduce((highest, count) => Math.max(highest, count), 1);
  const filled = [...counts].flatMap((count, cell) => {
    if (count === 0) return [];
    const place = { x: left + (cell % cells) * side, y: top + Math.floor(cell / cells) * side };
    return [element('rect', { ...place, width: side, height: side, fill: shade(count, most) })];
  });
  return picture(
    left + width + bar.gap + bar.room,
    top + height + 46,
    text(options.title, { x: left, y: 16, 'font-weight': 'bold' }),
    drawAxes(axes, squareArea, options),
    drawDiagonal(),
    element('g', { 'shape-rendering': 'crispEdges' }, ...filled),
    ...drawBar(most),
  );
}

/** From pale to dark blue by the logarithm of a count. */
function shade(count: number, most: number): string {
  const share = most === 1 ? 1 : Math.log(count) / Math.log(most);
  return colorBetween([190, 215, 238], [8, 29, 78], share);
}

/** What the shades mean. */
function drawBar(most: number): string[] {
  const x = squareArea.left + squareArea.width + bar.gap;
  const { top } = squareArea;
  const steps = 40;
  const pieces = Array.from({ length: steps }, (_, index) => {
    const y = top + 20 + (bar.height * (steps - 1 - index)) / steps;
    const fill = shade(most ** (index / (steps - 1)), most);
    return element('rect', { x, y, width: bar.width, height: bar.height / steps + 0.5, fill });
  });
  const label = (value: number, y: number) => text(value.toLocaleString('en'), { x: x + bar.width + 5, y });
  return [text('points', { x, y: top + 8 }), ...pieces, label(most, top + 29), label(1, top + 20 + bar.height)];
}
