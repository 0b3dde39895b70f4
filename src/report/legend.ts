import { styleOf } from './palette.js';
import { element, text } from './svg.js';

/** Something with a name and a style. */
export interface LegendEntry {
  readonly name: string;
  readonly style: number;
}

const letter = 6.6;
const row = 17;

/** Width of a legend beside the plot; 0 where the names fit above it, into `room`. */
export function legendWidth(entries: readonly LegendEntry[], room: number): number {
  const above = entries.reduce((sum, { name }) => sum + 7 * name.length + 14, 0);
  if (above <= room && entries.every(({ style }) => styleOf(style).shape === 0)) return 0;
  return besideWidth(entries);
}

/** Width of a legend that stands beside a plot whatever its length. */
export function besideWidth(entries: readonly LegendEntry[]): number {
  return 44 + letter * Math.max(0, ...entries.map(({ name }) => name.length));
}

/** Height of a legend beside a plot. */
export function legendHeight(entries: readonly LegendEntry[]): number {
  return row * entries.length + 6;
}

export interface LegendPlace {
  /** Right edge of the axes. */
  readonly right: number;
  /** Upper edge of the axes. */
  readonly top: number;
  readonly beside: boolean;
}

/** Names of curves: in their colours above the axes, or with a piece of each line beside them. */
export function lineLegend(entries: readonly LegendEntry[], { right, top, beside }: LegendPlace): string[] {
  if (beside) {
    return entries.flatMap(({ name, style }, index) => {
      const y = top + 6 + row * index;
      const { color, dash } = styleOf(style);
      const stroke = { stroke: color, 'stroke-width': 2, ...(dash !== '' && { 'stroke-dasharray': dash }) };
      return [
        element('line', { x1: right + 10, x2: right + 34, y1: y, y2: y, ...stroke }),
        text(name, { x: right + 40, y: y + 4 }),
      ];
    });
  }
  let end = right;
  return entries.toReversed().map(({ name, style }) => {
    const label = text(name, { x: end, y: 16, 'text-anchor': 'end', fill: styleOf(style).color });
    end -= 7 * name.length + 14;
    return label;
  });
}
