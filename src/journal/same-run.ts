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
  for (const [key, value] of Object.entries(asked)) {
    if (value === undefined || JSON.stringify(value) === JSON.stringify(recorded[key])) continue;
    const { name, ...values } = innermost({ name: key, before: recorded[key], now: value });
    const [before, now] = [describe(values.before), describe(values.now)];
    const change = `${asSetting(name)} = ${before ?? 'its default'}, now ${now ?? 'its default'} is asked for`;
    const place = { file, quantity: name, expected: before, actual: now };
    throw new LammError('checkpoint', `the ${what} was started with ${change}; ${remedy}`, place);
  }
}

interface Difference {
  readonly name: string;
  readonly before: unknown;
  readonly now: unknown;
}

/** Of options that stand together, such as those of a calculator, the first that differs. */
function innermost({ name, before, now }: Difference): Difference {
  if (!isGroup(before) || !isGroup(now)) return { name, before, now };
  const keys = Object.keys({ ...before, ...now });
  const key = keys.find((one) => JSON.stringify(before[one]) !== JSON.stringify(now[one]));
  return key === undefined ? { name, before, now } : innermost({ name: key, before: before[key], now: now[key] });
}

function isGroup(value: unknown): value is RunOptions {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The key of a setting in backquotes; other names, such as `rdf:every`, as they are. */
function asSetting(name: string): string {
  return /^[a-z]\w*$/i.test(name) ? `\`${name}\`` : name;
}

function describe(value: unknown): string | undefined {
  if (value === undefined) return undefined;
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
