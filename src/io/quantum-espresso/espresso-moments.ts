import type { AtomProperty } from '../../structure/structure.js';
import type { LineFeed } from '../text/line-feed.js';
import { splitWords } from '../text/text-lines.js';

/**
 * Collects the magnetic moments of the sites, in Bohr magnetons, from an output of pw.x: the latest of a geometry
 * count.
 */
export class EspressoMoments {
  private moments: number[] = [];
  private width = 1;
  /** Whether the rows of a collinear table are being read. */
  private isInTable = false;

  /** Takes a line that may belong to a report of moments. */
  take(feed: LineFeed, start: string): void {
    if (start.startsWith('Magnetic moment per site')) this.begin(1, true);
    else if (this.isInTable) this.takeRow(feed, start);
    else if (/^atom number +1 relative position/.test(start)) this.begin(3, false);
    else if (this.width === 3 && start.startsWith('magnetization :')) this.takeVector(feed, start);
  }

  /** What is known of the geometry that ends, and forgets it. */
  finish(atomCount: number): { magmoms?: AtomProperty } {
    const { moments, width } = this;
    this.begin(1, false);
    return moments.length === width * atomCount ? { magmoms: { width, values: Float64Array.from(moments) } } : {};
  }

  private begin(width: number, isInTable: boolean): void {
    this.moments = [];
    this.width = width;
    this.isInTable = isInTable;
  }

  /**
   * `atom   1 (R=0.411)  charge= 10.9188  magn=  2.8402`, in older versions
   * `atom:    1    charge:   10.9188    magn:    2.8402`
   */
  private takeRow(feed: LineFeed, start: string): void {
    const [, moment] = /^atom:? *\d+ .*\bmagn[=:] *(\S+)/.exec(start) ?? [];
    this.isInTable = moment !== undefined;
    if (moment !== undefined) this.moments.push(feed.toNumber(moment, 'the magnetic moment of a site'));
  }

  /** `magnetization :          0.000000    0.000000    2.840200` */
  private takeVector(feed: LineFeed, start: string): void {
    const words = splitWords(start.slice(start.indexOf(':') + 1));
    for (let axis = 0; axis < 3; axis++)
      this.moments.push(feed.toNumber(words[axis], 'three components of a magnetic moment'));
  }
}
