import { type Axis, createAxis, drawAxes, rangeOf, type Scale } from './axis.js';
import { legendHeight, legendWidth, lineLegend } from './legend.js';
import { styleOf } from './palette.js';
import { element, picture, text } from './svg.js';

/** A curve. */
export interface PlotSeries {
  readonly name: string;
  readonly x: ArrayLike<number>;
  readonly y: ArrayLike<number>;
  /** Half of the height of a band about the curve; NaN where there is none. */
  readonly errors?: ArrayLike<number>;
  /** Number of its colour and dashes; its place among the curves when absent. */
  readonly style?: number;
  /** Thin, pale and not in the legend: what another curve is the mean of. */
  readonly faint?: boolean;
  /** Whether each point is marked. */
  readonly marked?: boolean;
}

export interface PlotOptions {
  readonly title: string;
  readonly xLabel: string;
  readonly yLabel: string;
  /** Value that the vertical axis shows in any case. */
  readonly include?: number;
  readonly xScale?: Scale;
  readonly yScale?: Scale;
}

const area = { left: 78, top: 34, width: 546, height: 220 };
const height = 300;
const right = 24;

/** Curves over one pair of axes, as SVG. Curves of many points are drawn by their extremes, so that no peak is lost. */
export function linePlot(series: readonly PlotSeries[], options: PlotOptions): string {
  const { title, include, xScale, yScale } = options;
  const styled = series.map((one, index) => ({ ...one, style: one.style ?? index }));
  const heights = [...series.flatMap(boundsOf), ...(include === undefined ? [] : [[include]])];
  const axes = {
    x: createAxis(rangeOf(series.map(shownX), xScale), [area.left, area.left + area.width], { scale: xScale }),
    y: createAxis(rangeOf(heights, yScale), [area.top + area.height, area.top], { scale: yScale, spare: 0.04 }),
  };
  const entries = styled.filter(({ faint }) => !faint);
  const corner = { right: area.left + area.width, titleWidth: 8 * title.length };
  const beside = entries.length > 1 ? legendWidth(entries, area.width - corner.titleWidth) : 0;
  return picture(
    area.left + area.width + right + beside,
    beside > 0 ? Math.max(height, area.top + legendHeight(entries)) : height,
    text(title, { x: area.left, y: 16, 'font-weight': 'bold' }),
    drawAxes(axes, area, options),
    ...styled.flatMap((one) => drawSeries(one, axes)),
    ...(entries.length > 1 ? lineLegend(entries, { right: corner.right, top: area.top, beside: beside > 0 }) : []),
  );
}

/** Places of the points that have a height. */
function shownX({ x, y }: PlotSeries): ArrayLike<number> {
  return Float64Array.from(x, (value, i) => (Number.isFinite(y[i]) ? value : Number.NaN));
}

/** The middle with its errors, so that the whole band is on the paper. */
function boundsOf({ y, errors }: PlotSeries): ArrayLike<number>[] {
  if (errors === undefined) return [y];
  return [-1, 1].map((sign) => Float64Array.from(y, (value, i) => value + sign * (errors[i] || 0))); // NaN: no band there
}

function drawSeries(
  series: PlotSeries & { readonly style: number },
  { x, y }: { readonly x: Axis; readonly y: Axis },
): string[] {
  const { color, dash } = styleOf(series.style);
  const chosen = thin(series, { x, y });
  const place = (i: number, shift = 0) => [x.place(series.x[i]).toFixed(1), y.place(series.y[i] + shift).toFixed(1)];
  const point = (i: number, shift = 0) => place(i, shift).join();
  const line = element('polyline', {
    points: chosen.map((i) => point(i)).join(' '),
    fill: 'none',
    stroke: color,
    'stroke-width': series.faint ? 0.8 : 1.5,
    ...(series.faint && { 'stroke-opacity': 0.35 }),
    ...(dash !== '' && { 'stroke-dasharray': dash }),
    'stroke-linejoin': 'round',
  });
  const marks = series.marked
    ? chosen.map((i) => element('circle', { cx: Number(place(i)[0]), cy: Number(place(i)[1]), r: 2.2, fill: color }))
    : [];
  const { errors } = series;
  if (errors === undefined) return [line, ...marks];
  const known = chosen.filter((i) => Number.isFinite(errors[i]));
  const edge = [...known.map((i) => point(i, errors[i])), ...known.toReversed().map((i) => point(i, -errors[i]))];
  return [element('polygon', { points: edge.join(' '), fill: color, 'fill-opacity': 0.2 }), line, ...marks];
}

/** Points to draw, in order: all, or the lowest and the highest of each half a unit of the paper. */
function thin({ x, y }: PlotSeries, axes: { readonly x: Axis; readonly y: Axis }): number[] {
  const all = Array.from({ length: x.length }, (_, i) => i).filter(
    (i) => Number.isFinite(axes.x.place(x[i])) && Number.isFinite(axes.y.place(y[i])),
  );
  if (all.length <= 4 * area.width) return all;
  const columns = new Map<number, [low: number, high: number]>();
  for (const i of all) {
    const column = Math.floor(2 * axes.x.place(x[i]));
    const [low, high] = columns.get(column) ?? [i, i];
    columns.set(column, [y[i] < y[low] ? i : low, y[i] > y[high] ? i : high]);
  }
  return [...columns.values()].flatMap(([low, high]) =>
    low === high ? [low] : [Math.min(low, high), Math.max(low, high)],
  );
}
