import type { Comparison } from './comparison.js';

/** What every group of comparisons gets. */
export interface BenchContext {
  readonly rounds: number;
  readonly threads: number;
  /** An empty folder that is removed at the end. */
  readonly folder: string;
  /** Says why something is not measured. */
  readonly skip: (message: string) => void;
}

/** Comparisons that belong together, given one by one as they are done. */
export type BenchGroup = (context: BenchContext) => AsyncGenerator<Comparison>;
