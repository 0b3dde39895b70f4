import { styleOf } from './palette.js';
import { element, escape } from './svg.js';

/** How a point looks and what it does. */
export interface MarkOptions {
  readonly radius: number;
  /** Number of its colour and shape. */
  readonly style: number;
  /** What a pointer on it shows. */
  readonly title?: string;
  /** Number of the structure that a click shows, where the page has a gallery. */
  readonly shows?: number;
}

/** A point as circle, square, triangle or diamond. */
export function mark(x: number, y: number, { radius, style, title, shows }: MarkOptions): string {
  const { color, shape } = styleOf(style);
  const look = { fill: color, 'fill-opacity': 0.75, ...(shows !== undefined && { 'data-shows': shows }) };
  const inside = title === undefined ? [] : [element('title', {}, escape(title))];
  if (shape % 4 === 0) return element('circle', { cx: x, cy: y, r: radius, ...look }, ...inside);
  const r = 1.25 * radius;
  const points = cornersOf[(shape % 4) - 1].map(([dx, dy]) => `${(x + dx * r).toFixed(1)},${(y + dy * r).toFixed(1)}`);
  return element('polygon', { points: points.join(' '), ...look }, ...inside);
}

const square = [
  [-1, -1],
  [1, -1],
  [1, 1],
  [-1, 1],
];
const triangle = [
  [0, -1.3],
  [1.2, 1],
  [-1.2, 1],
];
const diamond = [
  [0, -1.4],
  [1.4, 0],
  [0, 1.4],
  [-1.4, 0],
];
const cornersOf = [square, triangle, diamond];
