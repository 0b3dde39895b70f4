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
  const { issues } = result.error;
  const issue = issues.find(({ code }) => code === 'unrecognized_keys') ?? issues[0]; // without its key something may be missing
  const place = issue.path.join('.') || whole;
  if (issue.code !== 'unrecognized_keys') {
    const message = `${place}: ${issue.message.replace(/^Invalid input: /, '')}`;
    throw new LammError('usage', message, { file, line: lineOf(issue.path) });
  }
  const [key] = issue.keys;
  const hint = hintOf(sectionAt(schema, issue.path), key);
  throw new LammError('usage', `unknown key "${key}" in ${place}${hint}`, { file, line: lineOf(issue.path, key) });
}

const formerKeys = z.registry<Readonly<Record<string, string>>>();

/** A section of which some keys had other names before: by their names, how they are written now. */
export function withFormerKeys<Section extends z.ZodType>(
  section: Section,
  former: Readonly<Record<string, string>>,
): Section {
  formerKeys.add(section, former);
  return section;
}

/** What may be said of a key that a section does not know. */
function hintOf(section: unknown, key: string): string {
  const former = section instanceof z.ZodType ? formerKeys.get(section) : undefined;
  if (former !== undefined && Object.hasOwn(former, key)) return `; it is now written as in "${former[key]}"`;
  const near = nearestName(key, Object.keys(shapeOf(section)));
  return near === undefined ? '' : `; did you mean "${near}"?`;
}

/** The section at a place, given by the keys that lead there. */
function sectionAt(schema: unknown, path: readonly PropertyKey[]): unknown {
  let place = unwrap(schema);
  for (const key of path) place = unwrap(place instanceof z.ZodArray ? place.element : shapeOf(place)[String(key)]);
  return place;
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
