import { chemicalSymbols } from '../elements.js';
import { periodicPlace } from '../periodic-table.js';
import { colorBetween } from './palette.js';
import { element, escape, picture, text } from './svg.js';

/** What is known of one element. */
export interface ElementValue {
  /** Atomic number. */
  readonly number: number;
  readonly value: number;
  /** What a pointer on the element shows besides its value. */
  readonly title: string;
}

const cell = { width: 40, height: 38 };
const left = 10;
const top = 30;
const fRowGap = 10;
const pale = [240, 246, 250];
const dark = [200, 60, 60];

/**
 * A number for each element in the periodic table as SVG, darker for larger on a logarithmic scale; elements without
 * one stay empty.
 */
export function periodicPlot(
  values: readonly ElementValue[],
  { title, unit }: { readonly title: string; readonly unit: string },
): string {
  const byNumber = new Map(values.map((one) => [one.number, one]));
  const positive = values.map(({ value }) => value).filter((value) => value > 0);
  const range = { low: Math.min(...positive), high: Math.max(...positive) };
  const numbers = Array.from({ length: 118 }, (_, index) => index + 1).filter(
    (number) => number <= 103 || byNumber.has(number),
  );
  return picture(
    left + 18 * cell.width + 10,
    top + 9 * cell.height + fRowGap + 10,
    text(`${title} (${unit})`, { x: left, y: 16, 'font-weight': 'bold' }),
    ...(range.high > range.low ? drawScale(range) : []),
    ...numbers.map((number) => drawElement(number, byNumber.get(number), range)),
  );
}

const scale = { x: left + 3.5 * cell.width, y: top + 14, width: 6 * cell.width, height: 10, steps: 30 };

/** What the colours say, where the first rows leave room. */
function drawScale({ low, high }: { readonly low: number; readonly high: number }): string[] {
  const { x, y, width, height, steps } = scale;
  const bars = Array.from({ length: steps }, (_, step) => {
    const fill = colorBetween(pale, dark, step / (steps - 1));
    return element('rect', { x: x + (step * width) / steps, y, width: width / steps + 0.3, height, fill });
  });
  const labels = ([0, 0.5, 1] as const).map((share) =>
    text(rounded(low * (high / low) ** share), {
      ...{ x: x + share * width, y: y + height + 13, 'font-size': 10 },
      'text-anchor': 'middle',
    }),
  );
  const note = 'white: none; a pointer on an element shows how many';
  return [...bars, ...labels, text(note, { x, y: y + height + 28, 'font-size': 10, fill: '#777' })];
}

function drawElement(
  number: number,
  known: ElementValue | undefined,
  { low, high }: { readonly low: number; readonly high: number },
): string {
  const { x, y } = placeOf(number);
  const symbol = chemicalSymbols[number];
  const share = known === undefined || !(known.value > low) ? 0 : Math.log(known.value / low) / Math.log(high / low);
  const fill = known === undefined ? 'white' : colorBetween(pale, dark, share);
  const color = known === undefined ? '#bbb' : share > 0.7 ? 'white' : '#222';
  const middle = x + cell.width / 2;
  return element(
    'g',
    { 'text-anchor': 'middle', fill: color },
    ...(known === undefined
      ? []
      : [element('title', {}, escape(`${symbol}: ${rounded(known.value)}, ${known.title}`))]),
    element('rect', { x, y, width: cell.width - 2, height: cell.height - 2, fill, stroke: '#ddd' }),
    text(symbol, { x: middle - 1, y: y + 16, 'font-weight': 'bold' }),
    ...(known === undefined ? [] : [text(rounded(known.value), { x: middle - 1, y: y + 30, 'font-size': 10 })]),
  );
}

/** The lanthanides and actinides stand below the others. */
function placeOf(number: number): { readonly x: number; readonly y: number } {
  const { period, group, block } = periodicPlace(number);
  const firstOfRow = period === 6 ? 57 : 89;
  if (block !== 'f') return { x: left + (group - 1) * cell.width, y: top + (period - 1) * cell.height };
  return { x: left + (2 + number - firstOfRow) * cell.width, y: top + (period + 1) * cell.height + fRowGap };
}

function rounded(value: number): string {
  return value >= 10 ? value.toFixed(0) : value.toPrecision(2);
}
