import type { LineFeed } from '../text/line-feed.js';

/** Follows the electronic iterations of an OUTCAR, which part the ionic steps and say whether these converged. */
export class OutcarIterations {
  /** NELM; not given in what is left of some files. */
  private limit = Number.POSITIVE_INFINITY;
  private step: number | undefined;
  private iteration = 0;
  private isAborted = false;

  /** Whether the file has lines of iterations at all. */
  get areGiven(): boolean {
    return this.step !== undefined;
  }

  /** `NELM   =     60;   NELMIN=  2; NELMDL= -5     # of ELM steps` */
  takeLimit({ text }: LineFeed): void {
    const [, limit] = /NELM\s*=\s*(\d+)/.exec(text) ?? [];
    if (limit !== undefined) this.limit = Number(limit);
  }

  /**
   * `------ Iteration      2(   1)  ------`, or `------ aborting loop because EDIFF is reached ------`.
   *
   * @returns whether another ionic step begins with it.
   */
  take({ text }: LineFeed): boolean {
    if (/aborting loop/.test(text)) {
      this.isAborted = !/EDIFF is reached/.test(text);
      return false;
    }
    const [, step, iteration] = /Iteration\s+(\d+)\(\s*(\d+)\)/.exec(text) ?? [];
    if (step === undefined) return false;
    const isNext = Number(step) !== this.step;
    if (isNext) this.isAborted = false; // of a step that was left out
    this.step = Number(step);
    this.iteration = Number(iteration);
    return isNext;
  }

  /**
   * Whether the step that ends did not converge: it was aborted for another reason, or took as many iterations as it
   * may, where VASP often writes that EDIFF is reached all the same.  A limit of one iteration belongs to a run on a
   * density that is converged already.
   */
  finishStep(): boolean {
    const isUnconverged = this.isAborted || (this.limit > 1 && this.iteration >= this.limit);
    this.isAborted = false;
    this.iteration = 0;
    return isUnconverged;
  }
}
