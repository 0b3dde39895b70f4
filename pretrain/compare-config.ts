import { LineCounter, parseDocument } from 'yaml';
import { z } from 'zod';
import { LammError } from '../src/errors.js';

const schema = z.strictObject({
  /** Configuration of a pre-training that all variants share; a path from the folder of this file. */
  base: z.string(),
  /** Settings of that configuration as `path.to.key=value`, by the name of the variant; the first is what the others are compared with. */
  variants: z
    .record(z.string(), z.array(z.string()))
    .refine((variants) => Object.keys(variants).length >= 2, 'expected at least two variants')
    .refine(
      (variants) => Object.keys(variants).every((name) => /^\w[\w.-]*$/.test(name)),
      'expected names of letters, digits, - and .',
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
export type CompareConfig = z.infer<typeof schema>;

/**
 * Reads the YAML of a comparison.
 *
 * @throws {LammError} `usage` with the file, and the line of YAML that cannot be read, for anything that does not fit.
 */
export function parseCompareConfig(text: string, { file }: { readonly file?: string } = {}): CompareConfig {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const [failure] = document.errors;
  if (failure !== undefined) {
    const [summary] = failure.message.split('\n');
    throw new LammError('usage', `the YAML cannot be read: ${summary}`, {
      file,
      line: lines.linePos(failure.pos[0]).line,
    });
  }
  const result = schema.safeParse(document.toJS() ?? {});
  if (result.success) return result.data;
  const { path, message } = result.error.issues[0];
  throw new LammError('usage', `${path.join('.') || 'the comparison'}: ${message.replace(/^Invalid input: /, '')}`, {
    file,
  });
}
