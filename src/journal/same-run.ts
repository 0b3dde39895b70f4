import { LammError } from '../errors.js';

/** Options by name; what is undefined was not given. */
export type RunOptions = Readonly<Record<string, unknown>>;

/** What was begun, for messages. */
export interface RecordedRun {
  readonly file: string;
  readonly what: string;
  /** What to do when something else is asked for. */
  readonly remedy?: string;
}

/**
 * Refuses to go on with something else than what was begun: every option that is asked for must equal the recorded one.
 *
 * @throws {LammError} `checkpoint` with the option, both values, and what to do.
 */
export function assertSameOptions(
  asked: RunOptions,
  recorded: RunOptions,
  { file, what, remedy = 'leave it out, or start over without resuming' }: RecordedRun,
): void {
  for (const [name, value] of Object.entries(asked)) {
    if (value === undefined || JSON.stringify(value) === JSON.stringify(recorded[name])) continue;
    const [before, now] = [describe(recorded[name]), describe(value)];
    throw new LammError(
      'checkpoint',
      `the ${what} was started with ${asSetting(name)} = ${before ?? 'its default'}, now ${now} is asked for; ${remedy}`,
      { file, quantity: name, expected: before, actual: now },
    );
  }
}

/** The key of a setting in backquotes; other names, such as `rdf:every`, as they are. */
function asSetting(name: string): string {
  return /^[a-z]\w*$/i.test(name) ? `\`${name}\`` : name;
}

function describe(value: unknown): string | undefined {
  if (value === undefined) return undefined;
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
