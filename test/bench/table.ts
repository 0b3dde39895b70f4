import type { Comparison } from './comparison.js';

const columns: readonly { readonly title: string; readonly cell: (row: Comparison) => string }[] = [
  { title: 'what', cell: ({ name }) => name },
  { title: 'ours / ms', cell: ({ ours }) => milliseconds(ours.median) },
  { title: 'peer / ms', cell: ({ peer }) => (peer === undefined ? '' : milliseconds(peer.median)) },
  { title: 'peer', cell: ({ peer }) => peer?.name ?? '' },
  { title: 'peer/ours', cell: ({ ratio }) => (ratio === undefined ? '' : factor(ratio.ofMedians)) },
  {
    title: 'spread',
    cell: ({ ratio }) => (ratio === undefined ? '' : `${factor(ratio.low)} to ${factor(ratio.high)}`),
  },
  { title: 'note', cell: ({ note }) => note ?? '' },
];

/** The comparisons as a Markdown table. */
export function formatTable(rows: readonly Comparison[]): string {
  const cells = [columns.map(({ title }) => title), ...rows.map((row) => columns.map(({ cell }) => cell(row)))];
  const widths = columns.map((_, column) => Math.max(...cells.map((row) => row[column].length)));
  const lines = cells.map((row) => `| ${row.map((text, column) => text.padEnd(widths[column])).join(' | ')} |`);
  const rule = `|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|`;
  return [lines[0], rule, ...lines.slice(1)].join('\n');
}

function milliseconds(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}

function factor(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}
