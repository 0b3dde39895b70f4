import type { LineFeed } from '../text/line-feed.js';
import { rydberg } from './espresso-units.js';

/** An accuracy is printed with few digits, and so is the threshold: this much above it is more than their rounding. */
const margin = 2;

/** Follows the self-consistent cycles of an output of pw.x, and says which of them did not converge. */
export class EspressoConvergence {
  /** Of the estimated accuracy, Ry. */
  private threshold = Number.POSITIVE_INFINITY;
  /** Total energy of the last iteration, eV. */
  private lastEnergy: number | undefined;
  private hasFailed = false;
  /** Cycles of the whole output that did not converge. */
  failures = 0;
  /** Whether the line is near a final energy, whose accuracy counts. */
  private isFinal = false;
  /** A hybrid functional converges in cycles of cycles, the inner ones to a threshold of their own. */
  private isHybrid = false;

  /** Takes a line that may belong to a cycle. */
  take(feed: LineFeed, start: string): void {
    if (/^iteration # +1 /.test(start)) this.hasFailed = false;
    else if (start.startsWith('total energy  ')) {
      this.lastEnergy = feed.numberAfter('=') * rydberg;
      this.isFinal = false;
    } else if (start.startsWith('!') && start.includes('total energy')) this.isFinal = true;
    else if (start.startsWith('estimated scf accuracy')) this.takeAccuracy(feed);
    else if (start.startsWith('convergence threshold ')) this.threshold = feed.numberAfter('=');
    else if (start.startsWith('convergence NOT achieved')) this.hasFailed = true;
    else if (start.startsWith('EXX') || start.startsWith('est. exchange err')) this.isHybrid = true;
  }

  /** Whether the step that ends did not converge, with the energy of its last iteration in eV. */
  finishStep(): { readonly isUnconverged: boolean; readonly lastEnergy: number | undefined } {
    const step = { isUnconverged: this.hasFailed, lastEnergy: this.lastEnergy };
    if (this.hasFailed) this.failures++;
    this.hasFailed = this.isFinal = false;
    this.lastEnergy = undefined;
    return step;
  }

  /** With `scf_must_converge = .false.` the last iteration counts as converged: only its accuracy tells. */
  private takeAccuracy(feed: LineFeed): void {
    if (this.isFinal && !this.isHybrid && feed.numberAfter('<') > margin * this.threshold) this.hasFailed = true;
  }
}
