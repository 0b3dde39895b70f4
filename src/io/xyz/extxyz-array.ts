import type { InfoValue } from '../../structure/structure.js';

/** How deep brackets may stand in each other. */
const depthLimit = 8;

/** All words as values of one kind; undefined when they are text. */
type Convert = (words: readonly string[]) => readonly (number | boolean)[] | undefined;

/**
 * Reads an array in brackets that is not JSON: numbers such as `4.` or `.5`, logical values, text with or without
 * quotes.  All its elements are of one kind, which `convert` finds; undefined when the brackets do not pair up.
 */
export function parseArray(text: string, convert: Convert): InfoValue | undefined {
  const tokens = text.match(/[[\]]|"(?:[^"\\]|\\.)*"|[^\s,[\]"]+|"/g) ?? [];
  const words = tokens.filter((token) => token !== '[' && token !== ']');
  const values = words.length === 0 ? [] : (convert(words) ?? words.map(unquote));
  const root: InfoValue[] = [];
  const open: InfoValue[][] = [root];
  let next = 0;
  for (const token of tokens) {
    if (token === '[') {
      const inner: InfoValue[] = [];
      open.at(-1)?.push(inner);
      open.push(inner);
    } else if (token === ']') open.pop();
    else open.at(-1)?.push(values[next++]);
    if (open.length === 0 || open.length > depthLimit) return undefined;
  }
  return open.length === 1 && root.length === 1 && Array.isArray(root[0]) ? root[0] : undefined;
}

function unquote(word: string): string {
  if (!word.startsWith('"')) return word;
  return word.slice(1, -1).replace(/\\(.)/g, (_, letter: string) => (letter === 'n' ? '\n' : letter));
}
