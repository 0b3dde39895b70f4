import type { Sample } from '../sample/sample.js';
import { geometryNumber } from './split.js';

/** Where there are so many samples, at least `minApart` of them are set apart. */
const manySamples = 20;
const minApart = 5;
/** Fewer than these choose parameters by chance. */
export const fewToChoose = 10;

/** How many of `count` samples are set apart for a share of them. */
export function countApart(count: number, share: number): number {
  if (share === 0) return 0;
  return Math.max(Math.round(share * count), count >= manySamples ? minApart : 0);
}

/**
 * Sets a share of the samples of a set apart: exactly `countApart` of them, those whose geometries have the smallest
 * hashes, but none that holds an element which no other sample holds.
 */
export function createApart(share: number) {
  const candidates: { readonly number: number; readonly hash: number; readonly elements: readonly number[] }[] = [];
  const kinds = new Map<string, readonly number[]>(); // few, shared by the candidates
  return {
    add(number: number, { structure }: Sample): void {
      if (share === 0) return;
      const elements = [...new Set(structure.numbers)].sort((a, b) => a - b);
      const name = elements.join();
      const kind = kinds.get(name) ?? elements;
      kinds.set(name, kind);
      candidates.push({ number, hash: geometryNumber(structure), elements: kind });
    },
    /** Numbers of the samples that are set apart. */
    taken(): ReadonlySet<number> {
      const wanted = countApart(candidates.length, share);
      const holders = new Map<number, number>();
      for (const { elements } of candidates)
        for (const element of elements) holders.set(element, (holders.get(element) ?? 0) + 1);
      const taken = new Set<number>();
      for (const { number, elements } of candidates.sort((a, b) => a.hash - b.hash || a.number - b.number)) {
        if (taken.size === wanted) break;
        if (elements.some((element) => holders.get(element) === 1)) continue;
        for (const element of elements) holders.set(element, (holders.get(element) ?? 0) - 1);
        taken.add(number);
      }
      return taken;
    },
  };
}
