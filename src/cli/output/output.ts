import { plainJson, plainText } from '../../report/plain-text.js';
import { spellSettings } from '../../settings/spell.js';
import { clearLastLine } from './progress.js';

/** Prints one JSON object on stdout; typed arrays become arrays. */
export function printJson(value: object): void {
  const json = JSON.stringify(value, (_, item: unknown) => (isTypedArray(item) ? Array.from(item) : item));
  process.stdout.write(`${plainJson(json)}\n`);
}

/** Prints text on stdout, with a line break at its end. */
export function print(text: string): void {
  process.stdout.write(`${spelled(text)}\n`);
}

/** How often each remark was made since the command began, or since so many were told that they were counted. */
const counts = new Map<string, number>();
const maxRemarks = 10_000;

let nameOf: (setting: string) => string | undefined = () => undefined;

/**
 * From now on what is printed names settings, which it has by their keys in backquotes, as `names` say: those of a
 * command that begins.
 */
export function nameSettings(names: (setting: string) => string | undefined): void {
  nameOf = names;
}

/** A message as it is printed: settings by the names that users know, which `printJson` leaves to its callers. */
export function spelled(text: string): string {
  return plainText(spellSettings(text, nameOf));
}

/** Prints a remark on stderr, where it is never in the way of results; what was said already is only counted. */
export function remark(text: string): void {
  const said = spelled(text);
  const count = (counts.get(said) ?? 0) + 1;
  if (counts.size >= maxRemarks) tellRepeated();
  counts.set(said, count);
  if (count > 1) return;
  clearLastLine();
  process.stderr.write(`${said}\n`);
}

/** Length of a remark that says which one it is. */
const recognisable = 60;

/** Says at the end of a command how often its remarks were made, where that is more than once. */
export function tellRepeated(): void {
  for (const [text, count] of counts) {
    if (count < 2) continue;
    const short = text.length > recognisable ? `${text.slice(0, recognisable)} ...` : text;
    process.stderr.write(`(${count} times: ${short})\n`);
  }
  counts.clear();
}

function isTypedArray(item: unknown): item is Float64Array {
  return ArrayBuffer.isView(item) && !(item instanceof DataView);
}
