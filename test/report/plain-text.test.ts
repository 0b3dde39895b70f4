import { expect, it } from 'vitest';
import { plainJson, plainText, plainWord } from '../../src/report/plain-text.js';

it('spells out what could steer a terminal, and leaves all other text alone', () => {
  expect(plainText('\u001b]0;title\u0007 \u009b31m\u007f\r')).toBe('\\x1b]0;title\\x07 \\x9b31m\\x7f\\x0d');
  expect(plainText('a\u202eb\u2028c')).toBe('a\\u202eb\\u2028c');
  const fine = 'Å, µ, 水, é: a\tb\nc';
  expect(plainText(fine)).toBe(fine);
});

it('keeps a word of a file in its line', () => {
  expect(plainWord('a\nerror: b\tc\r\nd')).toBe('a\\nerror: b\\tc\\nd');
});

it('leaves JSON that means the same', () => {
  const value = { 'a\u009b\u007f': ['\u001b', '\u202e', 'é'] };
  const text = plainJson(JSON.stringify(value));
  expect(JSON.parse(text)).toEqual(value);
  expect(text).toBe('{"a\\u009b\\u007f":["\\u001b","\\u202e","é"]}');
});
