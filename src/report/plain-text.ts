/**
 * Control characters but tab and newline, and marks that turn the direction of writing: what could steer a terminal, or
 * make a text look like another.
 */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const unsafe = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/**
 * A text as it may go to a terminal: control characters, which names and keys of a file may hold, are spelled out as
 * `\\x1b`.
 */
export function plainText(text: string): string {
  return text.replace(unsafe, (character) => {
    const code = character.charCodeAt(0);
    return code < 256 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u${code.toString(16)}`;
  });
}

/** A text in one line, with control characters spelled out, for a cell of a table or a name in a sentence. */
export function plainWord(text: string): string {
  return plainText(text.replace(/\r?\n/g, '\\n').replace(/\t/g, '\\t'));
}

/** A JSON text in which control characters beyond those that JSON itself spells out are spelled out as well. */
export function plainJson(json: string): string {
  return json.replace(unsafe, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
