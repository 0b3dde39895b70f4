import { describe, expect, it } from 'vitest';
import { histogramSvg } from '../../src/report/histogram.js';
import { element, text, ticksTo } from '../../src/report/svg.js';

describe('histogramSvg', () => {
  const svg = histogramSvg(
    [
      { title: 'first', values: Float64Array.of(1, 1, 1, 9) },
      { title: 'second <&>', values: Float64Array.of(5, 10) },
    ],
    { label: 'atoms', bins: 10 },
  );
  const barsOf = (panel: string) =>
    [...panel.matchAll(/<rect x="([\d.]+)" y="[\d.]+" width="([\d.]+)" height="([\d.]+)"/g)].map(
      ([, x, width, height]) => [x, width, height].map(Number),
    );
  const [first, second] = svg.split('<g>').slice(1);

  it('draws bars in proportion to the counts, over one axis for all panels', () => {
    // The axis runs from 20 to 620 for 0 to 10; the largest value is in the last bin.
    expect(barsOf(first)).toEqual([
      [80, 60, 80],
      [560, 60, expect.closeTo(80 / 3, 1)],
    ]);
    expect(barsOf(second)).toEqual([
      [320, 60, 80],
      [560, 60, 80],
    ]);
  });

  it('marks the means and escapes what is said', () => {
    expect(first).toContain('<line x1="200" x2="200"'); // 3 of 10
    expect(second).toContain('second &#60;&#38;&#62;');
    expect(svg).toMatch(/^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg"[\s\S]*<\/svg>\n$/);
  });

  it('draws nothing but the axis for no values', () => {
    const empty = histogramSvg([{ title: 'none', values: new Float64Array(0) }], { label: 'atoms' });
    expect(empty).not.toMatch(/NaN|Infinity/);
  });
});

describe('the parts of a picture', () => {
  it('are elements with escaped attributes and rounded numbers', () => {
    expect(element('a', { b: '"<', c: 1 / 3 })).toBe('<a b="&#34;&#60;" c="0.33"/>');
    expect(text('x & y', { x: 1 })).toBe('<text x="1">x &#38; y</text>');
  });

  it.each([
    [10, [0, 2, 4, 6, 8, 10]],
    [936, [0, 200, 400, 600, 800]],
    [0.7, [0, 0.2, 0.4, 0.6]],
    [0, [0]],
  ])('ticks up to %s are round', (end, ticks) => {
    expect(ticksTo(end)).toEqual(ticks);
  });
});
