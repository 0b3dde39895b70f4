const mark = '...';

/** How much of what is kept of a name stands before the mark: about half of it, none, or all. */
const sharesBefore = [0.5, 0, 1] as const;

/**
 * Names of at most `size` characters, the longer ones with `...` in place of a part: in the middle, or else at the
 * beginning or end of all, where different names would be alike otherwise.  Undefined where they would be anyway.
 */
export function shortenNames(names: readonly string[], size: number): readonly string[] | undefined {
  const count = new Set(names).size;
  for (const share of sharesBefore) {
    const shortened = names.map((name) => shorten(name, size, share));
    if (new Set(shortened).size === count) return shortened;
  }
  return undefined;
}

function shorten(name: string, size: number, shareBefore: number): string {
  if (name.length <= size) return name;
  const kept = size - mark.length;
  const before = Math.floor(shareBefore * kept);
  return name.slice(0, before) + mark + name.slice(name.length - kept + before);
}
