const named = /`([a-z]\w*)(?:: ([^`]*))?`/gi;

/**
 * A text that names settings by their keys in backquotes, `timestepFs` or `ensemble: nve`, with the names that its
 * readers know.
 *
 * @param nameOf the name of a setting, or of one with a value such as `ensemble: nve`; undefined where there is no
 *   other than the key.
 */
export function spellSettings(text: string, nameOf: (setting: string) => string | undefined): string {
  return text.replace(named, (_, key: string, value?: string) => {
    const whole = value === undefined ? undefined : nameOf(`${key}: ${value}`);
    if (whole !== undefined) return whole;
    const name = nameOf(key);
    if (value === undefined) return name ?? key;
    return name === undefined ? `${key}: ${value}` : `${name} ${value}`;
  });
}
