import { z } from 'zod';
import type { QuantityKind } from './quantity.js';

/**
 * What a setting says of itself beside its type, its range and its default, which its schema says.
 *
 * Texts name settings by their keys in backquotes, such as `timestepFs`; whoever shows a text spells them as its
 * readers write them.
 */
export interface SettingMeta {
  /** What it is, for help. */
  readonly help: string;
  /** Its name for people who write it in words and files; the key in kebab-case when absent. */
  readonly flag?: string;
  /** Help of what turns it off, for a choice that is on, or left to something else, by default. */
  readonly no?: string;
  /** One letter for impatient people. */
  readonly letter?: string;
  /** How a value looks, for help, such as `a,b,c`. */
  readonly form?: string;
  /** Dimension of a number: people may write it with a unit, the key says which one the program has. */
  readonly quantity?: QuantityKind;
  /** Key of the setting whose ramp ends at this one: people write both as `FROM:TO`. */
  readonly endOf?: string;
  /** What holds when it is left out, in words, where something else decides that. */
  readonly otherwise?: string;
  /** What is expected, in words, where the schema does not say it. */
  readonly expected?: string;
  /** Of a choice of names: those that may be meant by other, wider names. */
  readonly meant?: Readonly<Record<string, readonly string[]>>;
  /** Values of other settings with which it has an effect; with all when absent. */
  readonly usedBy?: Readonly<Record<string, readonly string[]>>;
  /**
   * Reads it from a text, where that is more than a number or a name; what was read before is there when it is given
   * again.
   */
  readonly parse?: (text: string, previous?: unknown) => unknown;
}

/** The settings of something, by their keys. */
export type SettingsSchema = z.ZodObject<Readonly<Record<string, z.ZodType>>>;

const metas = z.registry<SettingMeta>();

/** A key of a settings schema: what it may be, and what it says of itself. */
export function setting<Schema extends z.ZodType>(schema: Schema, meta: SettingMeta): Schema {
  const own = schema.clone(); // whose metadata nobody shares
  metas.add(own, meta);
  return own;
}

/** @throws {Error} for a schema that is no setting: a mistake in the program. */
export function metaOf(schema: z.ZodType): SettingMeta {
  const meta = metas.get(schema);
  if (meta === undefined) throw new Error('expected a schema made by setting()');
  return meta;
}

/** The settings of a schema with what they say of themselves, in the order of help. */
export function settingsOf(schema: SettingsSchema): { key: string; schema: z.ZodType; meta: SettingMeta }[] {
  return Object.entries(schema.shape).map(([key, own]) => ({ key, schema: own, meta: metaOf(own) }));
}

/** Reads a setting that is a list of texts, each of which people give by itself: a text behind those before it. */
export function listedText(text: string, previous?: unknown): readonly unknown[] {
  return [...(Array.isArray(previous) ? previous : []), text];
}

/** The name of a setting for people, such as `thermostat-time` for `thermostatTimeFs`. */
export function flagOf(key: string, { flag }: Partial<SettingMeta> = {}): string {
  return flag ?? kebabCase(key);
}

export function kebabCase(key: string): string {
  return key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

export function camelCase(name: string): string {
  return name.replace(/-([a-z0-9])/gi, (_, letter: string) => letter.toUpperCase());
}

/** The schema of settings that have all been told: what has been resolved, or was recorded. */
export function withoutDefaults<Shape extends Readonly<Record<string, z.ZodType>>>(schema: z.ZodObject<Shape>) {
  const shape = Object.entries(schema.shape).map(([key, own]) => [
    key,
    own instanceof z.ZodDefault ? own.unwrap() : own,
  ]);
  return z.strictObject(Object.fromEntries(shape) as WithoutDefaults<Shape>); // key by key
}

type WithoutDefaults<Shape> = {
  [Key in keyof Shape]: Shape[Key] extends z.ZodDefault<infer Inner extends z.ZodType> ? Inner : Shape[Key];
};
