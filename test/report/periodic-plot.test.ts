import { describe, expect, it } from 'vitest';
import { periodicPlot } from '../../src/report/periodic-plot.js';

const options = { title: 'Errors', unit: 'meV/A' };

/** Symbol, place and colour of each element that a picture shows, in order. */
function cellsOf(svg: string) {
  const cells = svg.matchAll(
    /<rect x="([\d.]+)" y="([\d.]+)" width="38" height="36" fill="([^"]+)".*?<text[^>]*>(\w+)</gs,
  );
  return new Map([...cells].map(([, x, y, fill, symbol]) => [symbol, { x: Number(x), y: Number(y), fill }]));
}

describe('a periodic table', () => {
  const svg = periodicPlot(
    [
      { number: 1, value: 5, title: '3 atoms' },
      { number: 57, value: 50, title: '1 atom' },
      { number: 92, value: 500, title: '2 < 3' },
      { number: 71, value: 0, title: 'none' },
    ],
    options,
  );
  const cells = cellsOf(svg);

  it('has a place for each element, with those of the f block below', () => {
    expect(cells.size).toBe(103);
    expect(new Set([...cells.values()].map(({ x, y }) => `${x},${y}`)).size).toBe(103);
    expect(cells.get('La')?.x).toBe(cells.get('Ac')?.x);
    expect(cells.get('Lu')?.x).toBe(cells.get('Sc')?.x);
    expect(cells.get('La')?.y).toBeGreaterThan(cells.get('Ra')?.y ?? Number.NaN);
    expect(cells.get('He')?.x).toBe(cells.get('Rn')?.x);
  });

  it('says by a scale what its colours mean, where they differ', () => {
    for (const label of ['5.0', '50', '500']) expect(svg).toContain(`text-anchor="middle">${label}</text>`);
    expect(svg).toContain('fill="rgb(200,60,60)"');
    const same = periodicPlot([{ number: 1, value: 5, title: '' }], options);
    expect(same).not.toContain('a pointer on an element');
  });

  it('is darker for larger numbers, on a logarithmic scale, and white without one', () => {
    const red = (symbol: string) => Number(/\d+/.exec(cells.get(symbol)?.fill ?? '')?.[0]);
    expect(red('La')).toBe((red('H') + red('U')) / 2);
    expect(cells.get('Lu')?.fill).toBe(cells.get('H')?.fill);
    expect(cells.get('Fe')?.fill).toBe('white');
  });

  it('tells what a pointer is on', () => {
    expect(svg).toContain('<title>H: 5.0, 3 atoms</title>');
    expect(svg).toContain('<title>U: 500, 2 &#60; 3</title>');
  });

  it('of one value, or of zeros, is drawn', () => {
    for (const value of [0, 7])
      expect(cellsOf(periodicPlot([{ number: 3, value, title: '' }], options)).get('Li')?.fill).toBe(
        'rgb(240,246,250)',
      );
  });
});
