import { z } from 'zod';
import { checkYaml } from '../../src/settings/check-yaml.js';
import { parseYaml } from '../../src/settings/yaml-text.js';

/** All settings of a comparison; `examples/settings.md` lists them. */
export const compareSchema = z.strictObject({
  /** Configuration of a pre-training that all variants share; a path from the folder of this file. */
  base: z.string(),
  /**
   * Settings of that configuration as `path.to.key=value`, by the name of the variant; the first is what the others are
   * compared with.
   */
  variants: z
    .record(z.string(), z.array(z.string('expected path.to.key=value, in quotes where it holds a colon and a space')))
    .refine((variants) => Object.keys(variants).length >= 2, 'expected at least two variants')
    .refine(
      (variants) => Object.keys(variants).every((name) => /^\w[\w.-]*$/.test(name)),
      'expected names of letters, digits, _, - and .',
    ),
  /** Every variant is trained once with each. */
  seeds: z.array(z.int().nonnegative()).min(1).default([1, 2, 3]),
  /** An error in the validation records, or structuresPerSecond or atomsPerSecond. */
  measure: z.string().default('loss'),
  /** Of the validation; all of it when absent. */
  subset: z.string().optional(),
  /** Processes of each training. */
  ranks: z.int().positive().default(1),
  /** Folder for the trainings, the table and the picture. */
  out: z.string(),
});

/** Which trainings are compared, and by what. */
export type CompareConfig = z.infer<typeof compareSchema>;

/**
 * Reads the YAML of a comparison.
 *
 * @throws {LammError} `usage` with file and line for the first thing that does not fit.
 */
export function parseCompareConfig(text: string, { file }: { readonly file?: string } = {}): CompareConfig {
  return checkYaml(compareSchema, parseYaml(text, { file }), 'the comparison');
}
