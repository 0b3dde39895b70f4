import { LammError } from '../../errors.js';
import { ChunkJoiner } from '../text/chunk-joiner.js';
import { passTextStart } from '../text/chunk-parser.js';
import { quote, TextCursor } from '../text/text-cursor.js';

/** What is told the elements of a document, in their order.  `label` is the attribute `name`, or empty. */
export interface XmlHandler {
  /** An element with children begins; false passes over everything in it. */
  open(name: string, label: string): boolean;
  /** An element ends that `open` let in. */
  close(): void;
  /** Whether the element that is being read wants to know of those without children in it. */
  readonly takesLeaves: boolean;
  /** An element without children. */
  leaf(name: string, label: string, text: XmlText): void;
  /** The three numbers of a `<v>`, in an array that is used again; false where its text is wanted instead. */
  row(values: Float64Array): boolean;
}

/** The text of an element, until the next one is read: the bytes of `cursor` from `start` to `end`. */
export interface XmlText {
  readonly cursor: TextCursor;
  readonly start: number;
  readonly end: number;
}

const newline = 10;
const space = 32;
const exclamationMark = 33;
const ampersand = 38;
const slash = 47;
const less = 60;
const equals = 61;
const greater = 62;
const questionMark = 63;
/** `v` */
const rowName = 118;
/** `name` */
const nameWord = 0x6e616d65;
const maxTokenLength = 1 << 20;
const maxDepth = 64;
/** The token does not end in the bytes at hand. */
const incomplete = -1;

/**
 * A strict reader of XML without document types: tags must match, attributes be quoted, and `&` begin a number or one
 * of the five entities. It takes a file piece by piece and holds back only the token that has not ended.
 */
export class XmlScanner {
  private bytes: Buffer = Buffer.alloc(0);
  private cursor = new TextCursor(this.bytes, 0);
  /** Everything before it is done with. */
  private position = 0;
  /** The line at the beginning of `bytes`, from 1, and the one at `counted`. */
  private firstLine = 1;
  private countedLine = 1;
  private counted = 0;
  /** Where `mark` was called; once that is no more at hand, -1 and its line. */
  private marked = 0;
  private lineOfMark = 1;
  private isBegun = false;
  private hasRoot = false;
  private readonly path: string[] = [];
  /** How many of the elements in `path` the handler let in. */
  private entered = 0;
  /** Where the attribute `name` of the tag stands that is being read; empty when it has none. */
  private labelStart = 0;
  private labelEnd = 0;
  private readonly joiner = new ChunkJoiner();
  private readonly numbers = new Float64Array(3);

  constructor(
    private readonly handler: XmlHandler,
    readonly file: string | undefined,
  ) {}

  /** Whether the root element has ended. */
  get isComplete(): boolean {
    return this.hasRoot && this.path.length === 0;
  }

  /** The line of the tag that is being read, from 1. */
  get line(): number {
    return this.lineOf(this.position);
  }

  /** Remembers the tag that is being read for `markedLine`. */
  mark(): void {
    this.marked = this.position;
  }

  get markedLine(): number {
    return this.marked < 0 ? this.lineOfMark : this.lineOf(this.marked);
  }

  push(chunk: Uint8Array): void {
    this.lineOfMark = this.markedLine;
    this.marked = -1;
    this.firstLine = this.countedLine = this.line;
    this.counted = 0;
    this.bytes = this.joiner.join(this.bytes.subarray(this.position), chunk);
    this.cursor = new TextCursor(this.bytes, 0);
    this.position = 0;
    if (!this.isBegun && this.bytes.length > 0) {
      this.isBegun = true;
      this.position = passTextStart(this.bytes, this.file);
    }
    let hasToken = true;
    while (hasToken) hasToken = this.readToken();
    if (this.bytes.length - this.position > maxTokenLength) {
      this.fail('expected tags, found a million characters without the end of one');
    }
  }

  /** @throws {LammError} `format` at `position`. */
  fail(message: string, position = this.position): never {
    throw new LammError('format', message, { file: this.file, line: this.lineOf(position) });
  }

  /** Counts on from where it counted last: positions mostly grow. */
  private lineOf(position: number): number {
    if (position < this.counted) {
      this.counted = 0;
      this.countedLine = this.firstLine;
    }
    let end = this.bytes.indexOf(newline, this.counted);
    for (; end >= 0 && end < position; end = this.bytes.indexOf(newline, end + 1)) this.countedLine++;
    this.counted = position;
    return this.countedLine;
  }

