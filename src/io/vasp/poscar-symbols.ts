import { isElementSymbol } from '../../elements.js';

/** Symbols of elements that are English words, too: a comment may begin with them. */
const englishWords: readonly string[] = ['I', 'Am', 'As', 'At', 'Be', 'He', 'In', 'No'];

/**
 * Elements of a VASP 4 file from its comment line: one word for each type in front (`Na Cl`, `Mn12 O12`, `Na_pv Cl`,
 * `Fe bcc`), or one formula (`BN`, `CoP3_a`).  Numbers in it must agree with the counts; `undefined` when the comment
 * is about something else.
 */
export function symbolsFromComment(comment: string, counts: readonly number[]): string[] | undefined {
  const words = comment.replace(/^#/, '').trim().split(/\s+/);
  const isSentence = counts.length === 1 && words.length > 1 && englishWords.includes(words[0]);
  if (words.length >= counts.length && !isSentence) {
    const parts = words.slice(0, counts.length).map((word) => readPart(word));
    const agree = parts.every(
      (part, type) => part !== undefined && (part.count === undefined || part.count === counts[type]),
    );
    if (agree) return parts.flatMap((part) => part?.symbol ?? []);
  }
  for (const [word] of words.map((other) => other.split('_'))) {
    const parts = (/^(?:[A-Z][a-z]?\d*)+$/.test(word) ? (word.match(/[A-Z][a-z]?\d*/g) ?? []) : []).map(readPart);
    if (parts.length !== counts.length || parts.length < 2) continue;
    const agree = parts.every(
      (part, type) => part && (part.count ?? 1) * counts[0] === (parts[0]?.count ?? 1) * counts[type],
    );
    if (agree) return parts.flatMap((part) => part?.symbol ?? []);
  }
  return undefined;
}

/**
 * Elements from the labels behind the coordinates (`Fe`, `Cs+`, `Si1`), when all atoms of a type carry the same one.
 */
export function symbolsFromRowLabels(
  labels: readonly (string | undefined)[],
  counts: readonly number[],
): string[] | undefined {
  let start = 0;
  const symbols = counts.map((count) => {
    const found = new Set(
      labels.slice(start, start + count).map((label) => /^#?([A-Z][a-z]?)(?![A-Za-z])/.exec(label ?? '')?.[1]),
    );
    start += count;
    const [symbol] = found;
    return found.size === 1 && symbol !== undefined && isElementSymbol(symbol) ? symbol : undefined;
  });
  return symbols.every((symbol) => symbol !== undefined) ? symbols : undefined;
}

function readPart(word: string): { symbol: string; count: number | undefined } | undefined {
  const [, symbol, count] = /^([A-Z][a-z]?)(\d*)(?:_\w+)?$/.exec(word) ?? [];
  if (symbol === undefined || !isElementSymbol(symbol)) return undefined;
  return { symbol, count: count === '' ? undefined : Number(count) };
}
