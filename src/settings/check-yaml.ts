import { z } from 'zod';
import { LammError } from '../errors.js';
import { nearestName } from './nearest-name.js';
import type { YamlText } from './yaml-text.js';

/**
 * The settings of a YAML text, complete; `whole` is what a message calls all of them.
 *
 * @throws {LammError} `usage` with file and line for an unknown key (with the nearest known one) or a value that does
 *   not fit.
 */
export function checkYaml<Settings>(
  schema: z.ZodType<Settings>,
  { toValue, file, lineOf }: YamlText,
  whole: string,
): Settings {
  const result = schema.safeParse(toValue() ?? {});
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const place = issue.path.join('.') || whole;
  if (issue.code !== 'unrecognized_keys') {
    const message = `${place}: ${issue.message.replace(/^Invalid input: /, '')}`;
    throw new LammError('usage', message, { file, line: lineOf(issue.path) });
  }
  const [key] = issue.keys;
  const near = nearestName(key, knownKeys(schema, issue.path));
  const hint = near === undefined ? '' : `; did you mean "${near}"?`;
  throw new LammError('usage', `unknown key "${key}" in ${place}${hint}`, { file, line: lineOf(issue.path, key) });
}

/** Names of the settings at a place, given by the keys that lead there. */
function knownKeys(schema: unknown, path: readonly PropertyKey[]): string[] {
  let place = unwrap(schema);
  for (const key of path) place = unwrap(place instanceof z.ZodArray ? place.element : shapeOf(place)[String(key)]);
  return Object.keys(shapeOf(place));
}

/** What is inside of defaults, checks and the like. */
function unwrap(schema: unknown): unknown {
  if (schema instanceof z.ZodPipe) return unwrap(schema.out);
  const isWrapped = [z.ZodOptional, z.ZodDefault, z.ZodPrefault].some((wrapper) => schema instanceof wrapper);
  return isWrapped ? unwrap((schema as z.ZodOptional).unwrap()) : schema; // the three unwrap alike
}

/** The settings of a section, by name. */
function shapeOf(schema: unknown): Readonly<Record<string, unknown>> {
  if (schema instanceof z.ZodObject) return schema.shape;
  if (schema instanceof z.ZodUnion)
    return Object.assign({}, ...schema.options.map((option) => shapeOf(unwrap(option))));
  return {};
}
