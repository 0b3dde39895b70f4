import { expect, it } from 'vitest';
import { parseJsonDatabase } from '../../../src/io/ase/json-database.js';

const file = 'rows.json';
const row = (extra = '') => `{"numbers": [1], "positions": [[0, 0, 0]]${extra}}`;

it('reads many rows in a time that grows as they do', () => {
  const database = (count: number) => {
    const rows = Array.from({ length: count }, (_, index) => `"${index + 1}": ${row(`, "energy": ${index}`)},\n`);
    return `{${rows.join('')}"ids": [${rows.map((_, index) => index + 1)}]}`;
  };
  const secondsOf = (count: number) => {
    const text = database(count);
    const start = process.cpuUsage();
    expect(parseJsonDatabase(text, { file }).at(-1)?.labels.energy).toBe(count - 1);
    return process.cpuUsage(start).user / 1e6;
  };
  secondsOf(2000);
  const few = secondsOf(2000);
  expect(secondsOf(32_000)).toBeLessThan(16 * 6 * few); // a square would be 16 times that
});

it.each([
  ['a shape without numbers', ', "key_value_pairs": {"a": {"__ndarray__": [[300000000, 0], "float64", []]}}'],
  ['a size that no list has', ', "key_value_pairs": {"a": {"__ndarray__": [[4294967296, 0], "float64", []]}}'],
])('takes %s for an empty list', (_, extra) => {
  const [structure] = parseJsonDatabase(`{"1": ${row(extra)}, "ids": [1]}`, { file });
  expect(structure.info.a).toEqual([]);
});

it.each([
  ['values nested without end', row(`, "data": ${'{"a":'.repeat(1e5)}1${'}'.repeat(1e5)}`), /rows.json:1: .*nested/],
  ['arrays in arrays', `{"numbers": ${'{"array":'.repeat(2e4)}1${'}'.repeat(2e4)}, "positions": []}`, /nested/],
  ['more axes than NumPy has', row(`, "stress": {"__ndarray__": [[${'1,'.repeat(99)}1], "float64", [0]]}`), /expected/],
])('refuses %s with its line', (_, text, message) => {
  expect(() => parseJsonDatabase(`{"1": ${text}, "ids": [1]}`, { file })).toThrow(message);
});

it('refuses an id that stands twice, which would read a row again and again', () => {
  expect(() => parseJsonDatabase(`{"1": ${row()}, "ids": [1, 1]}`, { file })).toThrow(/expected each id once/);
});
