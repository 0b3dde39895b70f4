import { element, picture, text } from './svg.js';

/** A curve. */
export interface PlotSeries {
  readonly name: string;
  readonly x: ArrayLike<number>;
  readonly y: ArrayLike<number>;
  /** Half of the height of a band about the curve; NaN where there is none. */
  readonly errors?: ArrayLike<number>;
}

export interface PlotOptions {
  readonly title: string;
  readonly xLabel: string;
  readonly yLabel: string;
  /** Value that the vertical axis shows in any case. */
  readonly include?: number;
}

const size = { width: 640, height: 300, left: 78, right: 16, top: 34, bottom: 46 };
const inner = { width: size.width - size.left - size.right, height: size.height - size.top - size.bottom };
/** Colours that remain apart for colour-blind readers. @see Tol, Colour Schemes, SRON/EPS/TN/09-002: bright. */
const colors = ['#4477aa', '#ee6677', '#228833', '#ccbb44', '#66ccee', '#aa3377', '#777777'];

interface Axis {
  readonly ticks: readonly number[];
  /** From a value to a place on the paper. */
  readonly place: (value: number) => number;
}

/** Curves over one pair of axes, as SVG. Curves of many points are drawn by their extremes, so that no peak is lost. */
export function linePlot(series: readonly PlotSeries[], { title, xLabel, yLabel, include }: PlotOptions): string {
  const x = axis(range(series.map((one) => one.x)), [size.left, size.left + inner.width], { tight: true });
  const heights = [...series.flatMap(boundsOf), ...(include === undefined ? [] : [[include]])];
  const y = axis(range(heights), [size.top + inner.height, size.top], { tight: false });
  return picture(
    size.width,
    size.height,
    text(title, { x: size.left, y: 16, 'font-weight': 'bold' }),
    drawAxes(x, y, { xLabel, yLabel }),
    ...series.flatMap((one, index) => drawSeries(one, { x, y, color: colors[index % colors.length] })),
    ...(series.length > 1 ? drawLegend(series) : []),
  );
}

/** Round numbers from at least `start` to at most `end`, about six of them. */
export function ticksBetween(start: number, end: number): number[] {
  const span = end - start;
  if (!(span > 0)) return [start];
  const power = 10 ** Math.floor(Math.log10(span / 6));
  const step = power * ([1, 2, 5, 10].find((factor) => factor * power * 7 > span) ?? 10);
  const first = Math.ceil(start / step - 1e-9);
  const count = Math.floor(end / step + 1e-9) - first + 1;
  return Array.from({ length: count }, (_, index) => Number(((first + index) * step).toPrecision(12)));
}

/** The middle with its errors, so that the whole band is on the paper. */
function boundsOf({ y, errors }: PlotSeries): ArrayLike<number>[] {
  if (errors === undefined) return [y];
  return [-1, 1].map((sign) => Float64Array.from(y, (value, i) => value + sign * (errors[i] || 0))); // NaN: no band there
}

function range(lists: readonly ArrayLike<number>[]): [number, number] {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const list of lists) {
    for (let i = 0; i < list.length; i++) {
      if (list[i] < low) low = list[i];
      if (list[i] > high) high = list[i];
    }
  }
  if (!(low <= high)) return [0, 1];
  const spare = low === high ? Math.max(Math.abs(low), 1) * 1e-3 : 0;
  return [low - spare, high + spare];
}

function axis([low, high]: [number, number], [from, to]: [number, number], { tight }: { tight: boolean }): Axis {
  const spare = tight ? 0 : 0.04 * (high - low);
  const [start, end] = [low - spare, high + spare];
  return {
    ticks: ticksBetween(start, end),
    place: (value) => from + ((value - start) / (end - start)) * (to - from),
  };
}

function drawAxes(x: Axis, y: Axis, { xLabel, yLabel }: { xLabel: string; yLabel: string }): string {
  const bottom = size.top + inner.height;
  const right = size.left + inner.width;
  const middle = size.top + inner.height / 2;
  const grid = { stroke: '#dddddd' };
  return element(
    'g',
    {},
    ...x.ticks.flatMap((value) => [
      element('line', { x1: x.place(value), x2: x.place(value), y1: size.top, y2: bottom, ...grid }),
      text(formatTick(value), { x: x.place(value), y: bottom + 16, 'text-anchor': 'middle' }),
    ]),
    ...y.ticks.flatMap((value) => [
      element('line', { x1: size.left, x2: right, y1: y.place(value), y2: y.place(value), ...grid }),
      text(formatTick(value), { x: size.left - 6, y: y.place(value) + 4, 'text-anchor': 'end' }),
    ]),
    element('rect', {
      x: size.left,
      y: size.top,
      width: inner.width,
      height: inner.height,
      fill: 'none',
      stroke: 'black',
    }),
    text(xLabel, { x: size.left + inner.width / 2, y: size.height - 10, 'text-anchor': 'middle' }),
    text(yLabel, { x: 14, y: middle, 'text-anchor': 'middle', transform: `rotate(-90 14 ${middle})` }),
  );
}

function drawSeries(series: PlotSeries, { x, y, color }: { x: Axis; y: Axis; color: string }): string[] {
  const chosen = thin(series, x);
  const point = (i: number, shift = 0) =>
    `${x.place(series.x[i]).toFixed(1)},${y.place(series.y[i] + shift).toFixed(1)}`;
  const line = element('polyline', {
    points: chosen.map((i) => point(i)).join(' '),
    fill: 'none',
    stroke: color,
    'stroke-width': 1.5,
    'stroke-linejoin': 'round',
  });
  const { errors } = series;
  if (errors === undefined) return [line];
  const known = chosen.filter((i) => Number.isFinite(errors[i]));
  const edge = [...known.map((i) => point(i, errors[i])), ...known.toReversed().map((i) => point(i, -errors[i]))];
  return [element('polygon', { points: edge.join(' '), fill: color, 'fill-opacity': 0.2 }), line];
}

/** Points to draw, in order: all, or the lowest and the highest of each half a unit of the paper. */
function thin({ x, y }: PlotSeries, axisOfX: Axis): number[] {
  const all = Array.from({ length: x.length }, (_, i) => i).filter((i) => Number.isFinite(y[i]));
  if (all.length <= 4 * inner.width) return all;
  const columns = new Map<number, [low: number, high: number]>();
  for (const i of all) {
    const column = Math.floor(2 * axisOfX.place(x[i]));
    const [low, high] = columns.get(column) ?? [i, i];
    columns.set(column, [y[i] < y[low] ? i : low, y[i] > y[high] ? i : high]);
  }
  return [...columns.values()].flatMap(([low, high]) =>
    low === high ? [low] : [Math.min(low, high), Math.max(low, high)],
  );
}

function drawLegend(series: readonly PlotSeries[]): string[] {
  let right = size.left + inner.width;
  return series.toReversed().flatMap(({ name }, index) => {
    const color = colors[(series.length - 1 - index) % colors.length];
    const label = text(name, { x: right, y: 16, 'text-anchor': 'end', fill: color });
    right -= 7 * name.length + 14;
    return [label];
  });
}

function formatTick(value: number): string {
  const isPlain = value === 0 || (Math.abs(value) >= 1e-4 && Math.abs(value) < 1e7);
  return isPlain ? String(value) : value.toExponential().replace('e+', 'e');
}
