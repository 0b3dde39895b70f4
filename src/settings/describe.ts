import { z } from 'zod';
import { nearestName } from './nearest-name.js';
import { formatQuantity, unitOf } from './quantity.js';
import { metaOf, type SettingMeta } from './setting.js';

/** What the schema of a setting says, in terms of JSON Schema. */
export interface SettingForm {
  readonly type?: string;
  /** Names to choose from. */
  readonly enum?: readonly string[];
  readonly minimum?: number;
  readonly exclusiveMinimum?: number;
  readonly maximum?: number;
  readonly exclusiveMaximum?: number;
  readonly default?: unknown;
  /** Whether it has to be given. */
  readonly required: boolean;
}

export function formOf(schema: z.ZodType): SettingForm {
  const form = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as Omit<SettingForm, 'required'>; // our own schemas
  return { ...form, required: !schema.safeParse(undefined).success };
}

/** Shorter words are like too many others. */
const minLetters = 5;

/** What may be meant by a name that is none of the choices of a setting; undefined when nobody knows. */
export function meantBy(schema: z.ZodType, value: unknown): string | undefined {
  const choices = formOf(schema).enum;
  if (choices === undefined || typeof value !== 'string') return undefined;
  const { meant = {} } = metaOf(schema);
  const name = value.toLowerCase();
  if (Object.hasOwn(meant, name)) return `${value} may be ${listOr(meant[name])}`;
  const near = value.length < minLetters ? undefined : nearestName(value, choices);
  return near === undefined ? undefined : `did you mean ${near}?`;
}

function listOr(names: readonly string[]): string {
  return names.length < 2 ? names.join() : `${names.slice(0, -1).join(', ')} or ${names[names.length - 1]}`;
}

/** What a setting expects, in words: "a time above 0 fs". */
export function expectedOf(schema: z.ZodType): string {
  const { expected, quantity } = metaOf(schema);
  if (expected !== undefined) return expected;
  const form = formOf(schema);
  if (form.enum !== undefined) return `one of ${form.enum.join(', ')}`;
  if (form.type === 'boolean') return 'true or false';
  if (form.type === 'integer') return `a whole number${boundsOf(form, '')}`;
  if (form.type !== 'number') return 'a text';
  if (quantity === undefined) return `a number${boundsOf(form, '')}`;
  const unit = unitOf(quantity);
  return `a ${quantity}${boundsOf(form, unit) || (unit && ` in ${unit}`)}`;
}

function boundsOf(form: SettingForm, unit: string): string {
  const isWhole = form.type === 'integer';
  const exclusiveMinimum = isWhole ? undefined : form.exclusiveMinimum;
  const { exclusiveMaximum } = form;
  const minimum = numberWithin(
    isWhole && form.exclusiveMinimum !== undefined ? form.exclusiveMinimum + 1 : form.minimum,
  );
  const maximum = numberWithin(form.maximum);
  const written = (value: number) => `${value}${unit === '' ? '' : ` ${unit}`}`;
  const bounds = [
    ...(exclusiveMinimum === undefined ? [] : [`above ${written(exclusiveMinimum)}`]),
    ...(minimum === undefined ? [] : [`of at least ${written(minimum)}`]),
    ...(exclusiveMaximum === undefined ? [] : [`below ${written(exclusiveMaximum)}`]),
    ...(maximum === undefined ? [] : [`of at most ${written(maximum)}`]),
  ];
  return bounds.length === 0 ? '' : ` ${bounds.join(' and ')}`;
}

// Whole numbers are kept within those that are exact, which is no range that anybody chose.
function numberWithin(bound: number | undefined): number | undefined {
  return bound === undefined || Math.abs(bound) === Number.MAX_SAFE_INTEGER ? undefined : bound;
}

/** What a setting is for, and what holds when it is left out. */
export function helpOf(schema: z.ZodType): string {
  const meta = metaOf(schema);
  const { default: value, required } = formOf(schema);
  if (required) return `${meta.help}; it has no default`;
  const text = meta.otherwise ?? formatDefault(value, meta);
  return text === undefined ? meta.help : `${meta.help} (default: ${text})`;
}

/** The default of a setting as people would write it; undefined when that is nothing. */
function formatDefault(value: unknown, { quantity }: SettingMeta): string | undefined {
  if (typeof value === 'number' && quantity !== undefined) return formatQuantity(value, quantity);
  return typeof value === 'number' || typeof value === 'string' ? String(value) : undefined;
}
