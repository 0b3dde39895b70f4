import { expect, it } from 'vitest';
import { fitTable, widthOf } from '../../src/report/fit-table.js';

const rows = [
  ['file', 'frame', 'energy (eV)', 'fmax (eV/A)', 'pressure (GPa)', 'volume (A^3)', 'change'],
  ['copper.cif', '1', '-16.396000', '0.000012', '3.215', '47.0459', '+0.12 %'],
  ['water.xyz', '2', '-432.215571', '0.342422', '-', '-', '-'],
];

it('is one table where it fits', () => {
  expect(fitTable(rows, 2, 200).split('\n')).toHaveLength(3);
});

it('is several below each other, with the same names of rows and nothing lost, where it does not', () => {
  const text = fitTable(rows, 2, 50);
  expect(widthOf(text)).toBeLessThanOrEqual(50);
  const lines = text.split('\n');
  expect(lines.filter((line) => line.startsWith('water.xyz'))).toHaveLength(lines.length / 3);
  for (const cell of rows.flat()) expect(text).toContain(cell);
});
