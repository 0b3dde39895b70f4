import { expect, it } from 'vitest';
import { columnsOf } from '../../../src/io/sqlite/columns.js';

it('finds the columns past comments, brackets, texts in quotes and constraints', () => {
  const sql = `CREATE TABLE "systems" ( -- (a, b
    id INTEGER /* , */ PRIMARY KEY AUTOINCREMENT,
    "x" REAL CHECK (x IN (1, 2)), [y] TEXT DEFAULT 'a,)b',
    z DECIMAL(10, 2), FOREIGN KEY (z) REFERENCES other(id)) WITHOUT ROWID`;
  expect(columnsOf(sql, 'a.db')).toEqual([
    { name: 'id', isId: true },
    { name: 'x', isId: false },
    { name: 'y', isId: false },
    { name: 'z', isId: false },
  ]);
});

it.each([
  ['commas', ','],
  ['comments that are not closed', '/*'],
  ['brackets', '('],
  ['quotes', '"'],
  ['words', 'INTEGER '],
])('is done soon with a million %s', (_, piece) => {
  const start = process.cpuUsage();
  try {
    columnsOf(`CREATE TABLE systems (${piece.repeat(1e6)})`, 'a.db');
  } catch (error) {
    expect(error).toMatchObject({ code: 'format', details: { file: 'a.db' } });
  }
  expect(process.cpuUsage(start).user).toBeLessThan(3e6);
});
