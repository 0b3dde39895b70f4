import { z } from 'zod';
import { atomicNumber } from '../../src/elements.js';
import { LammError } from '../../src/errors.js';
import { modelSettingsSchema } from '../../src/models/kinds.js';
import { precisions } from '../../src/models/model.js';
import { checkYaml } from '../../src/settings/check-yaml.js';
import { parseYaml, type YamlText, yamlOf } from '../../src/settings/yaml-text.js';
import { dataSchema } from './data-config.js';
import { trainingSchema } from './training-config.js';
import { parseLength } from './training-length.js';

/** A trained model to start from. */
const fromSchema = z.strictObject({
  /** Its file; of several, stages of one model, the mean of their parameters. */
  model: z.union([z.string(), z.tuple([z.string()], z.string())]),
  /**
   * Whether heads that the model has under the same name are kept, each begins as a copy of the one that fits its data
   * best, or all begin anew.
   */
  heads: z.enum(['keep', 'copy', 'reset']).default('reset'),
});

/** What the model file says of itself. */
const cardSchema = z.strictObject({
  name: z.string().default('unnamed'),
  license: z.string().default('not stated'),
  precision: z.enum(precisions).optional(),
});

/** All settings of a pre-training; `examples/settings.md` lists them. */
export const pretrainSchema = z
  .strictObject({
    model: modelSettingsSchema.prefault({}),
    data: dataSchema,
    training: trainingSchema,
    from: fromSchema.optional(),
    card: cardSchema.prefault({}),
    /** Folder for the model, checkpoints and metrics. */
    out: z.string(),
  })
  .refine(({ training, from }) => from !== undefined || parseLength(training.length).count > 0, {
    path: ['training', 'length'],
    error: 'expected more than nothing, unless `from` names a model to measure and calibrate as it is',
  });

/** Settings of one pre-training, complete and checked; paths are as written. */
export type PretrainConfig = z.infer<typeof pretrainSchema>;
export type TrainingOptions = PretrainConfig['training'];

/** Settings of one pre-training as they are written: those with a default may be left out. */
export type PretrainSettings = z.input<typeof pretrainSchema>;

export interface ParseConfigOptions {
  /** For messages. */
  readonly file?: string;
  /** `path.to.key=value` settings that replace those of the text. */
  readonly overrides?: readonly string[];
}

/**
 * Reads the YAML of a pre-training.
 *
 * @throws {LammError} `usage` with file and line for YAML that cannot be read, an unknown key (with the nearest known
 *   one) or a value that does not fit.
 */
export function parsePretrainConfig(text: string, { file, overrides = [] }: ParseConfigOptions = {}): PretrainConfig {
  return configOf(parseYaml(text, { file }), overrides);
}

/**
 * The configuration that settings of a program are, complete.
 *
 * @throws {LammError} `usage` for an override that does not fit.
 */
export function createPretrainConfig(
  settings: PretrainSettings,
  { overrides = [] }: Pick<ParseConfigOptions, 'overrides'> = {},
): PretrainConfig {
  return configOf(yamlOf(settings), overrides);
}

function configOf(yaml: YamlText, overrides: readonly string[]): PretrainConfig {
  for (const override of overrides) applyOverride(yaml.document, override);
  const config = checkYaml(pretrainSchema, yaml, 'the configuration');
  assertSymbols(config.data);
  return config;
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

function applyOverride(document: YamlText['document'], override: string): void {
  const split = override.indexOf('=');
  if (split < 1) throw new LammError('usage', `\`set\`: expected key=value, found "${override}"`);
  const key = override.slice(0, split);
  try {
    document.setIn(key.split('.'), parseYaml(override.slice(split + 1)).toValue());
  } catch (cause) {
    throw new LammError(
      'usage',
      `\`set: ${key}\`: expected a key inside a section, such as training.seed, and a YAML value`,
      { cause },
    );
  }
}

function assertSymbols({ referenceEnergies, subsets }: PretrainConfig['data']): void {
  const symbols = subsets.flatMap((subset) => [...Object.keys(subset.referenceEnergies), ...(subset.elements ?? [])]);
  for (const symbol of [...Object.keys(referenceEnergies), ...symbols]) atomicNumber(symbol);
}
