import type { z } from 'zod';
import { invalid, LammError } from '../errors.js';
import { expectedOf, meantBy } from './describe.js';
import { nearestName } from './nearest-name.js';
import { type SettingsSchema, settingsOf } from './setting.js';

/**
 * Settings with their defaults, checked one by one.
 *
 * @throws {LammError} `usage` for an unknown key (with the nearest known one) or a value that does not fit.
 */
export function checkSettings<Schema extends SettingsSchema>(schema: Schema, values: object): z.output<Schema> {
  const result = schema.safeParse(values);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  if (issue.code === 'unrecognized_keys') throw unknownSetting(issue.keys[0], Object.keys(schema.shape));
  const key = String(issue.path[0]);
  const value: unknown = Object.entries(values).find(([name]) => name === key)?.[1];
  throw misfit(key, schema.shape[key], value);
}

function misfit(key: string, schema: z.ZodType, value: unknown): LammError {
  return invalid(key, { expected: expectedOf(schema), actual: value, remedy: meantBy(schema, value) });
}

/**
 * One value of a setting, checked.
 *
 * @throws {LammError} `usage` when it does not fit.
 */
export function checkSetting(key: string, schema: z.ZodType, value: unknown): unknown {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw misfit(key, schema, value);
}

/**
 * Checks those settings that were given, each by itself.
 *
 * @throws {LammError} `usage` for an unknown key (with the nearest known one) or a value that does not fit.
 */
export function checkGiven(schema: SettingsSchema, given: object): void {
  for (const [key, value] of Object.entries(given)) {
    if (!Object.hasOwn(schema.shape, key)) throw unknownSetting(key, Object.keys(schema.shape));
    if (value !== undefined) checkSetting(key, schema.shape[key], value);
  }
}

function unknownSetting(key: string, known: readonly string[]): LammError {
  const near = nearestName(key, known);
  const remedy = near === undefined ? `known are ${known.join(', ')}` : `did you mean \`${near}\`?`;
  return new LammError('usage', `unknown setting "${key}"; ${remedy}`, { quantity: key });
}

/**
 * Refuses settings that were given though nothing would look at them.
 *
 * @param given what was asked for, without defaults.
 * @param decided what holds, such as the ensemble.
 * @throws {LammError} `usage` with the choices that would look at them.
 */
export function assertEffective(schema: SettingsSchema, given: object, decided: object): void {
  const asked = new Set(Object.entries(given).flatMap(([key, value]) => (value === undefined ? [] : [key])));
  const choices = new Map(Object.entries(decided));
  for (const { key, meta } of settingsOf(schema)) {
    for (const [other, users] of asked.has(key) ? Object.entries(meta.usedBy ?? {}) : []) {
      const choice = String(choices.get(other));
      if (users.includes(choice)) continue;
      const found = choices.get(other) === undefined ? `without \`${other}\`` : `with \`${other}: ${choice}\``;
      const message = `\`${key}\` has no effect ${found}; leave it out, or choose ${users.join(', ')}`;
      throw new LammError('usage', message, { quantity: key, expected: users.join(', '), actual: choice });
    }
  }
}
