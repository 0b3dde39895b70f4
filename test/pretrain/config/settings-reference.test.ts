import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { compareSchema } from '../../../pretrain/config/compare-config.js';
import { pretrainSchema } from '../../../pretrain/config/pretrain-config.js';

interface Setting {
  /** Absent where nothing is filled in. */
  readonly default?: unknown;
  readonly choices: readonly unknown[];
}

/** The settings of a JSON schema that have no settings in them, by dotted key. */
function settingsOf(schema: z.core.JSONSchema.JSONSchema, path = ''): [key: string, setting: Setting][] {
  const { properties = {}, items, oneOf = [], anyOf = oneOf, enum: choices = [] } = schema;
  const parts = [...anyOf, ...(items === undefined ? [] : [items])].filter((part) => typeof part === 'object');
  const inner = [
    ...Object.entries(properties).flatMap(([name, part]) =>
      typeof part === 'object' ? settingsOf(part, path === '' ? name : `${path}.${name}`) : [],
    ),
    ...parts.flatMap((part) =>
      Array.isArray(part) || part.properties === undefined
        ? []
        : settingsOf(part, items === undefined ? pathOfKind(part, path) : `${path}[]`),
    ),
  ];
  const isSection = Object.keys(properties).length > 0 || oneOf.length > 0; // of one kind or another
  const all = [...choices, ...anyOf.flatMap((part) => (typeof part === 'object' ? (part.enum ?? []) : []))];
  return isSection ? inner : [[path, { default: schema.default, choices: all }], ...inner];
}

/**
 * Where the settings of one kind of several are listed; those of the kind that is taken when none is named are the
 * plain ones.
 */
function pathOfKind({ properties = {} }: z.core.JSONSchema.JSONSchema, path: string): string {
  const { kind } = properties;
  if (typeof kind !== 'object' || kind.const === undefined || kind.default !== undefined) return path;
  return `${path} of the kind ${kind.const}`;
}

/** Rows of the tables by dotted key. */
function readTables(text: string): Map<string, { readonly default: string; readonly meaning: string }> {
  const rows = new Map<string, { readonly default: string; readonly meaning: string }>();
  for (const section of text.split(/^## /m).slice(1)) {
    const [, title = '', kind] = /^`([^`]+)`(?: of the kind `([^`]+)`)?/.exec(section) ?? [];
    const name = kind === undefined ? title : `${title} of the kind ${kind}`;
    for (const [, key, filledIn, meaning] of section.matchAll(/^\| `([^`]+)` \| (.*?) \| ?(.*?) ?\|$/gm)) {
      const path = key === name ? name : `${name}.${key}`;
      expect(rows.has(path), `${path} twice`).toBe(false);
      rows.set(path, { default: filledIn, meaning });
    }
  }
  return rows;
}

describe('the list of settings in the examples', () => {
  const text = readFileSync(new URL('../../../examples/settings.md', import.meta.url), 'utf8');
  const rows = readTables(text);
  const jsonOf = (schema: z.ZodType) => z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
  // Entries of all lists of files are described once.
  const settings = new Map(
    [...settingsOf(jsonOf(pretrainSchema)), ...settingsOf(jsonOf(compareSchema), 'comparison')].map(
      ([key, setting]) => [key.replace(/^data\.(subsets\[\]\.)?(train|validation|test)\[\]/, 'data.train[]'), setting],
    ),
  );

  it('has every key, and no other', () => {
    expect(settings.size).toBeGreaterThan(80);
    expect([...rows.keys()].sort()).toEqual([...settings.keys()].sort());
  });

  it.each([...settings])('says the default and the choices of %s', (key, setting) => {
    const row = rows.get(key);
    const [, code] = /^`(.*)`$/.exec(row?.default ?? '') ?? [];
    if (setting.default !== undefined) expect(parse(code ?? '')).toEqual(setting.default);
    else if (code !== undefined) expect(settings.has(key.replace(/[^.]+$/, code)), `${code} is a sibling`).toBe(true);
    for (const choice of setting.choices) expect(row?.meaning).toContain(`\`${choice}\``);
  });
});
