import { expect, it, vi } from 'vitest';
import { z } from 'zod';
import { checkYaml } from '../../src/settings/check-yaml.js';
import { parseYaml } from '../../src/settings/yaml-text.js';

const file = 'a.yaml';
const read = (text: string) => checkYaml(z.looseObject({}), parseYaml(text, { file }), 'the settings');

it('follows anchors and aliases that settings use', () => {
  expect(read('a: &x {b: 1}\nc: *x\nd: [*x, *x]')).toEqual({ a: { b: 1 }, c: { b: 1 }, d: [{ b: 1 }, { b: 1 }] });
});

const bomb = ['a: &a0 [1, 1, 1, 1, 1, 1, 1, 1, 1]'];
for (let level = 1; level < 10; level++)
  bomb.push(`b${level}: &a${level} [${Array.from({ length: 9 }, () => `*a${level - 1}`)}]`);

it.each([
  ['an alias that names nothing', 'a: *b'],
  ['aliases of aliases without end', bomb.join('\n')],
  ['a tag that nobody knows', "a: !!js/function 'x'"],
  ['a list in itself', 'a: &a [1, *a]'],
  ['a section in itself', 'a: &a\n  b: *a'],
  ['brackets without end', '['.repeat(1e5)],
  ['brackets and braces without end', '[{a: '.repeat(1e4)],
  ['dashes without end', '- '.repeat(5e4)],
  ['questions without end', '? '.repeat(5e4)],
  ['anchors without end', '&a '.repeat(4e4)],
  ['a text without end', 'a: 1 # '.padEnd(1e6, 'x')],
])('refuses %s with the file, soon', (_, text) => {
  const start = process.cpuUsage();
  expect(() => read(text)).toThrow(
    expect.objectContaining({ code: 'usage', details: expect.objectContaining({ file }) }),
  );
  expect(process.cpuUsage(start).user).toBeLessThan(3e6);
});

it('says nothing on the terminal of keys that are no words', () => {
  const warning = vi.spyOn(process, 'emitWarning');
  expect(read('? {a: b}\n: c')).toEqual({ '{ a: b }': 'c' });
  expect(warning).not.toHaveBeenCalled();
  warning.mockRestore();
});
