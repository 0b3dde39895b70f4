import { atomicNumber, isElementSymbol } from '../../elements.js';
import type { LineFeed } from '../text/line-feed.js';
import { atPlace } from '../text/place-error.js';
import { quote } from '../text/text-cursor.js';

/** More do not fit the fields of the file. */
const maxIons = 10_000_000;

/** Collects the elements of a run from the head of an OUTCAR, where each is named up to four times. */
export class OutcarSpecies {
  private numbers: Uint8Array | undefined;
  private declaredCount: number | undefined;
  private counts: number[] = [];
  private readonly titles: string[] = [];
  private readonly shells: string[] = [];
  private readonly potcars: string[] = [];

  /**
   * The atomic numbers of the ions, [N].
   *
   * @throws {LammError} `format` when they were not read above this line.
   */
  assertRead(feed: LineFeed): Uint8Array {
    return (
      this.numbers ?? feed.fail('expected the line "ions per type" in the head of the file, found none above this line')
    );
  }

  /** `TITEL  = PAW_PBE Cu_pv 22Jun2005`: the second word begins with the element. */
  takeTitle({ text }: LineFeed): void {
    this.titles.push(symbolOfTitle(text.slice(text.indexOf('=') + 1)));
  }

  /** `VRHFIN =Cu: d10 p1` */
  takeShell({ text }: LineFeed): void {
    this.shells.push(/=\s*([A-Za-z]*)/.exec(text)?.[1] ?? '');
  }

  /** `POTCAR:    PAW_PBE Cu 22Jun2005`: all of them, and then once more each above its data. */
  takePotcar({ text }: LineFeed): void {
    this.potcars.push(symbolOfTitle(text.slice(text.indexOf(':') + 1)));
  }

  /** `... number of ions     NIONS =      2` */
  takeCount(feed: LineFeed): void {
    if (!feed.text.includes('NIONS')) return;
    this.declaredCount = feed.numberAfter('NIONS =');
    if (this.declaredCount < 1 || !Number.isInteger(this.declaredCount))
      feed.fail('expected a positive number of ions (NIONS)');
  }

  /**
   * `ions per type =               4   1`, ten numbers of four digits a line.
   *
   * @returns whether more of them must stand in the next line.
   */
  takeCounts(feed: LineFeed): boolean {
    const isFirst = feed.text.includes('ions per type');
    const text = isFirst ? feed.text.slice(feed.text.indexOf('=') + 1) : feed.text;
    if (isFirst) this.counts = [];
    const words = text.trim().split(/\s+/);
    if (words.some((word) => !/^\d+$/.test(word))) {
      feed.fail(`expected the numbers of ions of each type, found ${quote(text.trim())}`);
    }
    const counts = this.splitCounts(words);
    for (const count of counts) this.counts.push(count);
    const total = this.counts.reduce((sum, count) => sum + count, 0);
    const isShort = this.declaredCount !== undefined && total < this.declaredCount;
    if (isShort && counts.length >= 10) return true;
    if (this.declaredCount !== undefined && total !== this.declaredCount) {
      feed.fail(`expected numbers of ions that add up to NIONS = ${this.declaredCount}, found ${total}`);
    }
    this.numbers = this.resolve(feed);
    return false;
  }

  /** Four digits and more run into one another: then every four characters, counted from the right, are a number. */
  private splitCounts(words: readonly string[]): number[] {
    const plain = words.map(Number);
    const total = plain.reduce((sum, count) => sum + count, 0);
    if (this.declaredCount === undefined || total <= this.declaredCount) return plain;
    return words.flatMap((word) => word.match(/\d{1,4}(?=(?:\d{4})*$)/g) ?? []).map(Number);
  }

  private resolve(feed: LineFeed): Uint8Array {
    const typeCount = this.counts.length;
    const half = this.potcars.slice(0, typeCount);
    const isTwice =
      this.potcars.length === 2 * typeCount && half.every((symbol, type) => symbol === this.potcars[typeCount + type]);
    const lists = [this.titles, this.shells, isTwice ? half : this.potcars].filter((list) => list.length === typeCount);
    if (lists.length === 0) {
      feed.fail(
        `expected an element for each of the ${typeCount} types in lines TITEL or VRHFIN above, found ${this.titles.length}`,
      );
    }
    const symbols = this.counts.map(
      (_, type) => lists.map((list) => list[type]).find(isElementSymbol) ?? lists[0][type],
    );
    const elements = atPlace({ file: feed.file, line: feed.line }, () => symbols.map((symbol) => atomicNumber(symbol)));
    const total = this.counts.reduce((sum, count) => sum + count, 0);
    if (total > maxIons) feed.fail(`expected fewer than ${maxIons} ions, found ${total}`);
    const numbers = new Uint8Array(total);
    let start = 0;
    for (const [type, count] of this.counts.entries()) {
      numbers.fill(elements[type], start, start + count);
      start += count;
    }
    return numbers;
  }
}

function symbolOfTitle(title: string): string {
  const words = title.trim().split(/\s+/);
  const word = words[1] ?? words[0];
  return /^[A-Z][a-z]?(?![a-z])/.exec(word)?.[0] ?? word;
}
