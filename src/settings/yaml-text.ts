import { isMap, isPair, isScalar, LineCounter, type ParsedNode, parseDocument } from 'yaml';
import { LammError } from '../errors.js';

/** A YAML text that was parsed. */
export interface YamlText {
  /** Name for messages. */
  readonly file?: string;
  readonly document: ReturnType<typeof parseDocument>;
  /** Line of the deepest part of `path`, and of `key` in it, that the text has. */
  lineOf(path: readonly PropertyKey[], key?: string): number | undefined;
}

/** @throws {LammError} `usage` with file and line for YAML that cannot be read. */
export function parseYaml(text: string, { file }: { readonly file?: string } = {}): YamlText {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const lineAt = (offset: number | undefined) => (offset === undefined ? undefined : lines.linePos(offset).line);
  const [failure] = document.errors;
  if (failure !== undefined) {
    const summary = failure.message.split('\n')[0].replace(/ at line \d+, column \d+:?$/, '');
    throw new LammError('usage', `the YAML cannot be read: ${summary}`, { file, line: lineAt(failure.pos[0]) });
  }
  return { file, document, lineOf: (path, key) => lineAt(findOffset(document.contents, path, key)) };
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
