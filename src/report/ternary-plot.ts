import { besideWidth } from './legend.js';
import { mark } from './mark.js';
import { element, picture, text } from './svg.js';

/** Points of one kind in a triangle of compositions. */
export interface TernarySeries {
  readonly name: string;
  readonly style: number;
  /** Shares of the three corners, which add up to 1, of each point. */
  readonly shares: readonly (readonly number[])[];
  /** What a pointer on a point shows. */
  readonly titles?: readonly string[];
  /** Number of the structure that a click on a point shows, where the page has a gallery. */
  readonly shows?: readonly (number | undefined)[];
}

export interface TernaryOptions {
  readonly title: string;
  /** Names of the corners: left, right, top. */
  readonly corners: readonly [string, string, string];
  /** Lines between compositions. */
  readonly lines: readonly (readonly [from: readonly number[], to: readonly number[]])[];
}

const area = { left: 50, top: 50, side: 440 };
const height = (Math.sqrt(3) / 2) * area.side;
const gridSteps = 5;

/** Compositions of three elements in an equal-sided triangle, as SVG. */
export function ternaryPlot(series: readonly TernarySeries[], { title, corners, lines }: TernaryOptions): string {
  const { left, top, side } = area;
  const legendLeft = left + side + 10;
  return picture(
    legendLeft + besideWidth(series),
    top + height + 50,
    text(title, { x: left, y: 16, 'font-weight': 'bold' }),
    ...grid().map(([from, to]) => line(from, to, { stroke: '#dddddd' })),
    ...edges.map(([from, to]) => line(from, to, { stroke: 'black' })),
    ...lines.map(([from, to]) => line(from, to, { stroke: '#4477aa', 'stroke-width': 1.2 })),
    ...series.flatMap(drawPoints),
    ...corners.map((name, corner) => drawCorner(name, corner)),
    ...series.flatMap(({ name, style }, index) => [
      mark(legendLeft + 12, top + 6 + 17 * index, { radius: 4, style }),
      text(name, { x: legendLeft + 24, y: top + 10 + 17 * index }),
    ]),
  );
}

/** Where a composition lies on the paper. */
function place([, right, upper]: readonly number[]): { readonly x: number; readonly y: number } {
  return { x: area.left + (right + upper / 2) * area.side, y: area.top + (1 - upper) * height };
}

function line(from: readonly number[], to: readonly number[], look: Readonly<Record<string, string | number>>): string {
  const [a, b] = [place(from), place(to)];
  return element('line', { x1: a.x, y1: a.y, x2: b.x, y2: b.y, ...look });
}

const edges = [
  [
    [1, 0, 0],
    [0, 1, 0],
  ],
  [
    [0, 1, 0],
    [0, 0, 1],
  ],
  [
    [0, 0, 1],
    [1, 0, 0],
  ],
] as const;

/** Lines of equal shares of each corner. */
function grid(): (readonly [number[], number[]])[] {
  const turned = ([a, b, c]: readonly number[], turn: number) =>
    [
      [a, b, c],
      [c, a, b],
      [b, c, a],
    ][turn];
  return [0, 1, 2].flatMap((turn) =>
    Array.from({ length: gridSteps - 1 }, (_, step) => {
      const share = (step + 1) / gridSteps;
      return [turned([share, 1 - share, 0], turn), turned([share, 0, 1 - share], turn)] as const;
    }),
  );
}

function drawPoints({ style, shares, titles, shows }: TernarySeries): string[] {
  const radius = Math.max(2.2, 4.2 - Math.log10(Math.max(1, shares.length)) / 2);
  return shares.map((point, index) => {
    const { x, y } = place(point);
    return mark(x, y, { radius, style, title: titles?.[index], shows: shows?.[index] });
  });
}

function drawCorner(name: string, corner: number): string {
  const { x, y } = place([0, 1, 2].map((each) => Number(each === corner)));
  const aside = { x, y: corner === 2 ? y - 10 : y + 20 };
  return text(name, { ...aside, 'text-anchor': 'middle', 'font-weight': 'bold' });
}
