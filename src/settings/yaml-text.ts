import { Document, isMap, isPair, isScalar, LineCounter, type ParsedNode, parseDocument } from 'yaml';
import { LammError } from '../errors.js';

/** Settings are short; beyond this the library that reads YAML takes minutes, or runs out of stack. */
const most = { characters: 2 ** 17, brackets: 30, indicatorsOfLine: 20, anchors: 200, values: 100_000 } as const;

/** A YAML text that was parsed. */
export interface YamlText {
  /** Name for messages. */
  readonly file?: string;
  readonly document: Document;
  /**
   * Everything in the document, as plain objects and lists that do not hold themselves.
   *
   * @throws {LammError} `usage` for aliases that name nothing, themselves, or one another without end.
   */
  toValue(): unknown;
  /** Line of the deepest part of `path`, and of `key` in it, that the text has. */
  lineOf(path: readonly PropertyKey[], key?: string): number | undefined;
}

/** @throws {LammError} `usage` with file and line for YAML that cannot be read. */
export function parseYaml(text: string, { file }: { readonly file?: string } = {}): YamlText {
  assertModest(text, file);
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, logLevel: 'error' }); // its warnings would go to the terminal
  const lineAt = (offset: number | undefined) => (offset === undefined ? undefined : lines.linePos(offset).line);
  const [failure] = [...document.errors, ...document.warnings]; // a tag that nobody knows, for instance
  if (failure !== undefined) {
    const summary = failure.message.split('\n')[0].replace(/ at line \d+, column \d+:?$/, '');
    throw new LammError('usage', `the YAML cannot be read: ${summary}`, { file, line: lineAt(failure.pos[0]) });
  }
  return {
    file,
    document,
    toValue: () => valueOf(document, file),
    lineOf: (path, key) => lineAt(findOffset(document.contents, path, key)),
  };
}

/** Settings of a program, which have no lines, as if they had been read. */
export function yamlOf(settings: object): YamlText {
  const document = new Document(settings);
  return { document, toValue: () => valueOf(document, undefined), lineOf: () => undefined };
}

function assertModest(text: string, file: string | undefined): void {
  const { characters, brackets, indicatorsOfLine, anchors } = most;
  if (text.length > characters) throw refusal(`of at most ${characters} characters, found ${text.length}`, file);
  let depth = 0;
  for (const [bracket] of text.matchAll(/[[{}\]]/g)) {
    depth = Math.max(0, depth + ('[{'.includes(bracket) ? 1 : -1));
    if (depth > brackets) throw refusal(`nested at most ${brackets} deep`, file);
  }
  if (new RegExp(`^[ \\t]*(?:[-?:][ \\t]+){${indicatorsOfLine}}`, 'm').test(text))
    throw refusal(`nested at most ${indicatorsOfLine} deep`, file);
  if ((text.match(/(?<![^\s,[{])[&*!?]/g)?.length ?? 0) > anchors)
    throw refusal(`with at most ${anchors} anchors and aliases`, file);
}

function valueOf(document: YamlText['document'], file: string | undefined): unknown {
  let value: unknown;
  try {
    value = document.toJS();
  } catch (cause) {
    throw new LammError('usage', `the YAML cannot be read: ${(cause as Error).message}`, { file, cause }); // of an alias
  }
  assertTree(value, { depth: 2 * most.brackets, left: { values: most.values }, file });
  return value;
}

/** An alias may make a list an item of itself, or few lines stand for very many values. */
function assertTree(
  value: unknown,
  { depth, left, file }: { depth: number; left: { values: number }; file: string | undefined },
): void {
  if (depth < 0 || left.values-- <= 0)
    throw refusal('without aliases of a part in itself, or of very many values', file);
  if (typeof value !== 'object' || value === null) return;
  for (const item of Object.values(value)) assertTree(item, { depth: depth - 1, left, file });
}

function refusal(expected: string, file: string | undefined): LammError {
  return new LammError('usage', `expected settings ${expected}`, { file, line: 1 });
}

function findOffset(root: ParsedNode | null, path: readonly PropertyKey[], key?: string): number | undefined {
  let node: unknown = root;
  let offset: number | undefined;
  for (const step of key === undefined ? path : [...path, key]) {
    if (isMap(node)) {
      const pair = node.items.find((item) => isPair(item) && isScalar(item.key) && item.key.value === step);
      if (pair === undefined) break;
      offset = rangeStart(pair.key) ?? offset;
      node = pair.value;
    } else {
      const items: unknown = typeof node === 'object' && node !== null && 'items' in node ? node.items : undefined;
      if (!Array.isArray(items)) break;
      node = items[Number(step)];
      offset = rangeStart(node) ?? offset;
    }
  }
  return offset;
}

function rangeStart(node: unknown): number | undefined {
  return isScalar(node) || isMap(node) ? node.range?.[0] : undefined;
}
