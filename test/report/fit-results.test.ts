import { expect, it } from 'vitest';
import { fitLowTable, fitResults } from '../../src/report/fit-results.js';
import { widthOf } from '../../src/report/fit-table.js';

const head = ['file', 'converged', 'energy (eV)', 'pressure (GPa)', 'stress left (GPa)', 'a (A)', 'alpha'];
const result = (file: string) => [file, 'yes', '-66.708332', '-0.022', '0.031', '5.720 -> 5.689', '90.00'];
const table = (...files: readonly string[]) => [head, ...files.map(result)];

it('is a table with a row for each result where all columns fit', () => {
  const text = fitResults(table('copper.cif', 'quartz.cif'), { keyCount: 1, width: 120 });
  expect(text.split('\n')).toEqual([
    'file        converged  energy (eV)  pressure (GPa)  stress left (GPa)           a (A)  alpha',
    'copper.cif  yes         -66.708332          -0.022              0.031  5.720 -> 5.689  90.00',
    'quartz.cif  yes         -66.708332          -0.022              0.031  5.720 -> 5.689  90.00',
  ]);
});

it('is one list with a column for each result where they do not', () => {
  const text = fitResults(table('copper.cif', 'quartz.cif'), { keyCount: 1, width: 60 });
  expect(text.split('\n')).toEqual([
    'file                   copper.cif      quartz.cif',
    'converged                     yes             yes',
    'energy (eV)            -66.708332      -66.708332',
    'pressure (GPa)             -0.022          -0.022',
    'stress left (GPa)           0.031           0.031',
    'a (A)              5.720 -> 5.689  5.720 -> 5.689',
    'alpha                       90.00           90.00',
  ]);
});

it('shortens long names in a list', () => {
  const text = fitResults(table(`${'a'.repeat(80)}1`, `${'a'.repeat(80)}2`), { keyCount: 1, width: 80 });
  expect(text.split('\n')).toHaveLength(head.length);
  expect(text).toMatch(/^file +a{8}\.\.\.a{8}1 +a{8}\.\.\.a{8}2$/m);
});

it('is tables apart, with heads in two lines, where there are too many results for a list', () => {
  const rows = table(...['a', 'b', 'c', 'd'].map((name) => `${name}.cif`));
  const apart = [rows.map((row) => row.slice(0, 5)), rows.map((row) => [row[0], ...row.slice(5)])];
  const text = fitResults(rows, { keyCount: 1, apart, width: 60 });
  expect(widthOf(text)).toBeLessThanOrEqual(60);
  const lines = text.split('\n');
  expect(lines.slice(0, 3)).toEqual([
    'file   converged      energy  pressure      stress',
    '                        (eV)     (GPa)  left (GPa)',
    'a.cif  yes        -66.708332    -0.022       0.031',
  ]);
  expect(lines.slice(6, 8)).toEqual(['file            a (A)  alpha', 'a.cif  5.720 -> 5.689  90.00']);
  for (const cell of rows.slice(1).flat()) expect(text).toContain(cell);
});

it('spells out line breaks in names rather than breaking the head of a list', () => {
  const text = fitResults(table('a\nb.cif'), { keyCount: 1, width: 60 });
  expect(text.split('\n')).toHaveLength(head.length);
  expect(text).toMatch(/^file +a\\nb\.cif$/m);
});

it('has a head in two lines only where that makes fewer tables', () => {
  const errors = [
    ['errors', 'E MAE meV/atom', 'F MAE meV/A', 'S MAE GPa'],
    ['bulk', '28.50', '91.30', '0.612'],
  ];
  expect(fitLowTable(errors, 1, 50)).toBe(
    ['errors  E MAE meV/atom  F MAE meV/A  S MAE GPa', 'bulk             28.50        91.30      0.612'].join('\n'),
  );
  expect(fitLowTable(errors, 1, 40).split('\n')).toEqual([
    'errors     E MAE  F MAE  S MAE',
    '        meV/atom  meV/A    GPa',
    'bulk       28.50  91.30  0.612',
  ]);
  expect(fitLowTable(errors, 1, 24).split('\n')).toHaveLength(6);
});
