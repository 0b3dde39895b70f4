import { plainJson, plainText } from '../../report/plain-text.js';

/** Prints one JSON object on stdout; typed arrays become arrays. */
export function printJson(value: object): void {
  const json = JSON.stringify(value, (_, item: unknown) => (isTypedArray(item) ? Array.from(item) : item));
  process.stdout.write(`${plainJson(json)}\n`);
}

/** Prints text on stdout, with a line break at its end. */
export function print(text: string): void {
  process.stdout.write(`${plainText(text)}\n`);
}

/** Prints a remark on stderr, where it is never in the way of results. */
export function remark(text: string): void {
  process.stderr.write(`${plainText(text)}\n`);
}

function isTypedArray(item: unknown): item is Float64Array {
  return ArrayBuffer.isView(item) && !(item instanceof DataView);
}
