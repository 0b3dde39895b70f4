import { countOf } from '../../count-of.js';
import { LammError } from '../../errors.js';
import type { Structure } from '../../structure/structure.js';
import type { StreamOptions } from './chunk-parser.js';

/** What becomes of the steps of a run. */
export interface RunOptions extends StreamOptions {
  /** Whether steps whose electrons did not converge are given too; they have `info.unconverged`. */
  readonly keepUnconverged?: boolean;
  /** Called at the end of the file with what was left out, one sentence each. */
  readonly onNotice?: (notice: string) => void;
}

/** How a run ended. */
export interface RunEnd {
  readonly isComplete: boolean;
  readonly line: number;
  /** What to say when there was no step at all. */
  readonly nothing: string;
  /** What the reader has to tell besides. */
  readonly notices?: readonly string[];
}

/** No more of the steps that are left out are named. */
const maxNamed = 5;

/**
 * Lets the steps of a run through one late, so that the last one can say that the run was cut off.  Steps that are
 * marked as not converged are no labels: they are left out, unless they are asked for, and told.
 */
export class RunSteps {
  private last: Structure | undefined;
  private count = 0;
  /** Numbers of the steps that did not converge, from 1. */
  private readonly unconverged: number[] = [];

  constructor(private readonly options: RunOptions) {}

  *pass(step: Structure): Generator<Structure> {
    this.count++;
    if (step.info.unconverged === true) {
      this.unconverged.push(this.count);
      if (this.options.keepUnconverged !== true) return;
    }
    if (this.last !== undefined) yield this.last;
    this.last = step;
  }

  /**
   * Gives the last step, with `info.truncated` unless the run came to its end.
   *
   * @throws {LammError} `format` when there was no step, or none that converged.
   */
  *end({ isComplete, line, nothing, notices = [] }: RunEnd): Generator<Structure> {
    const { last, options } = this;
    if (last === undefined) {
      const message = this.count === 0 ? nothing : this.nothingConverged();
      throw new LammError('format', message, { file: options.file, line: Math.max(line, 1) });
    }
    for (const notice of [...notices, ...this.ownNotices(isComplete)]) options.onNotice?.(notice);
    yield isComplete ? last : { ...last, info: { ...last.info, truncated: true } };
  }

  private nothingConverged(): string {
    return `expected a converged step, found ${this.count} whose electrons did not converge; \`keepUnconverged\` takes them all the same`;
  }

  private *ownNotices(isComplete: boolean): Generator<string> {
    const { unconverged, count, options } = this;
    if (!isComplete) yield 'the run has not come to its end; its last step is marked as truncated';
    if (unconverged.length === 0) return;
    const named = unconverged.slice(0, maxNamed).join(', ') + (unconverged.length > maxNamed ? ', ...' : '');
    const steps = `${unconverged.length} of ${countOf(count, 'step')} did not converge electronically (${named})`;
    const are = unconverged.length === 1 ? 'is' : 'are';
    yield options.keepUnconverged
      ? `${steps} and ${are} kept, marked as unconverged`
      : `${steps} and ${are} left out; \`keepUnconverged\` keeps them`;
  }
}
