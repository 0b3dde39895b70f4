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

const long = (middle: string) => `a-long-name-of-a-structure-from-somewhere-${middle}-primitive.cif`;
const withNames = (...names: readonly string[]) => [
  rows[0],
  ...names.map((name, index) => [name, ...rows[1 + (index % 2)].slice(1)]),
];

it('shortens long names as far as that makes fewer tables, and keeps them apart', () => {
  const full = withNames(long('691'), long('692'));
  expect(fitTable(full, 2, 200)).toContain(long('691'));
  const text = fitTable(full, 2, 80);
  expect(widthOf(text)).toBeLessThanOrEqual(80);
  expect(text.split('\n')).toHaveLength(6);
  const names = text.split('\n').map((line) => line.split(' ')[0]);
  expect(names[1]).toMatch(/^a-long-name.*\.\.\..*91-primitive\.cif$/);
  expect(names).toEqual(['file', names[1], names[1].replace('91-', '92-'), 'file', ...names.slice(1, 3)]);
});

it('leaves out the middle of names where their ends tell them apart', () => {
  const text = fitTable(withNames(`${'a'.repeat(60)}1`, `b${'c'.repeat(60)}`), 2, 80);
  const [, first, second] = text.split('\n').map((line) => line.split(' ')[0]);
  expect([first, second]).toEqual([expect.stringMatching(/^a+\.\.\.a+1$/), expect.stringMatching(/^bc+\.\.\.c+$/)]);
});

it('leaves out the beginning where names differ neither there nor at their ends', () => {
  const names = ['1', '2'].map((number) => `${'a'.repeat(60)}${number}${'b'.repeat(18)}`);
  const text = fitTable(withNames(...names), 2, 80);
  for (const name of names) expect(text).toMatch(new RegExp(`^\\.\\.\\.a+${name.slice(60)} `, 'm'));
  expect(text).not.toContain(names[0]);
});

it('keeps names whole that no shorter ones could tell apart', () => {
  const names = ['1', '2'].map((number) => `${'a'.repeat(50)}${number}${'b'.repeat(50)}`);
  const text = fitTable(withNames(...names), 2, 80);
  for (const name of names) expect(text).toContain(name);
});

it('shortens the longest of several columns that name rows', () => {
  const numbered = withNames(long('1'), long('2')).map((row, index) => [index === 0 ? 'rank' : String(index), ...row]);
  const text = fitTable(numbered, 2, 80);
  expect(text).toMatch(/^1 {5}a-long-name.*\.\.\..*-1-primitive\.cif /m);
});
