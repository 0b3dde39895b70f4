/** What one part of the campaign found. */
export interface Tally {
  readonly name: string;
  /** Attacks that were made. */
  readonly attacks: number;
  /** Everything that should not have been, one sentence each with what it takes to see it again. */
  readonly faults: readonly string[];
  /** Other figures worth knowing, such as the largest time. */
  readonly notes: string;
}

/** How much of the campaign is run: `share` 1 is all of it. */
export interface Effort {
  readonly seed: number;
  readonly share: number;
  /** Verbs that are attacked; all when absent. */
  readonly verbs?: readonly string[];
  /** Of each verb, so many of its last places where it can be killed; all when absent. */
  readonly lastPlaces?: number;
  /** Where files may be made; removed at the end. */
  readonly folder: string;
  /** No attack begins after this time, in ms of `performance.now()`. */
  readonly deadline: number;
}

/** What every input must keep to. */
export const limits = { seconds: 2, megabytes: 500 } as const;

export function formatTally({ name, attacks, faults, notes }: Tally): string {
  const shown = faults.slice(0, 20).map((fault) => `\n  ${fault.slice(0, 400)}`);
  const more = faults.length > 20 ? `\n  and ${faults.length - 20} more` : '';
  return `${name}: ${attacks} attacks, ${faults.length} faults${notes === '' ? '' : `; ${notes}`}${shown.join('')}${more}`;
}
