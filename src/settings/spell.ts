const named = /`([a-z]\w*)(?:: ([^`]*))?`/gi;

/**
 * A text that names settings by their keys in backquotes, `timestepFs` or `ensemble: nve`, with the names that its readers know.
 *
 * @param nameOf the name of a setting; undefined for one that has no other than its key.
 */
export function spellSettings(text: string, nameOf: (key: string) => string | undefined): string {
  return text.replace(named, (_, key: string, value?: string) => {
    const name = nameOf(key);
    if (value === undefined) return name ?? key;
    return name === undefined ? `${key}: ${value}` : `${name} ${value}`;
  });
}
