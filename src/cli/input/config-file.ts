import { type Command, InvalidArgumentError, Option } from 'commander';
import { LammError } from '../../errors.js';
import { readTextSync } from '../../io/bytes/read-file.js';
import { nearestName } from '../../settings/nearest-name.js';
import { camelCase, kebabCase, listedText } from '../../settings/setting.js';
import { parseYaml } from '../../settings/yaml-text.js';
import { SettingOption } from './setting-options.js';

/** `--config FILE.yaml` of every command whose settings are its options; it is applied before the action runs. */
export const configOption = new Option(
  '--config <file>',
  'YAML file with the same keys as the options; the command line wins',
);

/**
 * Sets the options of a command that were not given on the command line from its `--config` file, if it has one.
 * Keys are the long names of options, in kebab-case or camelCase.
 *
 * @throws {LammError} `usage` with file and line for an unknown key (with the nearest name) or a value that does not
 *   fit.
 */
export async function applyConfigFile(command: Command): Promise<void> {
  const file: unknown = command.options.includes(configOption) ? command.getOptionValue('config') : undefined;
  if (typeof file !== 'string') return;
  const options = new Map(
    command.options
      .filter((option) => option !== configOption && option.long !== '--help')
      .map((option) => [option.attributeName(), option]),
  );
  for (const { key, value, line } of await readEntries(file)) {
    const name = camelCase(key);
    const option = options.get(name);
    if (option === undefined) throw unknownKey({ key, file, line, known: [...options.values()] });
    if (!isOpen(command, name)) continue;
    const parsed = parseValue(option, value, { file, line });
    if (option instanceof SettingOption) await option.read(parsed).catch((error) => rethrowAt(error, { file, line }));
    command.setOptionValueWithSource(name, parsed, 'config');
  }
}

interface Entry {
  readonly key: string;
  readonly value: unknown;
  readonly line: number;
}

interface Place {
  readonly file: string;
  readonly line: number;
}

async function readEntries(file: string): Promise<Entry[]> {
  const text = readText(file);
  const { toValue, lineOf } = parseYaml(text, { file });
  const settings = toValue() ?? {};
  if (typeof settings !== 'object' || settings === null || Array.isArray(settings))
    throw new LammError('usage', 'expected "key: value" lines', { file, line: 1 });
  return Object.entries(settings).map(([key, value]) => ({ key, value, line: lineOf([], key) ?? 1 }));
}

function readText(file: string): string {
  try {
    return readTextSync(file);
  } catch (cause) {
    throw new LammError('file-not-found', '--config: there is no such file, or it cannot be read; check the path', {
      file,
      cause,
    });
  }
}

/** What a library says of a value, with the place where it stands. */
function rethrowAt(error: unknown, place: Place): never {
  throw error instanceof LammError ? new LammError(error.code, error.message, { ...error.details, ...place }) : error;
}

function isOpen(command: Command, name: string): boolean {
  const source = command.getOptionValueSource(name);
  return source === undefined || source === 'default';
}

/** The value as the command line would have given it. */
function parseValue(option: Option, value: unknown, place: Place): unknown {
  if (option.variadic || isRepeated(option)) {
    return asList(value).reduce<unknown>(
      (previous, item) => parseText(option, item, { ...place, previous }),
      undefined,
    );
  }
  if (option.required || option.optional) return parseText(option, value, place);
  if (typeof value === 'boolean') return value;
  throw mismatch(option, 'true or false', value, place);
}

/** Whether the option takes one value at a time, and may be given again. */
function isRepeated(option: Option): boolean {
  return option instanceof SettingOption && option.setting.meta.parse === listedText;
}

function parseText(option: Option, value: unknown, { previous, ...place }: Place & { previous?: unknown }): unknown {
  if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean')
    throw mismatch(option, 'one value', value, place);
  const text = String(value);
  if (option.argChoices !== undefined && !option.argChoices.includes(text)) {
    throw mismatch(option, `one of ${option.argChoices.join(', ')}`, value, place);
  }
  try {
    if (option.parseArg !== undefined) return option.parseArg(text, previous);
  } catch (error) {
    if (error instanceof InvalidArgumentError || error instanceof LammError) {
      throw new LammError('usage', `${describe(option)}: ${error.message}`, place);
    }
    throw error;
  }
  return option.variadic ? [...asList(previous), text] : text;
}

function asList(value: unknown): readonly unknown[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? value : [value];
}

function mismatch(option: Option, expected: string, value: unknown, place: Place): LammError {
  return new LammError('usage', `${describe(option)}: expected ${expected}, found ${JSON.stringify(value)}`, place);
}

function unknownKey({ key, known, ...place }: Place & { key: string; known: readonly Option[] }): LammError {
  const names = known.map(describe);
  const near = nearestName(kebabCase(key), names);
  const remedy = near === undefined ? `known are: ${names.join(', ')}` : `did you mean "${near}"?`;
  return new LammError('usage', `unknown key "${key}"; ${remedy}`, { ...place, actual: key });
}

function describe(option: Option): string {
  return option.long?.replace(/^--/, '') ?? option.name();
}
