import { describe, expect, it } from 'vitest';
import { formatReport } from '../../src/report/page.js';
import { createStructure } from '../../src/structure/structure.js';

const system = createStructure({
  symbols: ['Cu', 'O'],
  positions: [-1, 0, 0, 9, 1, 1],
  cell: [4, 0, 0, 0, 4, 0, 0, 0, 4],
});
const frames = [{ system, label: '</script><b>' }];
const report = { title: '<x>', remarks: ['a & b'], table: [['q'], ['1 < 2']], plots: ['<svg/>'] };

describe('a report', () => {
  it('is one page that loads nothing and escapes what others wrote', () => {
    const page = formatReport(report);
    expect(page).toContain('<title>&#60;x&#62;</title>');
    expect(page).toContain('<td>1 &#60; 2</td>');
    expect(page).toContain("default-src 'none'");
    expect(page).not.toMatch(/\s(src|href)=|https?:/);
  });

  it('says which package the view in space needs where that is not there', () => {
    expect(formatReport({ ...report, view: { frames } })).toContain('npm install 3dmol');
  });

  it('holds the atoms within their cell, and a library that mentions scripts', () => {
    const library = 'const a = "</script>"; const b = "<!--";';
    const page = formatReport({ ...report, view: { frames, library } });
    expect(page).toContain('const a = "\\u003c/script>"; const b = "\\u003c!--";');
    const [, json] = /id="trajectory">(.*?)<\/script>/s.exec(page) ?? ['', '{}'];
    expect(JSON.parse(json)).toMatchObject({
      xyz: '2\n\nCu 3 0 0\nO 1 1 1\n',
      cells: [[4, 0, 0, 0, 4, 0, 0, 0, 4]],
      labels: ['</script><b>'],
    });
  });

  it('has parts with headings of their own, and pictures of which the reader chooses', () => {
    const views = [
      { name: 'by <step>', plots: ['<svg id="one"/>'] },
      { name: 'by hour', plots: ['<svg id="two"/>'] },
    ];
    const page = formatReport({ ...report, sections: [{ heading: 'A & B', remarks: ['<r>'], table: [['t']], views }] });
    expect(page).toContain('<h2>A &#38; B</h2>');
    expect(page).toContain('&#60;r&#62;');
    expect(page.match(/<input type="radio"[^>]*>/g)).toHaveLength(2);
    expect(page.match(/ checked>/g)).toHaveLength(1);
    expect(page).toContain('by &#60;step&#62;');
    expect(page).toMatch(/<svg id="one"\/>.*<svg id="two"\/>/s);
  });
});
