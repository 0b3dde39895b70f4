import type { AtomProperty } from '../../structure/structure.js';
import type { LineFeed } from '../text/line-feed.js';
import { quote } from '../text/text-cursor.js';
import { splitWords } from '../text/text-lines.js';

/**
 * Collects the magnetic moments of the ions, in Bohr magnetons, from the tables of an OUTCAR: the latest before the end
 * of a step count.
 */
export class OutcarMoments {
  private readonly axes = new Map<string, Float64Array>();

  /**
   * `magnetization (x)`: a title, a line of dashes, a row for each ion with its moment at the end.
   *
   * @returns what reads the lines below the title, and says whether there are more of them.
   */
  openTable({ text }: LineFeed, ionCount: number): (feed: LineFeed) => boolean {
    const axis = /\((\w)/.exec(text)?.[1] ?? '';
    const moments: number[] = [];
    let isBegun = false;
    return (feed) => {
      const words = splitWords(feed.text);
      if (words[0] === undefined || words[0].startsWith('#')) return true;
      if (words[0].startsWith('--') && !isBegun) {
        isBegun = true;
        return true;
      }
      const what = `the magnetic moment of ion ${moments.length + 1} of ${ionCount}`;
      if (!isBegun || !/^\d+$/.test(words[0])) feed.fail(`expected ${what}, found ${quote(feed.text.trim())}`);
      moments.push(feed.toNumber(words.at(-1), what));
      if (moments.length < ionCount) return true;
      this.axes.set(axis, Float64Array.from(moments));
      return false;
    };
  }

  /**
   * What is known of the step that ends, and forgets it: one number for each ion, or three where the run is not
   * collinear.
   */
  take(): { magmoms?: AtomProperty } {
    const [x, y, z] = ['x', 'y', 'z'].map((axis) => this.axes.get(axis));
    this.axes.clear();
    if (x === undefined) return {};
    if (y === undefined || z === undefined) return { magmoms: { width: 1, values: x } };
    const values = new Float64Array(3 * x.length);
    for (let ion = 0; ion < x.length; ion++) values.set([x[ion], y[ion], z[ion]], 3 * ion);
    return { magmoms: { width: 3, values } };
  }
}
