/**
 * Paths without the folders that all of them begin with and the names that all of them end with; whole where there is
 * one.
 */
export function shortPaths(paths: readonly string[]): Map<string, string> {
  const parts = paths.map((path) => path.split('/'));
  const shortest = Math.min(...parts.map(({ length }) => length));
  if (paths.length < 2) return new Map(paths.map((path, index) => [path, parts[index].slice(-1)[0]]));
  const isCommon = (place: number) => parts.every((names) => names.at(place) === parts[0].at(place));
  let start = 0;
  while (start < shortest - 1 && isCommon(start)) start++;
  let end = 0;
  while (end < shortest - start - 1 && isCommon(-1 - end)) end++;
  return new Map(paths.map((path, index) => [path, parts[index].slice(start, parts[index].length - end).join('/')]));
}
