import { type Axis, createAxis, drawAxes, rangeOf } from './axis.js';
import { besideWidth } from './legend.js';
import { mark } from './mark.js';
import { element, picture, text } from './svg.js';

/** Points of one kind. */
export interface ScatterSeries {
  readonly name: string;
  readonly x: ArrayLike<number>;
  readonly y: ArrayLike<number>;
  /** Number of its colour and shape; its place among the kinds when absent. */
  readonly style?: number;
  /** What a pointer on a point shows. */
  readonly titles?: readonly string[];
  /** Number of the structure that a click on a point shows, where the page has a gallery. */
  readonly shows?: readonly (number | undefined)[];
  /** What stands beside each point. */
  readonly labels?: readonly string[];
}

export interface ScatterOptions {
  readonly title: string;
  readonly xLabel: string;
  readonly yLabel: string;
  /** A line through points of the plot, from left to right. */
  readonly line?: { readonly x: ArrayLike<number>; readonly y: ArrayLike<number> };
  /** Whether both axes have the same range, with a line where they are equal. */
  readonly diagonal?: boolean;
  /** Whether the axes have no numbers, as on a map whose directions mean nothing. */
  readonly bare?: boolean;
  /** Whether names stand at the middles of their kinds, as far as there is room, instead of in a legend. */
  readonly namesOnMap?: boolean;
}

export const squareArea = { left: 78, top: 34, width: 420, height: 420 };
const right = 24;
const belowAxes = 46;

/** Points over one pair of axes of equal length, as SVG. */
export function scatterPlot(series: readonly ScatterSeries[], options: ScatterOptions): string {
  const { title, line, diagonal = false, bare = false, namesOnMap = false } = options;
  const styled = series.map((one, index) => ({ ...one, style: one.style ?? index }));
  const axes = squareAxes(line ? [...series, line] : series, diagonal);
  const hasLegend = series.length > 1 && !namesOnMap;
  const { left, top, width, height } = squareArea;
  return picture(
    left + width + right + (hasLegend ? besideWidth(styled) : 0),
    Math.max(top + height + belowAxes, hasLegend ? top + 17 * series.length + 6 : 0),
    text(title, { x: left, y: 16, 'font-weight': 'bold' }),
    drawAxes(bare ? { x: { ...axes.x, ticks: [] }, y: { ...axes.y, ticks: [] } } : axes, squareArea, options),
    ...(diagonal ? [drawDiagonal()] : []),
    ...(line ? [drawLine(line, axes)] : []),
    ...styled.flatMap((one) => drawPoints(one, axes)),
    ...(namesOnMap ? drawNames(styled, axes) : []),
    ...(hasLegend ? drawLegend(styled) : []),
  );
}

export interface Axes {
  readonly x: Axis;
  readonly y: Axis;
}

/** Axes of a square picture; `common` gives both the same range. */
export function squareAxes(series: readonly Pick<ScatterSeries, 'x' | 'y'>[], common: boolean): Axes {
  const { left, top, width, height } = squareArea;
  const [xs, ys] = [series.map(({ x }) => x), series.map(({ y }) => y)];
  const both = [...xs, ...ys];
  return {
    x: createAxis(rangeOf(common ? both : xs), [left, left + width], { spare: 0.03 }),
    y: createAxis(rangeOf(common ? both : ys), [top + height, top], { spare: 0.03 }),
  };
}

/** The line where both axes are equal. */
export function drawDiagonal(): string {
  const { left, top, width, height } = squareArea;
  return element('line', {
    x1: left,
    x2: left + width,
    y1: top + height,
    y2: top,
    stroke: 'black',
    'stroke-dasharray': '4 3',
    'stroke-width': 0.8,
  });
}

function drawLine({ x, y }: NonNullable<ScatterOptions['line']>, axes: Axes): string {
  const points = Array.from(
    x,
    (value, index) => `${axes.x.place(value).toFixed(1)},${axes.y.place(y[index]).toFixed(1)}`,
  );
  return element('polyline', { points: points.join(' '), fill: 'none', stroke: '#4477aa', 'stroke-width': 1.2 });
}

type Styled = ScatterSeries & { readonly style: number };

function drawPoints({ x, y, style, titles, shows, labels }: Styled, axes: Axes): string[] {
  const radius = Math.max(1.4, 3.2 - Math.log10(Math.max(1, x.length)) / 2);
  return Array.from(x).flatMap((value, index) => {
    const [px, py] = [axes.x.place(value), axes.y.place(y[index])];
    if (!Number.isFinite(px) || !Number.isFinite(py)) return [];
    const point = mark(px, py, { radius, style, title: titles?.[index], shows: shows?.[index] });
    if (labels === undefined) return [point];
    const isAtEdge = px > squareArea.left + squareArea.width - 6 * labels[index].length - 8;
    const place = { x: isAtEdge ? px - 5 : px + 5, 'text-anchor': isAtEdge ? 'end' : 'start' };
    return [point, text(labels[index], { ...place, y: py + 4, 'font-size': 11 })];
  });
}

/** Names at the middles of their kinds, of large kinds first; none is written over another. */
function drawNames(series: readonly Styled[], axes: Axes): string[] {
  const written: { readonly x: number; readonly y: number; readonly half: number }[] = [];
  const bySize = [...series].sort((a, b) => b.x.length - a.x.length);
  return bySize.flatMap(({ name, x, y }) => {
    const place = { x: axes.x.place(median(x)), y: axes.y.place(median(y)) + 4, half: 4 * name.length + 1 };
    const isTaken = written.some(
      (one) => Math.abs(one.y - place.y) < 12 && Math.abs(one.x - place.x) < one.half + place.half,
    );
    if (isTaken || !Number.isFinite(place.x + place.y)) return [];
    written.push(place);
    const halo = { stroke: 'white', 'stroke-width': 3, 'paint-order': 'stroke', 'font-weight': 'bold' };
    return [text(name, { x: place.x, y: place.y, 'text-anchor': 'middle', ...halo, fill: '#222222' })];
  });
}

function median(values: ArrayLike<number>): number {
  return Array.from(values).sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

function drawLegend(series: readonly Styled[]): string[] {
  const x = squareArea.left + squareArea.width;
  return series.flatMap(({ name, style }, index) => {
    const y = squareArea.top + 6 + 17 * index;
    return [mark(x + 22, y, { radius: 4, style }), text(name, { x: x + 34, y: y + 4 })];
  });
}
