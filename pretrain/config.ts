import { isMap, isPair, isScalar, LineCounter, type ParsedNode, parseDocument } from 'yaml';
import { z } from 'zod';
import { atomicNumber } from '../src/elements.js';
import { LammError } from '../src/errors.js';
import { nearestName } from '../src/nearest-name.js';
import { dataSchema, knownDataKeys } from './config-data.js';
import { trainingSchema } from './config-training.js';

const positive = z.number().positive();
const count = z.int().positive();

const modelSchema = z.strictObject({
  kind: z.literal('painn').default('painn'),
  channels: count.default(64),
  layers: count.default(3),
  basis: z.enum(['bessel', 'gaussian']).default('bessel'),
  basisSize: z.int().min(2).default(16),
  /** In A. */
  cutoff: positive.default(5),
  envelopeExponent: count.default(5),
  /** Atomic numbers 1 to this have a row in the embedding. */
  elementCount: z.int().min(1).max(118).default(100),
  smooth: z.boolean().default(true),
  forces: z.enum(['direct', 'conservative']).default('conservative'),
});

/** A trained model to start from. */
const fromSchema = z.strictObject({
  model: z.string(),
  /** Whether heads that the model has under the same name are kept, or all heads begin anew. */
  heads: z.enum(['keep', 'reset']).default('reset'),
});

/** What the model file says of itself. */
const cardSchema = z.strictObject({
  name: z.string().default('unnamed'),
  license: z.string().default('not stated'),
});

const configSchema = z.strictObject({
  model: modelSchema.prefault({}),
  data: dataSchema,
  training: trainingSchema,
  from: fromSchema.optional(),
  card: cardSchema.prefault({}),
  /** Folder for the model, checkpoints and metrics. */
  out: z.string(),
});

/** Settings of one pre-training, complete and checked; paths are as written. */
export type PretrainConfig = z.infer<typeof configSchema>;
export type TrainingOptions = PretrainConfig['training'];

export interface ParseConfigOptions {
  /** For messages. */
  readonly file?: string;
  /** `path.to.key=value` settings that replace those of the text. */
  readonly overrides?: readonly string[];
}

/**
 * Reads the YAML of a pre-training.
 *
 * @throws {LammError} `usage` with file and line for YAML that cannot be read, an unknown key (with the nearest known one) or a value that does not fit.
 */
export function parsePretrainConfig(text: string, { file, overrides = [] }: ParseConfigOptions = {}): PretrainConfig {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const lineAt = (offset: number | undefined) => (offset === undefined ? undefined : lines.linePos(offset).line);
  const [failure] = document.errors;
  if (failure !== undefined) {
    const summary = failure.message.split('\n')[0].replace(/ at line \d+, column \d+:?$/, '');
    throw new LammError('usage', `the YAML cannot be read: ${summary}`, { file, line: lineAt(failure.pos[0]) });
  }
  for (const override of overrides) applyOverride(document, override);
  const result = configSchema.safeParse(document.toJS() ?? {});
  if (result.success) {
    assertSymbols(result.data.data);
    return result.data;
  }
  const { path, message, key } = describeIssue(result.error.issues[0]);
  throw new LammError('usage', message, { file, line: lineAt(findOffset(document.contents, path, key)) });
}

/** Settings as one flat record of dotted keys, for comparison. */
export function flattenConfig(config: object, prefix = ''): Record<string, unknown> {
  const entries = Object.entries(config).flatMap(([key, value]): [string, unknown][] => {
    const name = prefix === '' ? key : `${prefix}.${key}`;
    const nested = typeof value === 'object' && value !== null && !Array.isArray(value);
    return nested ? Object.entries(flattenConfig(value, name)) : [[name, value]];
  });
  return Object.fromEntries(entries);
}

function applyOverride(document: ReturnType<typeof parseDocument>, override: string): void {
  const split = override.indexOf('=');
  if (split < 1) throw new LammError('usage', `expected --set key=value, found "${override}"`);
  const key = override.slice(0, split);
  const value = parseDocument(override.slice(split + 1));
  try {
    document.setIn(key.split('.'), value.toJS());
  } catch (cause) {
    throw new LammError(
      'usage',
      `--set ${key}: expected a key inside a section, such as training.epochs, and a YAML value`,
      { cause },
    );
  }
}

function assertSymbols({ referenceEnergies, subsets }: PretrainConfig['data']): void {
  const symbols = subsets.flatMap((subset) => [...Object.keys(subset.referenceEnergies), ...(subset.elements ?? [])]);
  for (const symbol of [...Object.keys(referenceEnergies), ...symbols]) atomicNumber(symbol);
}

type Issue = z.core.$ZodIssue;

interface IssueDescription {
  readonly path: readonly PropertyKey[];
  readonly key?: string;
  readonly message: string;
}

function describeIssue(issue: Issue): IssueDescription {
  const place = issue.path.join('.') || 'the configuration';
  if (issue.code === 'unrecognized_keys') {
    const [key] = issue.keys;
    const near = nearestName(key, knownKeys(issue.path));
    const hint = near === undefined ? '' : `; did you mean "${near}"?`;
    return { path: issue.path, key, message: `unknown key "${key}" in ${place}${hint}` };
  }
  return { path: issue.path, message: `${place}: ${issue.message.replace(/^Invalid input: /, '')}` };
}

function knownKeys(path: readonly PropertyKey[]): string[] {
  const [section, ...below] = path;
  if (section === 'data') return knownDataKeys(below);
  let schema: unknown = configSchema;
  for (const key of path) schema = shapeOf(schema)[String(key)];
  return Object.keys(shapeOf(schema));
}

/** The settings of a section, whatever is wrapped around it: defaults, checks, alternatives. */
function shapeOf(schema: unknown): Readonly<Record<string, unknown>> {
  if (schema instanceof z.ZodObject) return schema.shape;
  if (schema instanceof z.ZodPrefault || schema instanceof z.ZodOptional) return shapeOf(schema.unwrap());
  if (schema instanceof z.ZodUnion) return Object.assign({}, ...schema.options.map(shapeOf));
  return {};
}

/** Place in the text of the deepest part of `path`, and of `key` in it, that the text has. */
function findOffset(root: ParsedNode | null, path: readonly PropertyKey[], key?: string): number | undefined {
  let node: unknown = root;
  let offset: number | undefined;
  for (const step of key === undefined ? path : [...path, key]) {
    if (isMap(node)) {
      const pair = node.items.find((item) => isPair(item) && isScalar(item.key) && item.key.value === step);
      if (pair === undefined) break;
      offset = rangeStart(pair.key) ?? offset;
      node = pair.value;
    } else {
      const items: unknown = typeof node === 'object' && node !== null && 'items' in node ? node.items : undefined;
      if (!Array.isArray(items)) break;
      node = items[Number(step)];
      offset = rangeStart(node) ?? offset;
    }
  }
  return offset;
}

function rangeStart(node: unknown): number | undefined {
  return isScalar(node) || isMap(node) ? node.range?.[0] : undefined;
}
