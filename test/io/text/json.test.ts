import fc from 'fast-check';
import { expect, it } from 'vitest';
import { membersOfJson, parseJson, sizeOfJson } from '../../../src/io/text/json.js';

/** A key twice, or one that JSON.parse takes for no member of a dictionary, is not made here. */
const objects = fc.dictionary(
  fc.string({ unit: 'grapheme' }).filter((key) => key !== '__proto__'),
  fc.jsonValue({ maxDepth: 4 }),
);

it('reads what JSON.parse reads', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const text = JSON.stringify(value);
      expect(parseJson(text)).toEqual(JSON.parse(text));
    }),
  );
});

it('finds the members of an object in any layout', () => {
  fc.assert(
    fc.property(objects, fc.constantFrom(undefined, ' ', '\t'), (object, indent) => {
      const text = ` ${JSON.stringify(object, null, indent)}\n`;
      const members = [...membersOfJson(text)].map(({ key, start, end }) => [key, JSON.parse(text.slice(start, end))]);
      expect(Object.fromEntries(members)).toEqual(JSON.parse(text));
      expect(members).toHaveLength(Object.keys(object).length);
    }),
  );
});

it('refuses a text cut off anywhere, and one with anything behind its end', () => {
  const text = '{"a": [1, {"b": "}\\""}], "c": {"d": 2}}';
  for (let end = 0; end < text.length; end++)
    expect(() => [...membersOfJson(text.slice(0, end))], text.slice(0, end)).toThrow(SyntaxError);
  expect(() => [...membersOfJson(`${text} x`)]).toThrow(/position 40/);
  expect(() => [...membersOfJson('[1]')]).toThrow(SyntaxError);
});

it('gives a key that stands twice twice', () => {
  expect([...membersOfJson('{"a":1,"a":2}')].map(({ key }) => key)).toEqual(['a', 'a']);
});

it('refuses endless nesting before it reads, and asks for the memory that many lists take', () => {
  expect(() => parseJson('['.repeat(1e6))).toThrow(/nested at most 100 deep/);
  expect(parseJson(`${'['.repeat(100)}${']'.repeat(100)}`)).toHaveLength(1);
  const many = `[${'[],'.repeat(1e5)}[]]`;
  expect(sizeOfJson(many)).toBeGreaterThan(6e6);
  const refuse = (bytes: number) => {
    throw new RangeError(String(bytes));
  };
  expect(() => parseJson(many, refuse)).toThrow(RangeError);
  expect(sizeOfJson('"[[[[\\"[[["')).toBeLessThan(100);
});
