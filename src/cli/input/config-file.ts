import { readFile } from 'node:fs/promises';
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { Pair } from 'yaml';
import { LammError } from '../../errors.js';
import { nearestName } from '../../settings/nearest-name.js';

/** `--config FILE.yaml` of every command whose settings are its options; it is applied before the action runs. */
export const configOption = new Option(
  '--config <file>',
  'YAML file with the same keys as the options; the command line wins',
);

/**
 * Sets the options of a command that were not given on the command line from its `--config` file, if it has one.
 * Keys are the long names of options, in kebab-case or camelCase.
 *
 * @throws {LammError} `usage` with file and line for an unknown key (with the nearest name) or a value that does not fit.
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
    if (isOpen(command, name))
      command.setOptionValueWithSource(name, parseValue(option, value, { file, line }), 'config');
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
  const text = await readText(file);
  const { isMap, isScalar, LineCounter, parseDocument } = await import('yaml');
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const lineOf = (offset: number | undefined) => lines.linePos(offset ?? 0).line;
  const [failure] = document.errors;
  if (failure !== undefined) {
    throw new LammError('usage', `the YAML cannot be read: ${failure.message}`, { file, line: lineOf(failure.pos[0]) });
  }
  if (document.contents === null) return [];
  if (!isMap(document.contents)) throw new LammError('usage', 'expected "key: value" lines', { file, line: 1 });
  return document.contents.items.map(({ key, value }: Pair) => {
    const line = lineOf(isScalar(key) ? key.range?.[0] : undefined);
    const plain: unknown =
      value !== null && typeof value === 'object' && 'toJS' in value && typeof value.toJS === 'function'
        ? value.toJS(document)
        : value;
    return { key: isScalar(key) ? String(key.value) : String(key), value: plain, line };
  });
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    throw new LammError('file-not-found', '--config: there is no such file, or it cannot be read; check the path', {
      file,
      cause,
    });
  }
}

function isOpen(command: Command, name: string): boolean {
  const source = command.getOptionValueSource(name);
  return source === undefined || source === 'default';
}

/** The value as the command line would have given it. */
function parseValue(option: Option, value: unknown, place: Place): unknown {
  if (option.variadic) {
    return asList(value).reduce<unknown>(
      (previous, item) => parseText(option, item, { ...place, previous }),
      undefined,
    );
  }
  if (option.required || option.optional) return parseText(option, value, place);
  if (typeof value === 'boolean') return value;
  throw mismatch(option, 'true or false', value, place);
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

function camelCase(key: string): string {
  return key.replace(/-([a-z0-9])/gi, (_, letter: string) => letter.toUpperCase());
}

function kebabCase(key: string): string {
  return key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
