import { expect, it } from 'vitest';
import { formatTable } from '../../src/report/format-table.js';

it('aligns numbers to the right, words and the first column to the left, and leaves no blanks at the end', () => {
  const table = formatTable([
    ['quantity', 'value', 'unit', 'remark'],
    ['volume', '46.2', 'A^3', '7 samples'],
    ['drift', '-', 'meV/atom/ps', 'short'],
    ['9', '1234.5', 'eV', ''],
  ]);
  expect(table.split('\n')).toEqual([
    'quantity   value  unit         remark',
    'volume      46.2  A^3          7 samples',
    'drift          -  meV/atom/ps  short',
    '9         1234.5  eV',
  ]);
});
