import { LammError } from '../../errors.js';
import { InputBudget } from '../bytes/input-budget.js';
import { quote } from '../text/text-cursor.js';
import { decodedText } from '../text/text-lines.js';
import { CifScanner, type CifToken } from './tokenize.js';

/** A loop: rows of values under tags, as it stands; `tableWith` gives it checked. */
export interface CifTable {
  /** Normalised tags, one for each column. */
  readonly tags: readonly string[];
  /** All values, row after row. */
  readonly values: readonly CifToken[];
  readonly line: number;
  /** Line of an earlier loop of the block that shares a tag with this one. */
  readonly earlier?: number;
}

/** A data block: single items and loops by normalised tag (`_cell.length_a` is `_cell_length_a`). */
export interface CifBlock {
  readonly name: string;
  readonly line: number;
  readonly items: Map<string, CifToken[]>;
  /** Of several loops with a tag, the last one. */
  readonly tables: Map<string, CifTable>;
}

/** The data blocks of a file. */
export interface CifBlocks {
  readonly blocks: readonly CifBlock[];
  /** Where the syntax of a block is broken, so that it is not whole. */
  readonly errors: ReadonlyMap<CifBlock, LammError>;
  /** What was passed over, for the user. */
  readonly notes: readonly string[];
  readonly lastLine: number;
}

/**
 * Splits a CIF into its data blocks; save frames are passed over, and what is written before the first block.  A block
 * whose syntax is broken ends there; the reading goes on at the next line that begins with `data_`.
 *
 * @throws {LammError} `format`, with `file` and line, for a text that does not begin as a CIF.
 */
export function parseCifBlocks(
  text: string,
  file: string | undefined,
  budget = new InputBudget(file, text.length),
): CifBlocks {
  const decoded = withoutEndMark(decodedText(text, file));
  const source = decoded.includes('\r') ? decoded.replace(/\r\n?/g, '\n') : decoded;
  const start = startOfBlocks(source);
  const reader = new BlockReader(new CifScanner(source, file, start), file, budget);
  const errors = new Map<CifBlock, LammError>();
  for (;;) {
    try {
      reader.readAll();
      break;
    } catch (error) {
      const block = reader.blocks.at(-1);
      if (!(error instanceof LammError) || block === undefined) throw error;
      errors.set(block, error);
      if (!reader.skipToBlock()) break;
    }
  }
  const notes = start > 0 ? ['the text before the first data block was passed over'] : [];
  return { blocks: reader.blocks, errors, notes, lastLine: reader.line };
}

/** Old programs end a text with Ctrl-Z. */
function withoutEndMark(text: string): string {
  let end = text.length;
  while (end > 0 && '\u001a\r\n \t'.includes(text[end - 1])) end--;
  return text.indexOf('\u001a', end) < 0 ? text : text.slice(0, end);
}

/** Where the first block begins: behind a preamble of plain text, as journals put it before supplementary files. */
function startOfBlocks(text: string): number {
  if (beginsWithBlock(text)) return 0;
  const header = /^[ \t]*data_/im.exec(text);
  return header === null || /^[ \t]*(?:_|loop_|;)/im.test(text.slice(0, header.index)) ? 0 : header.index;
}

function beginsWithBlock(text: string): boolean {
  try {
    return new CifScanner(text, undefined).next()?.kind === 'data';
  } catch {
    return false; // what comes first is not even a word of a CIF
  }
}

/** Memory that a word takes, with what is made for it. */
const bytesOf: Readonly<Record<CifToken['kind'], number>> = { data: 500, save: 500, loop: 200, tag: 250, value: 100 };

class BlockReader {
  readonly blocks: CifBlock[] = [];
  /** The line of the last word. */
  line = 1;
  private readonly scanner: CifScanner;
  private readonly file: string | undefined;
  private readonly budget: InputBudget;
  private upcoming: CifToken | undefined;
  private frame: CifBlock | undefined;

  constructor(scanner: CifScanner, file: string | undefined, budget: InputBudget) {
    this.scanner = scanner;
    this.file = file;
    this.budget = budget;
  }

