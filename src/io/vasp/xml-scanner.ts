import { LammError } from '../../errors.js';
import { passTextStart } from '../chunk-parser.js';

/** What a document is told to, in the order of the file. */
export interface XmlHandler {
  /** An element begins; returning false passes everything in it. */
  open(name: string, label: string): boolean;
  /** An element ends that `open` let in. */
  close(name: string): void;
  /** An element without children; its text is `bytes` from `start` to `end`. */
  leaf(name: string, label: string, text: XmlText): void;
}

/** The text of a leaf. */
export interface XmlText {
  readonly bytes: Buffer;
  readonly start: number;
  readonly end: number;
}

const [newline, space, quoteMark, ampersand, apostrophe, slash, less, equals, greater, exclamation, question] = [10, 32, 34, 38, 39, 47, 60, 61, 62, 33, 63];
const longestToken = 1 << 20;
const deepest = 64;

/** The token does not end in the bytes at hand. */
const incomplete = -1;

/**
 * A strict reader of XML without document types: tags must match, attributes be quoted, and `&` begin one of the five entities or a number.
 * `label` is the attribute `name`.  Takes the file piece by piece and holds back only a token that has not ended.
 */
export class XmlScanner {
  private bytes: Buffer = Buffer.alloc(0);
  private position = 0;
  private line = 1;
  private isBegun = false;
  private readonly path: string[] = [];
  /** How many elements of `path` were let in. */
  private entered = 0;
  private hasRoot = false;
  private readonly handler: XmlHandler;
  readonly file: string | undefined;

  constructor(handler: XmlHandler, file: string | undefined) {
    this.handler = handler;
    this.file = file;
  }

  /** Whether every element that began has ended. */
  get isComplete(): boolean {
    return this.hasRoot && this.path.length === 0;
  }

  push(chunk: Uint8Array): void {
    this.line += countNewlines(this.bytes, 0, this.position);
    const rest = this.bytes.subarray(this.position);
    this.bytes = rest.length === 0 ? Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength) : Buffer.concat([rest, chunk]);
    this.position = 0;
    if (!this.isBegun && this.bytes.length > 0) {
      this.isBegun = true;
      this.position = passTextStart(this.bytes, this.file);
    }
    while (this.step()) continue;
    if (this.bytes.length - this.position > longestToken) this.fail('expected tags, found more than a million characters without one');
  }

  /** Number of the line at `position`, from 1. */
  lineAt(position: number): number {
    return this.line + countNewlines(this.bytes, 0, position);
  }

  /** Number of the line that was reached. */
  get currentLine(): number {
    return this.lineAt(this.position);
  }

  /** @throws {LammError} `format` at `position`. */
  fail(message: string, position = this.position): never {
    throw new LammError('format', message, { file: this.file, line: this.lineAt(Math.min(position, this.bytes.length)) });
  }

  /** Reads the text up to the next tag, and the tag; false when it has not ended. */
  private step(): boolean {
    const tag = this.bytes.indexOf(less, this.position);
    if (tag < 0) return false;
    this.assertText(this.position, tag);
    const end = this.readTag(tag);
    if (end === incomplete) return false;
    this.position = end;
    return true;
  }

  /** Outside the root only blanks may stand; an ampersand must begin an entity. */
  private assertText(start: number, end: number): void {
    if (this.path.length === 0) {
      for (let index = start; index < end; index++) {
        if (this.bytes[index] > space) this.fail(`expected an XML document, found ${JSON.stringify(this.bytes.toString('latin1', index, Math.min(end, index + 40)))}`, index);
      }
    }
    for (let index = start; index < end; index++) {
      if (this.bytes[index] === ampersand) this.assertEntity(index, end);
    }
  }

  private assertEntity(start: number, end: number): void {
    const text = this.bytes.toString('latin1', start, Math.min(end, start + 12));
    if (!/^&(?:amp|lt|gt|quot|apos|#\d+|#x[\da-fA-F]+);/.test(text)) {
      this.fail(`expected one of the entities of XML such as "&amp;", found ${JSON.stringify(text.split(/[;\s]/, 1)[0])}`, start);
    }
  }

  private readTag(start: number): number {
    switch (this.bytes[start + 1]) {
      case slash:
        return this.readEndTag(start);
      case question:
        return this.passTo('?>', start);
      case exclamation:
        return this.readDeclaration(start);
      default:
        return this.readStartTag(start);
    }
  }

  private readDeclaration(start: number): number {
    const head = this.bytes.toString('latin1', start, start + 9);
    if (head.length < 9 && !head.startsWith('<!--')) return incomplete;
    if (head.startsWith('<!--')) return this.passTo('-->', start);
    if (head === '<![CDATA[' && this.path.length > 0) return this.passTo(']]>', start);
    return this.fail('expected no document type or other declaration; entities are not read here', start);
  }

  private passTo(end: string, start: number): number {
    const found = this.bytes.indexOf(end, start + 2, 'latin1');
    return found < 0 ? incomplete : found + end.length;
  }

  private readEndTag(start: number): number {
    const end = this.bytes.indexOf(greater, start);
    if (end < 0) return incomplete;
    const name = this.bytes.toString('latin1', start + 2, end).trimEnd();
    const open = this.path.pop();
    if (name !== open) this.fail(`expected ${open === undefined ? 'no end tag' : `</${open}>`}, found </${name}>`, start);
    if (this.entered > this.path.length) {
      this.entered--;
      this.handler.close(name);
    }
    return end + 1;
  }

  private readStartTag(start: number): number {
    const { bytes } = this;
    let position = start + 1;
    while (isNameByte(bytes[position])) position++;
    if (position >= bytes.length) return incomplete;
    if (position === start + 1) this.fail('expected a tag after "<"', start);
    const nameEnd = position;
    const isPassing = this.entered < this.path.length;
    let label = '';
    for (;;) {
      while (bytes[position] <= space) position++;
      if (bytes[position] === greater) break;
      if (bytes[position] === slash && bytes[position + 1] === greater) break;
      const attribute = this.readAttribute(position);
      if (attribute === undefined) return incomplete;
      if (attribute.name === 'name') label = bytes.toString('latin1', attribute.valueStart, attribute.end - 1);
      position = attribute.end;
    }
    const isEmpty = bytes[position] === slash;
    const textStart = position + (isEmpty ? 2 : 1);
    const leafEnd = isEmpty ? textStart : this.findLeafEnd(start + 1, nameEnd, textStart);
    if (leafEnd === incomplete) return incomplete;
    if (this.path.length === 0 && this.hasRoot) this.fail('expected one root element, found another one', start);
    this.hasRoot = true;
    if (leafEnd > 0) {
      const textEnd = isEmpty ? textStart : bytes.lastIndexOf(less, leafEnd);
      if (!isEmpty) this.assertText(textStart, textEnd);
      if (!isPassing) this.handler.leaf(bytes.toString('latin1', start + 1, nameEnd), label, { bytes, start: textStart, end: textEnd });
      return leafEnd;
    }
    const name = bytes.toString('latin1', start + 1, nameEnd);
    if (!isPassing && this.handler.open(name, label)) this.entered++;
    if (this.path.push(name) > deepest) this.fail(`expected at most ${deepest} elements in one another`, start);
    return textStart;
  }
}
