import { describe, expect, it } from 'vitest';
import { linePlot } from '../../src/report/line-plot.js';

const labels = { title: 'a < b & c', xLabel: 'time (ps)', yLabel: 'y' };

/** The points of the first curve. */
function pointsOf(svg: string): [x: number, y: number][] {
  const [, points] = /<polyline points="([^"]*)"/.exec(svg) ?? ['', ''];
  return points.split(' ').map((pair) => pair.split(',').map(Number) as [number, number]);
}

describe('a plot', () => {
  it('draws a straight line straight, from edge to edge', () => {
    const points = pointsOf(linePlot([{ name: 'y', x: [0, 1, 2], y: [0, 1, 2] }], labels));
    expect(points).toHaveLength(3);
    expect(points[1][0]).toBeCloseTo((points[0][0] + points[2][0]) / 2, 0);
    expect(points[1][1]).toBeCloseTo((points[0][1] + points[2][1]) / 2, 0);
    expect(points[0][1]).toBeGreaterThan(points[2][1]); // up is down on paper
  });

  it('keeps the one peak of a million points, in little text', () => {
    const x = Float64Array.from({ length: 1e6 }, (_, i) => i);
    const svg = linePlot([{ name: 'y', x, y: x.map((value) => (value === 654_321 ? 100 : 0)) }], labels);
    expect(svg.length).toBeLessThan(60_000);
    const points = pointsOf(svg);
    const highest = points.reduce((best, point) => (point[1] < best[1] ? point : best));
    const [left, right] = [points[0][0], points[points.length - 1][0]];
    expect((highest[0] - left) / (right - left)).toBeCloseTo(0.654, 2);
  });

  it('leaves out what is no number, and survives having nothing to draw', () => {
    expect(pointsOf(linePlot([{ name: 'y', x: [0, 1, 2], y: [0, Number.NaN, 2] }], labels))).toHaveLength(2);
    for (const y of [[], [Number.NaN], [3]]) {
      expect(linePlot([{ name: 'y', x: [0, 1].slice(0, y.length), y }], labels)).not.toMatch(/NaN|Infinity/);
    }
    const errors = [Number.NaN, 1, 1];
    expect(linePlot([{ name: 'y', x: [0, 1, 2], y: [1, 2, 3], errors }], labels)).not.toMatch(/NaN|Infinity/);
  });

  it('escapes what others wrote, and names several curves', () => {
    const svg = linePlot(
      [
        { name: 'Cu-O', x: [0, 1], y: [0, 1] },
        { name: '<script>', x: [0, 1], y: [1, 0] },
      ],
      labels,
    );
    expect(svg).toContain('a &#60; b &#38; c');
    expect(svg).toContain('Cu-O');
    expect(svg).not.toContain('<script>');
  });

  it('draws equal factors at equal heights when it is logarithmic, and nothing of zero', () => {
    const points = pointsOf(
      linePlot([{ name: 'y', x: [1, 2, 3, 4], y: [1, 10, 0, 100] }], { ...labels, yScale: 'log' }),
    );
    expect(points).toHaveLength(3);
    expect(points[0][1] - points[1][1]).toBeCloseTo(points[1][1] - points[2][1], 0);
  });

  it('names few curves above it, many beside it, each with a look of its own; pale ones not at all', () => {
    const curves = (count: number) =>
      Array.from({ length: count }, (_, index) => ({ name: `c${index}`, x: [0, 1], y: [index, 1] }));
    const widthOf = (svg: string) => Number(/ width="([\d.]+)"/.exec(svg)?.[1]);
    const few = linePlot(curves(3), labels);
    const many = linePlot([...curves(20), { name: 'pale', x: [0, 1], y: [1, 2], faint: true, style: 0 }], labels);
    expect(widthOf(many)).toBeGreaterThan(widthOf(few));
    for (let index = 0; index < 20; index++) expect(many).toContain(`>c${index}</text>`);
    expect(many).not.toContain('>pale</text>');
    const lines = [
      ...many.matchAll(/<polyline [^>]*stroke="(#[0-9a-f]+)" stroke-width="1.5"( stroke-dasharray="[^"]*")?/g),
    ];
    expect(new Set(lines.map(([, color, dash = '']) => color + dash)).size).toBe(20);
  });
});
