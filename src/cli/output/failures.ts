import type { FailedInput } from '../../tasks/structures/failed-input.js';
import { remark, spelled } from './output.js';
import { type ExitCode, exitCodeOf } from './report-error.js';

/** Names on stderr what failed: a line for each reason, with the structures that failed for it. */
export function remarkFailures(failed: readonly FailedInput[]): void {
  for (const line of failureLines(failed)) remark(`error: ${line}`);
}

/** What `--json` prints of an input that failed, or of one that may have. */
export function failureAsJson<Outcome extends { readonly error?: FailedInput['error'] }>(outcome: Outcome): Outcome {
  const { error } = outcome;
  return error === undefined ? outcome : { ...outcome, error: { ...error, message: spelled(error.message) } };
}

/** A line for each reason; what is known is listed once. */
export function failureLines(failed: readonly FailedInput[]): string[] {
  const byReason = new Map<string, FailedInput[]>();
  for (const input of failed) {
    const same = byReason.get(input.error.message) ?? [];
    byReason.set(input.error.message, same);
    same.push(input);
  }
  const listed = new Set<string>();
  return Array.from(byReason, ([reason, inputs]) => {
    const [list = ''] = / \(known are .*\)$/.exec(reason) ?? [];
    const text = listed.has(list) ? reason.slice(0, reason.length - list.length) : reason;
    if (list !== '') listed.add(list);
    return `${describeInputs(inputs)}: ${text}`;
  });
}

/** Names of so many are given. */
const named = 3;

/** `a.cif: frame 1, b.cif: frame 1, c.cif: frame 1 and 4 more`. */
export function describeInputs(inputs: readonly Pick<FailedInput, 'file' | 'frame'>[]): string {
  const names = inputs.slice(0, named).map(({ file, frame }) => `${file}: frame ${frame}`);
  return `${names.join(', ')}${inputs.length > named ? ` and ${inputs.length - named} more` : ''}`;
}

/**
 * How a command ends that went on after failures: as the worst of them would have ended alone; undefined without any.
 */
export function exitCodeOfFailures(failed: readonly FailedInput[]): ExitCode | undefined {
  const codes = failed.map(({ error }) => exitCodeOf(error.code));
  return codes.length === 0 ? undefined : codes.reduce((worst, code) => (code > worst ? code : worst));
}