  readAll(): void {
    for (let token = this.advance(); token !== undefined; token = this.advance()) this.readToken(token);
    this.assertFrameClosed();
  }

  /** Leaves a broken block; false when it was the last one. */
  skipToBlock(): boolean {
    this.frame = undefined;
    if (this.upcoming?.kind === 'data') return true;
    this.upcoming = undefined;
    return this.scanner.skipToBlock();
  }

  private readToken(token: CifToken): void {
    const block = this.frame ?? this.blocks.at(-1);
    if (token.kind === 'data') {
      if (this.frame) this.upcoming = token; // the error belongs to the block before
      this.assertFrameClosed();
      this.beginBlock(token);
    } else if (block === undefined) {
      this.fail(`expected a CIF that starts with data_NAME, found ${quote(token.text)}`, token.line);
    } else if (token.kind === 'save') {
      this.frame = token.text === '' ? undefined : createBlock(token.text, token.line);
    } else if (token.kind === 'tag') {
      const value = this.advanceTo('value') ?? this.fail(`expected a value after ${token.text}`, token.line);
      const tag = normalise(token.text);
      const values = block.items.get(tag);
      if (values === undefined) block.items.set(tag, [value]);
      else values.push(value);
    } else if (token.kind === 'loop') {
      this.readLoop(block, token);
    } else {
      const message = `expected a tag before the value ${quote(token.text)}; a value with blanks must stand in quotes`;
      this.fail(message, token.line);
    }
  }

  /** Names of blocks must not hold blanks, but some do. */
  private beginBlock({ text, line }: CifToken): void {
    const block = createBlock(text, line);
    this.blocks.push(block);
    while (this.peek()?.line === line && this.peek()?.kind === 'value') block.name += ` ${this.advance()?.text}`;
  }

  private readLoop({ tables }: CifBlock, { line }: CifToken): void {
    const tags: string[] = [];
    const values: CifToken[] = [];
    for (let tag = this.advanceTo('tag'); tag !== undefined; tag = this.advanceTo('tag'))
      tags.push(normalise(tag.text));
    for (let value = this.advanceTo('value'); value !== undefined; value = this.advanceTo('value')) values.push(value);
    if (tags.length === 0) this.fail('expected tags after loop_', line);
    const earlier = tags.map((tag) => tables.get(tag)?.line).find((other) => other !== undefined);
    const table = earlier === undefined ? { tags, values, line } : { tags, values, line, earlier };
    for (const tag of tags) tables.set(tag, table);
  }

  private peek(): CifToken | undefined {
    if (this.upcoming === undefined) {
      this.upcoming = this.scanner.next();
      this.budget.hold(bytesOf[this.upcoming?.kind ?? 'value'], 'the words of the CIF');
    }
    return this.upcoming;
  }

  private advance(): CifToken | undefined {
    const token = this.peek();
    this.upcoming = undefined;
    this.line = token?.line ?? this.line;
    return token;
  }

  private advanceTo(kind: CifToken['kind']): CifToken | undefined {
    return this.peek()?.kind === kind ? this.advance() : undefined;
  }

  private assertFrameClosed(): void {
    const { frame } = this;
    this.frame = undefined;
    if (frame) this.fail(`the save frame ${quote(frame.name)} is not closed`, frame.line);
  }

  private fail(message: string, line: number): never {
    throw new LammError('format', message, { file: this.file, line });
  }
}

function createBlock(name: string, line: number): CifBlock & { name: string } {
  return { name, line, items: new Map(), tables: new Map() };
}

/**
 * Tags in small letters; those of mmCIF, `_cell.length_a` and `_atom_sites.fract_transf_matrix[1][1]`, look like those
 * of CIF 1.1.
 */
function normalise(tag: string): string {
  const lower = tag.toLowerCase();
  const dot = lower.indexOf('.');
  return dot < 0 ? lower : `${lower.slice(0, dot)}_${lower.slice(dot + 1)}`;
}
