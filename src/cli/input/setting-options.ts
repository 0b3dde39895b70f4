import { type Command, InvalidArgumentError, Option } from 'commander';
import type { z } from 'zod';
import { LammError } from '../../errors.js';
import { checkSetting } from '../../settings/check-settings.js';
import { expectedOf, formOf, helpOf, meantBy } from '../../settings/describe.js';
import { parsePlainNumber, parseQuantity } from '../../settings/quantity.js';
import { flagOf, type SettingMeta, type SettingsSchema, settingsOf } from '../../settings/setting.js';
import { spellSettings } from '../../settings/spell.js';

interface Setting {
  readonly key: string;
  readonly schema: z.ZodType;
  readonly meta: SettingMeta;
}

/** An option of a command that stands for a setting, and for the end of its ramp if it can have one. */
export class SettingOption extends Option {
  readonly setting: Setting;
  readonly end?: Setting;

  constructor(setting: Setting, { end, flags, help }: { end?: Setting; flags: string; help: string }) {
    super(flags, help);
    this.setting = setting;
    this.end = end;
    const { choices, parse } = readerOf(setting);
    if (choices) this.choices(choices).argParser((text: string) => chosen(setting.schema, text));
    else if (parse) this.argParser(parse);
  }

  /**
   * The settings that a value of this option gives: a quantity is still a text.
   *
   * @throws {LammError} `usage` when it does not fit.
   */
  async read(value: unknown): Promise<Record<string, unknown>> {
    const { setting, end } = this;
    const { quantity } = setting.meta;
    if (quantity === undefined || typeof value !== 'string')
      return { [setting.key]: checkSetting(setting.key, setting.schema, value) };
    const parts = end === undefined ? [value] : value.split(':');
    if (parts.length > 2)
      throw new LammError('usage', `\`${setting.key}\`: expected one value, or two as FROM:TO, found "${value}"`);
    const read = [setting, end].flatMap((one, part) =>
      one && part < parts.length ? [{ ...one, text: parts[part] }] : [],
    );
    const entries = read.map(async ({ key, schema, text }) => {
      const number = await parseQuantity(text, quantity, `\`${setting.key}\``);
      return [key, checkSetting(key, schema, number)];
    });
    return Object.fromEntries(await Promise.all(entries));
  }
}

/** Adds an option for each setting of a schema; a choice that is on, or left open, by default has `--no-x` too. */
export function addSettings(command: Command, schema: SettingsSchema): Command {
  const settings = settingsOf(schema);
  const nameOf = (key: string) => `--${flagOf(key, settings.find((setting) => setting.key === key)?.meta)}`;
  for (const setting of settings) {
    if (setting.meta.endOf !== undefined) continue; // written behind that one
    const end = settings.find(({ meta }) => meta.endOf === setting.key);
    const { no } = setting.meta;
    const spell = (help: string) => spellSettings(help, nameOf);
    if (no === undefined || formOf(setting.schema).default !== true)
      command.addOption(
        new SettingOption(setting, { end, flags: flagsOf(setting), help: spell(helpOf(setting.schema)) }),
      );
    if (no !== undefined)
      command.addOption(
        new SettingOption(setting, { flags: `--no-${flagOf(setting.key, setting.meta)}`, help: spell(no) }),
      );
  }
  return command;
}

/**
 * The settings of a schema that the user gave, in the units of their keys; defaults are not among them.
 *
 * @param options what commander read.
 * @throws {LammError} `usage` for a value that does not fit.
 */
export async function givenSettings<Schema extends SettingsSchema>(
  command: Command,
  schema: Schema,
): Promise<Partial<z.input<Schema>>> {
  const given: Record<string, unknown> = {};
  for (const option of command.options) {
    if (!(option instanceof SettingOption) || !Object.hasOwn(schema.shape, option.setting.key)) continue;
    const name = option.attributeName();
    const value: unknown = command.getOptionValueSource(name) === 'default' ? undefined : command.getOptionValue(name);
    if (value !== undefined) Object.assign(given, await option.read(value));
  }
  return given as Partial<z.input<Schema>>; // each value was checked by the schema of its key
}

/**
 * What the options of the commands that were declared are called on the command line, by the keys of their settings;
 * `--no-x` by `x: false`.
 */
export function optionNames(program: Command): Map<string, string> {
  const commands = [program, ...program.commands, ...program.commands.flatMap((group) => group.commands)];
  const names = new Map<string, string>();
  for (const option of commands.flatMap(({ options }) => options)) {
    const long = option.long ?? option.flags;
    if (option.negate) names.set(`${option.attributeName()}: false`, long);
    else if (!(option instanceof SettingOption)) names.set(option.attributeName(), long);
    else {
      names.set(option.setting.key, long);
      if (option.end) names.set(option.end.key, `a ramp of ${long}`);
    }
  }
  return names;
}

function flagsOf({ key, schema, meta }: Setting): string {
  const long = `--${flagOf(key, meta)}`;
  const flags = meta.letter === undefined ? long : `-${meta.letter}, ${long}`;
  const { type } = formOf(schema);
  return type === 'boolean'
    ? flags
    : `${flags} <${meta.form ?? meta.quantity ?? (type === 'integer' ? 'count' : 'value')}>`;
}

interface Reader {
  readonly choices?: readonly string[];
  readonly parse?: (text: string, previous?: unknown) => unknown;
}

function readerOf({ schema, meta }: Setting): Reader {
  const { type, enum: choices } = formOf(schema);
  if (choices !== undefined) return { choices };
  if (meta.parse !== undefined) return { parse: meta.parse };
  if (meta.quantity === undefined && (type === 'integer' || type === 'number'))
    return { parse: (text) => parseNumber(text, schema) };
  return {};
}

function chosen(schema: z.ZodType, text: string): string {
  if (schema.safeParse(text).success) return text;
  const remedy = meantBy(schema, text);
  const choices = formOf(schema).enum ?? [];
  throw new InvalidArgumentError(
    `Allowed choices are ${choices.join(', ')}${remedy === undefined ? '.' : `; ${remedy}`}`,
  );
}

function parseNumber(text: string, schema: z.ZodType): number {
  const value = parsePlainNumber(text);
  if (value !== undefined && schema.safeParse(value).success) return value;
  throw new InvalidArgumentError(`expected ${expectedOf(schema)}`);
}
