import { describe, expect, it } from 'vitest';
import { densityPlot } from '../../src/report/density-plot.js';
import { scatterPlot } from '../../src/report/scatter-plot.js';

const labels = { title: 'a < b', xLabel: 'x', yLabel: 'y' };

function circlesOf(svg: string): [x: number, y: number][] {
  return [...svg.matchAll(/<circle cx="([^"]*)" cy="([^"]*)" r="[^"]*" fill="#4477aa"/g)].map(([, x, y]) => [
    Number(x),
    Number(y),
  ]);
}

describe('a scatter plot', () => {
  it('puts equal values on its diagonal', () => {
    const svg = scatterPlot([{ name: 'a', x: [0, 1, 5], y: [0, 1, 5] }], { ...labels, diagonal: true });
    const points = circlesOf(svg);
    expect(points).toHaveLength(3);
    const sums = points.map(([x, y]) => x + y);
    for (const sum of sums) expect(sum).toBeCloseTo(sums[0], 1);
    expect(points[2][0]).toBeGreaterThan(points[0][0]);
    expect(svg).toContain('stroke-dasharray="4 3"');
  });

  it('has a mark of another shape for the eighth kind, and names of all in a legend', () => {
    const kinds = Array.from({ length: 30 }, (_, index) => ({ name: `kind-${index}`, x: [index], y: [index] }));
    const svg = scatterPlot(kinds, labels);
    for (const { name } of kinds) expect(svg).toContain(`>${name}</text>`);
    const looks = new Set(
      [...svg.matchAll(/<(circle|polygon) [^>]*fill="(#[0-9a-f]+)"/g)].map(([, shape, fill]) => shape + fill),
    );
    expect(looks.size).toBe(14);
    const height = Number(/height="(\d+)"/.exec(svg)?.[1]);
    expect(height).toBeGreaterThan(30 * 17);
  });

  it('writes names on a map where there is room, those of large kinds first', () => {
    const svg = scatterPlot(
      [
        { name: 'small', x: [1], y: [1] },
        { name: 'large', x: [1, 1, 1], y: [1, 1, 1] },
        { name: 'far', x: [9], y: [9] },
      ],
      { ...labels, namesOnMap: true },
    );
    expect(svg).toContain('>large</text>');
    expect(svg).toContain('>far</text>');
    expect(svg).not.toContain('>small</text>');
  });

  it('escapes what others wrote and leaves out what is no number', () => {
    const svg = scatterPlot(
      [{ name: 'a', x: [0, Number.NaN], y: [0, 1], titles: ['</title><script>', 'b'], labels: ['<i>', 'b'] }],
      labels,
    );
    expect(svg).not.toMatch(/<script>|<i>|NaN/);
    expect(circlesOf(svg)).toHaveLength(1);
  });
});

describe('a density plot', () => {
  it('has one cell for points in one place, darkest where there are most', () => {
    const x = [...new Array<number>(100).fill(1), 2, ...new Array<number>(10).fill(3)];
    const svg = densityPlot({ x, y: x }, labels);
    const [, cells = ''] = /<g shape-rendering="crispEdges">(.*?)<\/g>/s.exec(svg) ?? [];
    const fills = [...cells.matchAll(/fill="rgb\((\d+),/g)].map(([, red]) => Number(red));
    expect(fills).toHaveLength(3);
    const [highest, middle, lowest] = fills; // rows from the top: 3, 2, 1
    expect(lowest).toBe(8);
    expect(highest).toBeGreaterThan(lowest);
    expect(highest).toBeLessThan(middle);
    expect(svg).toContain('>100</text>');
  });

  it('of a hundred thousand points is little text', () => {
    const x = Float64Array.from({ length: 1e5 }, (_, i) => Math.sin(i));
    expect(densityPlot({ x, y: x.map((value, i) => value + 0.1 * Math.cos(7 * i)) }, labels).length).toBeLessThan(
      400_000,
    );
  });
});
