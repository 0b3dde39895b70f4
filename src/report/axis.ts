import { element, text } from './svg.js';

/** One direction of a plot. */
export interface Axis {
  readonly ticks: readonly number[];
  /** From a value to a place on the paper; NaN for what a logarithmic axis cannot show. */
  readonly place: (value: number) => number;
}

export type Scale = 'linear' | 'log';

export interface AxisOptions {
  readonly scale?: Scale;
  /** Share of the length that is left free at both ends. */
  readonly spare?: number;
}

/** The part of the paper that the axes enclose. */
export interface PlotArea {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** An axis over the values from `low` to `high` on the paper from `from` to `to`. */
export function createAxis(
  [low, high]: readonly [number, number],
  [from, to]: readonly [number, number],
  { scale = 'linear', spare = 0 }: AxisOptions = {},
): Axis {
  const [into, back] =
    scale === 'log' ? [Math.log10, (power: number) => 10 ** power] : [(x: number) => x, (x: number) => x];
  const free = spare * (into(high) - into(low));
  const [start, end] = [into(low) - free, into(high) + free];
  return {
    ticks: scale === 'log' ? logTicks(back(start), back(end)) : ticksBetween(start, end),
    place: (value) => from + ((into(value) - start) / (end - start)) * (to - from),
  };
}

/** Smallest and largest of all numbers that an axis can show; a little apart when they are one. */
export function rangeOf(lists: readonly ArrayLike<number>[], scale: Scale = 'linear'): [number, number] {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const list of lists) {
    for (let i = 0; i < list.length; i++) {
      if (!Number.isFinite(list[i]) || (scale === 'log' && list[i] <= 0)) continue;
      if (list[i] < low) low = list[i];
      if (list[i] > high) high = list[i];
    }
  }
  if (!(low <= high)) return scale === 'log' ? [1, 10] : [0, 1];
  if (low < high) return [low, high];
  if (scale === 'log') return [low / 1.5, high * 1.5];
  const spare = Math.max(Math.abs(low), 1) * 1e-3;
  return [low - spare, high + spare];
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

/**
 * Powers of ten, with 2 and 5 between them where there are few; as on a linear axis where there is less than a power.
 */
export function logTicks(start: number, end: number): number[] {
  const decades = Math.log10(end / start);
  if (decades < 0.7) return ticksBetween(start, end).filter((tick) => tick > 0);
  const [factors, stride] = decades < 3.5 ? [[1, 2, 5], 1] : [[1], Math.ceil(decades / 8)];
  const first = Math.floor(Math.log10(start) / stride) * stride;
  const count = Math.ceil((Math.log10(end) - first) / stride) + 1;
  return Array.from({ length: count }, (_, index) => first + index * stride)
    .flatMap((power) => factors.map((factor) => Number((factor * 10 ** power).toPrecision(12))))
    .filter((tick) => tick >= start * (1 - 1e-9) && tick <= end * (1 + 1e-9));
}

/** Frame, grid and numbers of a pair of axes. */
export function drawAxes(
  { x, y }: { readonly x: Axis; readonly y: Axis },
  { left, top, width, height }: PlotArea,
  { xLabel, yLabel }: { readonly xLabel: string; readonly yLabel: string },
): string {
  const bottom = top + height;
  const middle = top + height / 2;
  const grid = { stroke: '#dddddd' };
  return element(
    'g',
    {},
    ...x.ticks.flatMap((value) => [
      element('line', { x1: x.place(value), x2: x.place(value), y1: top, y2: bottom, ...grid }),
      text(formatTick(value), { x: x.place(value), y: bottom + 16, 'text-anchor': 'middle' }),
    ]),
    ...y.ticks.flatMap((value) => [
      element('line', { x1: left, x2: left + width, y1: y.place(value), y2: y.place(value), ...grid }),
      text(formatTick(value), { x: left - 6, y: y.place(value) + 4, 'text-anchor': 'end' }),
    ]),
    element('rect', { x: left, y: top, width, height, fill: 'none', stroke: 'black' }),
    text(xLabel, { x: left + width / 2, y: bottom + 36, 'text-anchor': 'middle' }),
    text(yLabel, { x: 14, y: middle, 'text-anchor': 'middle', transform: `rotate(-90 14 ${middle})` }),
  );
}

function formatTick(value: number): string {
  const isPlain = value === 0 || (Math.abs(value) >= 1e-4 && Math.abs(value) < 1e7);
  return isPlain ? String(value) : value.toExponential().replace('e+', 'e');
}