  /** Reads text and the tag behind it; false when it has not ended. */
  private readToken(): boolean {
    const tag = this.path.length === 0 ? this.passBlanks() : this.passText(this.position);
    if (tag === incomplete) return false;
    this.position = tag;
    const end = this.readTag(tag);
    if (end === incomplete) return false;
    this.position = end;
    return true;
  }

  /** Outside the root element only blanks may stand. */
  private passBlanks(): number {
    const { bytes } = this;
    let index = this.position;
    while (bytes[index] <= space) index++;
    if (index >= bytes.length) return incomplete;
    return bytes[index] === less
      ? index
      : this.fail(`expected an XML document, found ${quote(this.excerpt(index))}`, index);
  }

  /** Returns where the next tag begins. */
  private passText(start: number): number {
    const { bytes } = this;
    for (let index = start; index < bytes.length; index++) {
      const byte = bytes[index];
      if (byte === less) return index;
      if (byte === ampersand) this.assertEntity(index);
    }
    return incomplete;
  }

  private assertEntity(start: number): void {
    const text = this.excerpt(start);
    if (/^&(?:amp|lt|gt|quot|apos|#\d{1,7}|#x[\da-fA-F]{1,6});/.test(text) || start + 10 > this.bytes.length) return;
    this.fail(`expected one of the entities of XML such as "&amp;", found ${quote(text.split(/[;\s<]/, 1)[0])}`, start);
  }

  private readTag(start: number): number {
    const { bytes } = this;
    if (start + 1 >= bytes.length) return incomplete;
    if (bytes[start + 1] === slash) return this.readEndTag(start);
    if (bytes[start + 1] === questionMark) return this.passTo('?>', start);
    return bytes[start + 1] === exclamationMark ? this.readDeclaration(start) : this.readStartTag(start);
  }

  /** A comment or character data, both without meaning here. */
  private readDeclaration(start: number): number {
    const head = this.excerpt(start);
    if (head.startsWith('<!--')) return this.passTo('-->', start);
    if (head.startsWith('<![CDATA[') && this.path.length > 0) return this.passTo(']]>', start);
    if (head.length < 9) return incomplete;
    return this.fail('expected no document type or other declaration: entities are not read here', start);
  }

  private passTo(end: string, start: number): number {
    const found = this.bytes.indexOf(end, start + 2, 'latin1');
    return found < 0 ? incomplete : found + end.length;
  }

  private readStartTag(start: number): number {
    const { bytes } = this;
    const nameEnd = this.passName(start + 1);
    if (nameEnd === bytes.length) return incomplete;
    if (nameEnd === start + 1) this.fail(`expected a tag, found ${quote(this.excerpt(start))}`, start);
    if (nameEnd === start + 2 && bytes[start + 1] === rowName && bytes[nameEnd] === greater) {
      const rowEnd = this.readRow(nameEnd + 1);
      if (rowEnd !== incomplete) return rowEnd;
    }
    const tagEnd = this.readAttributes(nameEnd);
    if (tagEnd === incomplete) return incomplete;
    const isEmpty = bytes[tagEnd] === slash;
    const textStart = tagEnd + (isEmpty ? 2 : 1);
    if (this.path.length === 0 && this.hasRoot) this.fail('expected one root element, found another one', start);
    if (isEmpty) return this.takeLeaf({ nameStart: start + 1, nameEnd, textStart, textEnd: textStart }, textStart);
    const textEnd = this.passText(textStart);
    if (textEnd === incomplete || textEnd + 1 >= bytes.length) return incomplete;
    if (bytes[textEnd + 1] === slash) {
      const leafEnd = bytes.indexOf(greater, textEnd);
      if (leafEnd < 0) return incomplete;
      this.assertSameName(start + 1, nameEnd, textEnd);
      return this.takeLeaf({ nameStart: start + 1, nameEnd, textStart, textEnd }, leafEnd + 1);
    }
    this.enter(bytes.toString('latin1', start + 1, nameEnd), start);
    return textEnd;
  }

  /**
   * Hands over the three numbers of a `<v>` whose text begins at `start`; returns where it ends.  Incomplete also where
   * there is anything else, which is then read as every other element is.
   */
  private readRow(start: number): number {
    const { bytes, cursor, numbers } = this;
    if (this.entered !== this.path.length || this.entered === 0) return incomplete;
    cursor.position = start;
    if (cursor.readNumbers(numbers, 0, 3) < 3) return incomplete;
    let end = cursor.position;
    while (bytes[end] === space) end++;
    const isEnded =
      bytes[end] === less && bytes[end + 1] === slash && bytes[end + 2] === rowName && bytes[end + 3] === greater;
    return isEnded && this.handler.row(numbers) ? end + 4 : incomplete;
  }

  /** Reads attributes from `start` on; returns where the tag ends: at `>` or `/>`. */
  private readAttributes(start: number): number {
    const { bytes } = this;
    this.labelStart = this.labelEnd = 0;
    let position = start;
    for (;;) {
      while (bytes[position] <= space) position++;
      if (position + 1 >= bytes.length) return bytes[position] === greater ? position : incomplete;
      if (bytes[position] === greater || (bytes[position] === slash && bytes[position + 1] === greater))
        return position;
      const nameEnd = this.passName(position);
      const mark = bytes[nameEnd + 1];
      if (nameEnd + 1 >= bytes.length) return incomplete;
      if (nameEnd === position || bytes[nameEnd] !== equals || (mark !== 34 && mark !== 39)) {
        this.fail(`expected attributes such as name="forces", found ${quote(this.excerpt(position))}`, position);
      }
      const valueEnd = bytes.indexOf(mark, nameEnd + 2);
      if (valueEnd < 0) return incomplete;
      if (nameEnd - position === 4 && bytes.readInt32BE(position) === nameWord) {
        this.labelStart = nameEnd + 2;
        this.labelEnd = valueEnd;
      }
      position = valueEnd + 1;
    }
  }

  private readEndTag(start: number): number {
    const end = this.bytes.indexOf(greater, start);
    if (end < 0) return incomplete;
    const open = this.path.at(-1);
    if (open === undefined || !this.isNamed(start + 2, end, open)) {
      const name = this.bytes.toString('latin1', start + 2, end).trimEnd();
      if (name !== open)
        this.fail(`expected ${open === undefined ? 'no end tag' : `</${open}>`}, found </${name}>`, start);
    }
    if (this.entered === this.path.length) {
      this.entered--;
      this.handler.close();
    }
    this.path.pop();
    return end + 1;
  }

  private enter(name: string, start: number): void {
    if (this.path.length >= maxDepth) this.fail(`expected at most ${maxDepth} elements in one another`, start);
    this.hasRoot = true;
    if (this.entered === this.path.length && this.handler.open(name, this.label)) this.entered++;
    this.path.push(name);
  }

  private takeLeaf({ nameStart, nameEnd, textStart, textEnd }: Leaf, end: number): number {
    this.hasRoot = true;
    const isWanted = this.entered === this.path.length && (this.handler.takesLeaves || this.entered === 0);
    if (isWanted) {
      const text = { cursor: this.cursor, start: textStart, end: textEnd };
      this.handler.leaf(this.nameAt(nameStart, nameEnd), this.label, text);
    }
    return end;
  }

  private get label(): string {
    return this.labelEnd === 0 ? '' : this.bytes.toString('latin1', this.labelStart, this.labelEnd);
  }

  /** Most leaves are called `v`, `r`, `i` or `c`. */
  private nameAt(start: number, end: number): string {
    return end === start + 1 ? String.fromCharCode(this.bytes[start]) : this.bytes.toString('latin1', start, end);
  }

  /** The name of the end tag at `tag` must be the one from `start` to `end`. */
  private assertSameName(start: number, end: number, tag: number): void {
    const { bytes } = this;
    let index = start;
    while (index < end && bytes[index] === bytes[tag + 2 + index - start]) index++;
    const behind = bytes[tag + 2 + end - start];
    if (index === end && (behind === greater || behind <= space)) return;
    this.fail(
      `expected </${bytes.toString('latin1', start, end)}>, found ${quote(this.excerpt(tag).split('>', 1)[0])}`,
      tag,
    );
  }

  /** Whether the bytes from `start` to `end` are this name. */
  private isNamed(start: number, end: number, name: string): boolean {
    let index = start;
    while (index < end && this.bytes[index] === name.charCodeAt(index - start)) index++;
    return index === end && end - start === name.length;
  }

  private passName(start: number): number {
    let position = start;
    while (isNameByte(this.bytes[position])) position++;
    return position;
  }

  private excerpt(start: number): string {
    return this.bytes.toString('latin1', start, Math.min(this.bytes.length, start + 40));
  }
}

/** Where an element without children stands. */
interface Leaf {
  readonly nameStart: number;
  readonly nameEnd: number;
  readonly textStart: number;
  readonly textEnd: number;
}

/** Letters, digits and `_-.:`, and whatever is not ASCII. */
function isNameByte(byte: number): boolean {
  return (
    (byte >= 97 && byte <= 122) ||
    (byte >= 65 && byte <= 90) ||
    (byte >= 45 && byte <= 58 && byte !== slash) ||
    byte === 95 ||
    byte > 127
  );
}
